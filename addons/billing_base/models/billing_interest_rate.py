from odoo import api, fields, models

from ..rating import to_decimal
from ..rating.interest import InterestRate


class BillingInterestRate(models.Model):
    _name = "billing.interest.rate"
    _description = "Interest Rate"
    _order = "policy_id, date_start desc"

    policy_id = fields.Many2one(
        "billing.interest.policy", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    date_start = fields.Date(string="From", required=True)
    reference = fields.Float(
        string="Reference Rate", digits=(8, 4), help="Percent a year, as published."
    )
    points = fields.Float(
        string="Points on Top", digits=(8, 4), help="Added to the reference rate."
    )
    percent = fields.Float(
        string="Percent a Year", digits=(8, 4), compute="_compute_percent", store=True
    )

    _one_a_day = models.Constraint(
        "UNIQUE (policy_id, date_start)", "Only one rate starts on a day."
    )

    @api.depends("reference", "points")
    def _compute_percent(self):
        for rate in self:
            total = to_decimal(rate.reference) + to_decimal(rate.points)
            rate.percent = float(total)

    def _prepare_rate(self):
        self.ensure_one()
        return InterestRate(
            key=self.id,
            start=self.date_start,
            percent=to_decimal(self.percent),
            reference=to_decimal(self.reference),
            points=to_decimal(self.points),
        )
