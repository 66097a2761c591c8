from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..rating.spans import Span, gaps
from .billing_staleness import mark_stale

RATED = {
    "active",
    "basis",
    "coverage",
    "kind",
    "maximum",
    "minimum",
    "parent_id",
    "percent_of_ids",
    "pick",
    "pick_group",
    "product_id",
    "prorate_limits",
    "quantity_type_id",
    "tariff_id",
    "time_unit",
}
"""What the amounts of a charge depend on beside its prices."""

PLACED = {"parent_id", "sequence", "tariff_id"}
LAST = 999_999
"""Where a new item stands among those of its category."""

STEP = 10
MOVING = "billing_tariff_moving"
"""Context key: several items get their places, they are numbered at the end."""


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
    sequence = fields.Integer(
        default=LAST,
        help="The place in the tree from top to bottom: what stands below a category "
        "follows it.",
    )
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        help="Carries the income account and the taxes of the charge.",
    )
    charge_type_id = fields.Many2one(
        "billing.charge.type",
        index="btree_not_null",
        ondelete="restrict",
        help="What the charge is in reports over all tariffs.",
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
    prorate_limits = fields.Boolean(
        string="Limits by Days",
        default=True,
        help="Limits of bands, minimum and maximum shrink with the part of the period "
        "that is billed. Otherwise bands run through the whole period.",
    )
    coverage = fields.Selection(
        [
            ("full", "Every day needs a quantity"),
            ("events", "What happened is billed"),
        ],
        default="full",
        required=True,
        help="A day without a quantity is an error, or simply nothing to bill.",
    )
    pick_group = fields.Char(
        string="Alternatives",
        help="Of the charges with the same text here only one is billed.",
    )
    pick = fields.Selection(
        [("lowest", "The lowest"), ("highest", "The highest")],
        string="Billed Of Them",
        default="lowest",
        required=True,
    )
    minimum = fields.Monetary(
        string="Minimum Charge",
        help="Least amount for the time unit: a line of its own adds what is missing.",
    )
    maximum = fields.Monetary(
        string="Maximum Charge",
        help="Greatest amount for the time unit: a line of its own takes off the rest.",
    )
    price_ids = fields.One2many("billing.tariff.price", "item_id", string="Prices")
    factor_ids = fields.One2many(
        "billing.tariff.factor",
        "item_id",
        string="Factors",
        copy=True,
        help="The quantity is multiplied by the factor of the day.",
    )
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
        help="Days without a price from the first version on.",
    )
    has_price_gap = fields.Boolean(
        compute="_compute_price_gap", search="_search_has_price_gap"
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
    @api.depends_context("lang")
    def _compute_price_gap(self):
        for item in self:
            prices = item.price_ids.filtered("date_start").sorted("date_start")
            item.price_gap = False
            if item.kind == "charge" and not prices:
                item.price_gap = self.env._("No price yet")
            elif item.kind == "charge":
                whole = Span(prices[0].date_start, prices[-1].date_start)
                missing = gaps(
                    whole,
                    [
                        Span(price.date_start, price.date_end or whole.end)
                        for price in prices
                        if not price.date_end or price.date_start <= price.date_end
                    ],
                )
                texts = [
                    f"{format_date(self.env, gap.start)} – "
                    f"{format_date(self.env, gap.end)}"
                    for gap in missing
                ]
                if last := prices[-1].date_end:
                    after = format_date(self.env, fields.Date.add(last, days=1))
                    texts.append(self.env._("from %(date)s on", date=after))
                item.price_gap = ", ".join(texts)
            item.has_price_gap = bool(item.price_gap)

    def _search_has_price_gap(self, operator, value):
        """Charges without any price, or with a version that no other follows."""
        if operator != "in":
            return NotImplemented
        self.env["billing.tariff.price"].flush_model(
            ["item_id", "date_start", "date_end"]
        )
        self.flush_model(["kind"])
        found = SQL(
            """
            SELECT i.id FROM billing_tariff_item i
             WHERE i.kind = 'charge' AND (
                 NOT EXISTS (
                     SELECT 1 FROM billing_tariff_price p WHERE p.item_id = i.id)
                 OR EXISTS (
                     SELECT 1 FROM billing_tariff_price p
                      WHERE p.item_id = i.id AND p.date_end IS NOT NULL
                        AND NOT EXISTS (
                            SELECT 1 FROM billing_tariff_price n
                             WHERE n.item_id = i.id
                               AND n.date_start = p.date_end + 1)))
            """
        )
        return [("id", "in" if True in value else "not in", found)]

    # === Changes ===

    @api.model_create_multi
    def create(self, vals_list):
        items = super().create(vals_list)
        items.tariff_id._number_items()
        # what is frozen was billed with the charges there were; a price of the new
        # charge flags the days it is for
        mark_stale(self.env, items._get_concerned(), is_open=True)
        return items

    def write(self, vals):
        if not vals.keys() & RATED:
            result = super().write(vals)
            if vals.keys() & PLACED:
                self.tariff_id._number_items()
            return result
        self._check_not_below_itself(vals.get("parent_id"))
        if "parent_id" in vals and set(self.parent_id.ids) != {vals["parent_id"]}:
            # what comes into another category stands at its end
            vals = {"sequence": LAST, **vals}
        before = {item: item._get_state() for item in self}
        concerned = self._get_concerned()
        result = super().write(vals)
        if vals.keys() & PLACED:
            self.tariff_id._number_items()
        changed = self.filtered(lambda item: item._get_state() != before[item])
        if changed:
            mark_stale(self.env, concerned + changed._get_concerned())
        return result

    def web_resequence(self, specification, field_name="sequence", offset=0):
        """Rows dragged in a list get their places together."""
        moving = self.with_context(**{MOVING: True})
        super(BillingTariffItem, moving).web_resequence({}, field_name, offset)
        self.tariff_id._number_items()
        return self.web_read(specification)

    def unlink(self):
        concerned = self._get_concerned()
        below = self.with_context(active_test=False).search(
            [("id", "child_of", self.ids)]
        )
        result = super(BillingTariffItem, below).unlink()
        mark_stale(self.env, concerned)
        return result

    def _check_not_below_itself(self, parent_id):
        """Odoo refuses it too, without saying what."""
        path = (self.browse(parent_id).parent_path or "").split("/")
        for item in self:
            if str(item.id) in path:
                raise ValidationError(
                    self.env._(
                        "%(item)s cannot stand below %(parent)s, which stands below "
                        "it. Move that one first.",
                        item=item.display_name,
                        parent=self.browse(parent_id).display_name,
                    )
                )

    def _get_state(self):
        self.ensure_one()
        return [self[name] for name in sorted(RATED)]

    def _get_concerned(self):
        """All days of the tariffs, as ``mark_stale`` takes them."""
        return [
            {"tariff_id": tariff.id, "date_start": False, "date_end": False}
            for tariff in self.tariff_id
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_deletable()

    def _check_deletable(self):
        """What was billed or has a discount stays, with all that stands above it.

        :raises UserError: naming the charge and what it is used in
        """
        below = [("item_id", "child_of", self.ids)]
        line = self.env["billing.segment.line"].search(below, limit=1)
        if line:
            raise UserError(
                self.env._(
                    "%(charge)s was billed, for example in segment %(segment)s, and "
                    "stays. Archive it, or end its price.",
                    charge=line.item_id.display_name,
                    segment=line.segment_id.display_name,
                )
            )
        discount = self.env["billing.discount"].search(below, limit=1)
        if discount:
            raise UserError(
                self.env._(
                    "The discount %(discount)s is on %(charge)s. Delete or end the "
                    "discount first.",
                    discount=discount.display_name,
                    charge=discount.item_id.display_name,
                )
            )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for item in self:
            item.display_name = f"{item.code} {item.name}" if item.code else item.name
