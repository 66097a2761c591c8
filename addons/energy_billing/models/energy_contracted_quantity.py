from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EnergyContractedQuantity(models.Model):
    """What a customer agreed to use each month, and what it costs not to."""

    _name = "energy.contracted.quantity"
    _description = "Contracted Quantity"
    _inherit = ["mail.thread"]
    _order = "contract_id, id"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "contract.contract", required=True, index=True, check_company=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True
    )
    agreement_ids = fields.Many2many(
        "billing.agreement",
        string="Agreements",
        check_company=True,
        required=True,
        domain="[('contract_id', '=', contract_id)]",
        help="One point, or a group whose quantities count together.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    tolerance_over = fields.Float(
        string="Tolerance Above",
        digits=(5, 2),
        default=10.0,
        required=True,
        help="Percent of the contracted quantity.",
    )
    tolerance_under = fields.Float(
        string="Tolerance Below", digits=(5, 2), default=10.0, required=True
    )
    price_over = fields.Float(
        string="Price Above",
        digits="Billing Price",
        min_display_digits=2,
        help="For each unit beyond the tolerance. 0: no charge.",
    )
    price_under = fields.Float(
        string="Price Below", digits="Billing Price", min_display_digits=2
    )
    capacity = fields.Float(
        string="Contracted Capacity",
        digits="Product Unit",
        min_display_digits=2,
        help="kW. The highest power of a month above it is charged. 0: none.",
    )
    price_capacity = fields.Float(
        string="Price of Overrun",
        digits="Billing Price",
        min_display_digits=2,
        help="For each kW above the contracted capacity and month.",
    )
    product_id = fields.Many2one(
        "product.product",
        check_company=True,
        required=True,
        help="Carries account and taxes of the charges.",
    )
    month_ids = fields.One2many(
        "energy.contracted.month", "contracted_id", string="Months", copy=True
    )

    _not_negative = models.Constraint(
        "CHECK (tolerance_over >= 0 AND tolerance_under >= 0 AND price_over >= 0"
        " AND price_under >= 0 AND capacity >= 0 AND price_capacity >= 0)",
        "Tolerances, prices and capacity are not negative.",
    )

    @api.constrains("agreement_ids", "capacity")
    def _check_agreements(self):
        for contracted in self:
            agreements = contracted.agreement_ids
            kinds = agreements.type_id.quantity_type_id
            if len(kinds) != 1 or not all(
                agreements.type_id.mapped("quantity_type_id")
            ):
                raise ValidationError(
                    self.env._(
                        "The agreements of %(contract)s count different quantities, or "
                        "none. Put those with the same main quantity together.",
                        contract=contracted.contract_id.display_name,
                    )
                )
            if contracted.capacity and len(agreements) > 1:
                raise ValidationError(
                    self.env._(
                        "%(contract)s: the highest power is measured at a point. Enter "
                        "a capacity for one agreement at a time.",
                        contract=contracted.contract_id.display_name,
                    )
                )

    def action_count(self):
        """Compare the months that are over; what bears a charge waits to be billed."""
        today = fields.Date.context_today(self)
        months = self.month_ids.filtered(lambda month: month._get_end() < today)
        months._count()

    def action_add_year(self):
        """Twelve more months, with the quantities of the year before where known."""
        Month = self.env["energy.contracted.month"]
        values = []
        for contracted in self:
            known = {month.date: month.quantity for month in contracted.month_ids}
            first = max(known, default=None)
            first = (
                first + relativedelta(months=1)
                if first
                else fields.Date.start_of(fields.Date.context_today(self), "year")
            )
            for number in range(12):
                month = first + relativedelta(months=number)
                values.append(
                    {
                        "contracted_id": contracted.id,
                        "date": month,
                        "quantity": known.get(month - relativedelta(years=1), 0),
                    }
                )
        Month.create(values)
