from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_date

from ..rating.spans import Span, gaps


class BillingTariffItem(models.Model):
    """A node of a tariff: a category, or a charge with its dated prices."""

    _name = "billing.tariff.item"
    _description = "Tariff Item"
    _inherit = ["mail.thread"]
    _parent_store = True
    _order = "tariff_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    tariff_id = fields.Many2one(
        "billing.tariff", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="tariff_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="tariff_id.currency_id")
    parent_id = fields.Many2one(
        "billing.tariff.item",
        string="Category",
        index=True,
        ondelete="cascade",
        domain="[('tariff_id', '=', tariff_id), ('kind', '=', 'category')]",
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("billing.tariff.item", "parent_id", string="Contents")
    kind = fields.Selection(
        [("category", "Category"), ("charge", "Charge")],
        default="charge",
        required=True,
    )
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        help="Carries the income account and the taxes of the charge.",
    )
    basis = fields.Selection(
        [
            ("unit", "Per unit"),
            ("capacity", "Per capacity and time"),
            ("flat", "Flat by time"),
            ("percent", "Percent of other charges"),
            ("bands", "Bands"),
            ("index", "Index formula per interval"),
        ],
        default="unit",
    )
    quantity_type_id = fields.Many2one("billing.quantity.type", string="Quantity")
    time_unit = fields.Selection(
        [
            ("period", "Billing period"),
            ("day", "Day"),
            ("month", "Month"),
            ("year", "Year"),
        ],
        default="period",
        required=True,
        help="The time a flat or capacity price is for.",
    )
    percent_of_ids = fields.Many2many(
        "billing.tariff.item",
        "billing_tariff_item_percent_rel",
        "item_id",
        "base_id",
        domain="[('tariff_id', '=', tariff_id), ('kind', '=', 'charge'),"
        " ('id', '!=', id)]",
    )
    minimum = fields.Monetary(string="Minimum Charge")
    maximum = fields.Monetary(string="Maximum Charge")
    price_ids = fields.One2many("billing.tariff.price", "item_id", string="Prices")
    tree_name = fields.Char(
        string="Item",
        compute="_compute_tree_name",
        help="The name, indented by its depth in the tree.",
    )
    current_price_id = fields.Many2one(
        "billing.tariff.price",
        string="Price Version",
        compute="_compute_current_price_id",
        help="The version valid today, or on the date of the list.",
    )
    current_price = fields.Float(
        string="Price",
        digits="Billing Price",
        min_display_digits=2,
        compute="_compute_current_price_id",
    )
    price_gap = fields.Char(
        string="Missing Prices",
        compute="_compute_price_gap",
        help="Days without a price between the first version and the last.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (tariff_id, code)", "The code of an item is used once in a tariff."
    )
    _charge_complete = models.Constraint(
        "CHECK (kind = 'category' OR (basis IS NOT NULL AND product_id IS NOT NULL))",
        "A charge needs a basis and a product.",
    )
    _quantity_named = models.Constraint(
        "CHECK (kind = 'category' OR basis IN ('flat', 'percent')"
        " OR quantity_type_id IS NOT NULL)",
        "A charge per unit, capacity, band or interval names its quantity.",
    )

    @api.constrains("parent_id", "tariff_id")
    def _check_parent(self):
        if self._has_cycle():
            raise ValidationError(
                self.env._("A tariff category cannot stand below itself.")
            )
        for item in self:
            if item.parent_id and item.parent_id.tariff_id != item.tariff_id:
                raise ValidationError(
                    self.env._(
                        "Item %(item)s stands below a category of another tariff.",
                        item=item.display_name,
                    )
                )

    @api.depends("name", "parent_path")
    def _compute_tree_name(self):
        for item in self:
            depth = (item.parent_path or "").count("/") - 1
            item.tree_name = "\u2003" * max(depth, 0) + (item.name or "")

    @api.depends("price_ids.date_start", "price_ids.date_end", "price_ids.price")
    @api.depends_context("price_date")
    def _compute_current_price_id(self):
        today = fields.Date.context_today(self)
        date = fields.Date.to_date(self.env.context.get("price_date")) or today
        for item in self:
            item.current_price_id = item.price_ids.filtered(
                lambda price: (
                    price.date_start
                    and price.date_start <= date
                    and (not price.date_end or price.date_end >= date)
                )
            )[:1]
            item.current_price = item.current_price_id.price

    @api.depends("kind", "price_ids.date_start", "price_ids.date_end")
    def _compute_price_gap(self):
        for item in self:
            prices = item.price_ids.filtered("date_start").sorted("date_start")
            if item.kind != "charge":
                item.price_gap = False
            elif not prices:
                item.price_gap = self.env._("No price yet")
            else:
                whole = Span(prices[0].date_start, prices[-1].date_start)
                missing = gaps(
                    whole,
                    [
                        Span(price.date_start, price.date_end or whole.end)
                        for price in prices
                        if not price.date_end or price.date_start <= price.date_end
                    ],
                )
                item.price_gap = ", ".join(
                    f"{format_date(self.env, gap.start)} – "
                    f"{format_date(self.env, gap.end)}"
                    for gap in missing
                )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.code} {item.name}" if item.code else item.name
