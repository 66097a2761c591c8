from odoo import fields, models

from ..shares import YearsRule
from .connection_deduction_rule import NO_OVERLAP


class ConnectionYearsRule(models.Model):
    """For how many years after completion later customers share a component."""

    _name = "connection.years.rule"
    _description = "Years of Sharing"
    _inherit = ["connection.dated.rule"]

    years = fields.Integer(required=True, default=10)

    _no_overlap = models.Constraint(
        NO_OVERLAP, "Another rule is in force on some of these days. End it first."
    )
    _years_positive = models.Constraint("CHECK (years > 0)", "Enter one year or more.")

    def _prepare_rule(self):
        return YearsRule(
            date_start=self.date_start,
            date_end=self.date_end or None,
            years=self.years,
            name=self.name,
        )
