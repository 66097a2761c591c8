from decimal import Decimal

from odoo import fields, models

from ..shares import ReductionRule
from .connection_component import LEVELS
from .tools import exact


class ConnectionReductionRule(models.Model):
    """How much of a cost on a grid level counts, by the start date of the case."""

    _name = "connection.reduction.rule"
    _description = "Reduction by Grid Level"
    _inherit = ["connection.dated.rule"]

    level = fields.Selection(LEVELS, string="Grid Level", required=True)
    percent = fields.Float(
        string="Counts (%)", digits=(7, 4), required=True, default=100.0
    )
    minimum_kw = fields.Float(
        string="Free Below (kW)",
        digits=(12, 3),
        help="Customers with less capacity pay nothing on this level.",
    )

    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (company_id WITH =, level WITH =, "
        "daterange(date_start, date_end, '[]') WITH &&)",
        "Another rule for this grid level is in force on some of these days. End it "
        "first.",
    )
    _percent_range = models.Constraint(
        "CHECK (percent >= 0 AND percent <= 100 AND minimum_kw >= 0)",
        "The part that counts is between 0 and 100 %, the limit not negative.",
    )

    def _prepare_rule(self):
        return ReductionRule(
            level=self.level,
            date_start=self.date_start,
            date_end=self.date_end or None,
            factor=exact(self.percent) / Decimal(100),
            minimum_kw=exact(self.minimum_kw),
            name=self.name,
        )
