from odoo import api, fields, models

from odoo.addons.billing_base.rating import to_decimal

from .postal_rater import Entry, PostalRater

FREE = {"sequence"}
"""What may change of a checked entry."""


class PostalSpecificationLine(models.Model):
    """A service and how much of it, priced while it is typed."""

    _name = "postal.specification.line"
    _description = "Specification Entry"
    _order = "specification_id, sequence, id"
    _check_company_auto = True

    specification_id = fields.Many2one(
        "postal.specification", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="specification_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(related="specification_id.kind", store=True)
    state = fields.Selection(related="specification_id.state")
    period_id = fields.Many2one(
        related="specification_id.period_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="specification_id.partner_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        domain="[('is_cost_centre', '=', True)]",
        compute="_compute_cost_centre_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        check_company=True,
    )
    item_id = fields.Many2one(
        "billing.tariff.item",
        string="Service",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('kind', '=', 'charge'), ('tariff_id', '=?', tariff_id)]",
    )
    tariff_id = fields.Many2one(related="specification_id.tariff_id")
    service_kind = fields.Selection(related="item_id.service_kind", store=True)
    entry = fields.Selection(related="item_id.entry")
    date = fields.Date(help="Empty: the last day of the period decides the price.")
    quantity = fields.Float(
        string="Pieces",
        digits=(16, 0),
        help="Pieces, pages or cheques.",
    )
    weight = fields.Float(string="Grams", digits=(16, 1), help="Of one piece.")
    money = fields.Monetary(string="Paid Out", help="Amount of all the cheques.")
    reference = fields.Char(string="Posting List")
    mailing_id = fields.Many2one("postal.mailing", readonly=True, ondelete="cascade")
    unit_price = fields.Float(
        string="Price",
        digits="Billing Price",
        min_display_digits=2,
        compute="_compute_price",
        store=True,
        aggregator=None,
    )
    amount = fields.Monetary(compute="_compute_price", store=True)
    problem = fields.Char(compute="_compute_price", store=True)

    _quantity_positive = models.Constraint(
        "CHECK (quantity >= 0 AND weight >= 0 AND money >= 0)",
        "Pieces, weight and amount must not be negative. Take back what was invoiced "
        "by cancelling its segment.",
    )
    # the universal report reads a period, or some, of all cost centres
    _report_idx = models.Index("(period_id, cost_centre_id, item_id)")

    @api.depends("specification_id.cost_centre_id")
    def _compute_cost_centre_id(self):
        for line in self:
            line.cost_centre_id = (
                line.specification_id.cost_centre_id or line.cost_centre_id
            )

    @api.depends(
        "item_id",
        "quantity",
        "weight",
        "money",
        "date",
        "specification_id.agreement_id",
        "specification_id.period_id",
    )
    def _compute_price(self):
        priced = self._get_priced()
        for line in self:
            result = priced.get(line)
            line.unit_price = float(result.unit_price) if result else 0
            line.amount = float(result.amount) if result else 0
            line.problem = result.problem or False if result else False

    def _get_day(self):
        """The day whose price counts."""
        self.ensure_one()
        return self.date or self.specification_id.period_id.date_end

    def _get_entry(self):
        return Entry(
            agreement=self.specification_id.agreement_id,
            item=self.item_id,
            day=self._get_day(),
            quantity=to_decimal(self.quantity),
            grams=to_decimal(self.weight),
            money=to_decimal(self.money),
        )

    def _get_priced(self):
        """Prices of the lines: ``{line: Priced}``; unfinished lines are left out."""
        lines = self.filtered(lambda line: line.item_id and line._get_day())
        rater = PostalRater(
            self.env,
            lines.specification_id.agreement_id,
            [line._get_day() for line in lines],
        )
        return {line: rater.price(line._get_entry()) for line in lines}

    def _differs_from(self, priced):
        self.ensure_one()
        return (
            to_decimal(self.amount) != priced.amount
            or (self.problem or "") != priced.problem
        )

    def _price(self):
        """Take the prices anew."""
        self.env.add_to_compute(self._fields["amount"], self)
        self.flush_recordset(["amount", "unit_price", "problem"])

    @api.model_create_multi
    def create(self, vals_list):
        self.specification_id.browse(
            {vals["specification_id"] for vals in vals_list}
        )._check_changeable()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() - FREE:
            self.specification_id._check_changeable()
        result = super().write(vals)
        if "cost_centre_id" in vals:
            self.check_access("write")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_checked(self):
        self.specification_id._check_changeable()

    def _prepare_copy(self, keeps_quantities):
        """Values of the same entry in another specification."""
        self.ensure_one()
        vals = {
            "item_id": self.item_id.id,
            "sequence": self.sequence,
            "cost_centre_id": self.cost_centre_id.id,
            "weight": self.weight,
        }
        if keeps_quantities:
            vals.update(quantity=self.quantity, money=self.money)
        return vals
