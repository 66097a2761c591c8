from odoo import fields, models

from ..shares import DeductionRule
from .tools import exact

NO_OVERLAP = (
    "EXCLUDE USING gist (company_id WITH =, "
    "daterange(date_start, date_end, '[]') WITH &&)"
)


class ConnectionDeductionRule(models.Model):
    """Standard deduction per metering point, by the start date of the case."""

    _name = "connection.deduction.rule"
    _description = "Standard Deduction"
    _inherit = ["connection.dated.rule"]

    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Per Metering Point", required=True)

    _no_overlap = models.Constraint(
        NO_OVERLAP, "Another deduction is in force on some of these days. End it first."
    )
    _not_negative = models.Constraint(
        "CHECK (amount >= 0)", "A deduction cannot be negative."
    )

    def _prepare_rule(self):
        return DeductionRule(
            date_start=self.date_start,
            date_end=self.date_end or None,
            amount=exact(self.amount),
            name=self.name,
        )
