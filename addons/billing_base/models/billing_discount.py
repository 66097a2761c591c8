from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..tools import format_number
from .billing_discount_set import DiscountSet
from .billing_staleness import changed_spans, mark_stale

PRECEDENCE = {
    "customer": 1,
    "contract": 2,
    "customer_category": 3,
    "everyone": 4,
}
"""Whose discount counts before whose. Of one group the narrower target in the tariff
counts first: charge, category (the deepest first), tariff, everything."""

DATED = {"date_start", "date_end"}
TARGET = {"scope", "partner_id", "contract_id", "category_id", "tariff_id", "item_id"}
FIGURES = {"method", "percent", "amount"}


class BillingDiscount(models.Model):
    """A dated discount for a customer, contract or customer category, or for all, on
    a charge, a category of a tariff, a tariff or everything.

    Discounts do not add up: of those that reach a charge on a day the first by
    ``PRECEDENCE`` counts. It replaces the discount of the price version too.
    """

    _name = "billing.discount"
    _description = "Discount"
    _inherit = ["mail.thread"]
    _order = "precedence, date_start desc, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    scope = fields.Selection(
        [
            ("customer", "A customer"),
            ("contract", "A contract"),
            ("customer_category", "A customer category"),
            ("everyone", "Every customer"),
        ],
        string="Given To",
        default="customer",
        required=True,
        tracking=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        check_company=True,
        index="btree_not_null",
        domain="[('parent_id', '=', False)]",
        ondelete="cascade",
        tracking=True,
    )
    contract_id = fields.Many2one(
        "contract.contract",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        tracking=True,
    )
    category_id = fields.Many2one(
        "billing.customer.category",
        string="Customer Category",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    tariff_id = fields.Many2one(
        "billing.tariff",
        check_company=True,
        index="btree_not_null",
        ondelete="cascade",
        tracking=True,
        help="Empty: every tariff.",
    )
    item_id = fields.Many2one(
        "billing.tariff.item",
        string="Charge or Category",
        check_company=True,
        index="btree_not_null",
        domain="[('tariff_id', '=?', tariff_id)]",
        ondelete="restrict",
        tracking=True,
        help="A category stands for all charges below it. Empty: the whole tariff.",
    )
    method = fields.Selection(
        [("percent", "Percent"), ("amount", "Amount per unit")],
        string="Discount In",
        default="percent",
        required=True,
        tracking=True,
    )
    percent = fields.Float(
        string="Discount %", digits=(7, 4), min_display_digits=2, tracking=True
    )
    amount = fields.Float(
        string="Off the Price of a Unit",
        digits="Billing Price",
        min_display_digits=2,
        tracking=True,
        help="In the currency of the tariff, for one charge.",
    )
    date_start = fields.Date(string="From", required=True, tracking=True)
    date_end = fields.Date(
        string="To", tracking=True, help="Last day; empty: until further notice."
    )
    precedence = fields.Integer(
        compute="_compute_precedence",
        store=True,
        help="Of the discounts that reach a charge on a day, the lowest counts.",
    )
    target = fields.Char(compute="_compute_target")
    value_text = fields.Char(string="Discount", compute="_compute_value_text")
    note = fields.Char(help="The decision or the agreement it rests on.")

    _dates_ordered = models.Constraint(
        "CHECK (date_end IS NULL OR date_start <= date_end)",
        "A discount ends on or after its first day.",
    )
    _receiver_named = models.Constraint(
        "CHECK ((scope = 'customer') = (partner_id IS NOT NULL)"
        " AND (scope = 'contract') = (contract_id IS NOT NULL)"
        " AND (scope = 'customer_category') = (category_id IS NOT NULL))",
        "Name the customer, the contract or the customer category the discount is "
        "given to, and only that.",
    )
    _everyone_on_tariff = models.Constraint(
        "CHECK (scope <> 'everyone' OR tariff_id IS NOT NULL)",
        "A discount for every customer names its tariff.",
    )
    _value_range = models.Constraint(
        "CHECK ((method = 'percent' AND percent >= 0 AND percent <= 100"
        " AND COALESCE(amount, 0) = 0)"
        " OR (method = 'amount' AND amount > 0 AND item_id IS NOT NULL"
        " AND COALESCE(percent, 0) = 0))",
        "A discount is between 0 and 100 percent, or an amount above 0 off the price "
        "of one charge.",
    )
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (company_id WITH =,"
        " (COALESCE(partner_id, 0)) WITH =, (COALESCE(contract_id, 0)) WITH =,"
        " (COALESCE(category_id, 0)) WITH =, (COALESCE(tariff_id, 0)) WITH =,"
        " (COALESCE(item_id, 0)) WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "There is already a discount for the same customer and charge on these days. "
        "End it the day before, or change it.",
    )

    @api.depends("scope", "item_id.kind", "item_id.parent_path", "tariff_id")
    def _compute_precedence(self):
        for discount in self:
            discount.precedence = (
                PRECEDENCE.get(discount.scope, 9) * 100 + 99 - discount._get_depth()
            )

    def _get_depth(self):
        """How narrow the target is: 0 everything, 1 a tariff, 99 a charge."""
        self.ensure_one()
        if self.item_id.kind == "charge":
            return 99
        if self.item_id:
            return min(98, 1 + (self.item_id.parent_path or "").count("/"))
        return 1 if self.tariff_id else 0

    @api.depends("item_id", "tariff_id")
    @api.depends_context("lang")
    def _compute_target(self):
        for discount in self:
            discount.target = (
                discount.item_id.display_name
                or discount.tariff_id.display_name
                or self.env._("All charges")
            )

    @api.depends("method", "percent", "amount", "tariff_id.currency_id", "item_id")
    def _compute_value_text(self):
        for discount in self:
            if discount.method == "amount":
                discount.value_text = self.env._(
                    "%(amount)s %(currency)s per %(unit)s",
                    amount=format_number(self.env, discount.amount),
                    currency=discount.tariff_id.currency_id.name or "",
                    unit=discount.item_id.quantity_type_id.uom_id.name
                    or self.env._("unit"),
                )
            else:
                discount.value_text = f"{format_number(self.env, discount.percent)} %"

    @api.depends("scope", "partner_id", "contract_id", "category_id", "date_start")
    def _compute_display_name(self):
        for discount in self:
            parts = [
                discount._get_receiver_name(),
                discount.target,
                discount.value_text,
                discount.date_start and format_date(self.env, discount.date_start),
            ]
            discount.display_name = " · ".join(part for part in parts if part)

    def _get_receiver_name(self):
        """Whom the discount is given to."""
        self.ensure_one()
        receiver = self.partner_id or self.contract_id or self.category_id
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        return receiver.display_name or scopes.get(self.scope)

    @api.onchange("scope")
    def _onchange_scope(self):
        if self.scope != "customer":
            self.partner_id = False
        if self.scope != "contract":
            self.contract_id = False
        if self.scope != "customer_category":
            self.category_id = False

    @api.onchange("method")
    def _onchange_method(self):
        self[{"percent": "amount", "amount": "percent"}[self.method]] = 0

    @api.onchange("item_id")
    def _onchange_item_id(self):
        if self.item_id:
            self.tariff_id = self.item_id.tariff_id

    @api.onchange("tariff_id")
    def _onchange_tariff_id(self):
        if self.item_id.tariff_id != self.tariff_id:
            self.item_id = False

    @api.constrains("partner_id", "tariff_id", "item_id", "method")
    def _check_target(self):
        for discount in self:
            customer = discount.partner_id
            if customer.commercial_partner_id != customer:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(customer)s: give the discount "
                        "to %(customer)s.",
                        contact=customer.display_name,
                        customer=customer.commercial_partner_id.display_name,
                    )
                )
            item = discount.item_id
            if item and item.tariff_id != discount.tariff_id:
                raise ValidationError(
                    self.env._(
                        "%(item)s is not in the tariff %(tariff)s.",
                        item=item.display_name,
                        tariff=discount.tariff_id.display_name,
                    )
                )
            if discount.method == "amount" and (
                item.kind != "charge" or item.basis == "percent"
            ):
                raise ValidationError(
                    self.env._(
                        "%(item)s has no price of a unit. An amount is taken off the "
                        "price of one charge; give a percentage instead.",
                        item=item.display_name,
                    )
                )

    # === What it changes ===

    @api.model_create_multi
    def create(self, vals_list):
        discounts = super().create([self._add_tariff(vals) for vals in vals_list])
        discounts._mark_stale(discounts._get_spans())
        return discounts

    def write(self, vals):
        if not vals.keys() & (DATED | TARGET | FIGURES):
            return super().write(vals)
        vals = self._add_tariff(vals)
        before = {discount: discount._get_state() for discount in self}
        old_spans = self._get_spans()
        changes = [*self._get_concerned(old_spans)] if vals.keys() & TARGET else []
        result = super().write(vals)
        spans = {}
        for discount in self:
            (old_figures, *old_dates) = before[discount]
            (figures, *dates) = discount._get_state()
            if figures == old_figures:
                spans[discount] = changed_spans(old_dates, dates)
            else:
                spans[discount] = [tuple(old_dates), tuple(dates)]
        mark_stale(self.env, changes + self._get_concerned(spans))
        return result

    def unlink(self):
        changes = self._get_concerned(self._get_spans())
        result = super().unlink()
        mark_stale(self.env, changes)
        return result

    def _add_tariff(self, vals):
        """A charge brings its tariff along."""
        if not vals.get("item_id"):
            return vals
        item = self.env["billing.tariff.item"].browse(vals["item_id"])
        return {**vals, "tariff_id": item.tariff_id.id}

    def _get_state(self):
        self.ensure_one()
        figures = tuple(self[name] for name in sorted(TARGET | FIGURES))
        return figures, self.date_start, self.date_end

    def _get_spans(self):
        return {
            discount: [(discount.date_start, discount.date_end)] for discount in self
        }

    def _mark_stale(self, spans):
        mark_stale(self.env, self._get_concerned(spans))

    def _get_concerned(self, spans):
        """Changes as ``mark_stale`` takes them.

        :param dict spans: ``{discount: [(first day, last day or False), …]}``
        """
        return [
            {
                "company_id": discount.company_id.id,
                "tariff_id": discount.tariff_id.id,
                "partner_id": discount.partner_id.id,
                "contract_id": discount.contract_id.id,
                "category_id": discount.category_id.id,
                "date_start": date_start,
                "date_end": date_end,
            }
            for discount in self
            for date_start, date_end in spans[discount]
        ]

    @api.model
    def _mark_customers_stale(self, customers, categories):
        """Customers came into or left categories that have discounts."""
        discounts = self.sudo().search([("category_id", "in", categories.ids)])
        mark_stale(
            self.env,
            [
                {
                    "company_id": discount.company_id.id,
                    "tariff_id": discount.tariff_id.id,
                    "partner_id": customer.id,
                    "date_start": discount.date_start,
                    "date_end": discount.date_end,
                }
                for customer in customers
                for discount in discounts
            ],
        )

    # === For rating ===

    @api.model
    def _load(self, agreements, spans):
        """The discounts that may reach the agreements in their spans: one query.

        :param dict spans: ``{agreement id: [rating.Span, …]}``
        :return: ``DiscountSet``
        """
        days = [span for found in spans.values() for span in found]
        if not days:
            return DiscountSet(self.browse())
        return self._load_for(
            agreements.company_id,
            agreements.partner_id,
            agreements.contract_id,
            min(span.start for span in days),
            max(span.end for span in days),
        )

    @api.model
    def _load_for(self, companies, customers, contracts, first, last):
        """The discounts that may reach customers and contracts between two days.

        :return: ``DiscountSet``
        """
        receivers = Domain.OR(
            [
                Domain("scope", "=", "everyone"),
                Domain("partner_id", "in", customers.ids),
                Domain("contract_id", "in", contracts.ids),
                Domain("category_id", "in", customers.billing_category_id.ids),
            ]
        )
        return DiscountSet(
            self.search(
                Domain("company_id", "in", companies.ids)
                & Domain("date_start", "<=", last)
                & (Domain("date_end", "=", False) | Domain("date_end", ">=", first))
                & receivers
            )
        )
