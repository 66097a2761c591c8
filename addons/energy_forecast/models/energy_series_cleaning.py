from odoo import fields, models


class EnergySeriesCleaning(models.Model):
    """Measured hours that a forecast must not learn from as they are.

    The measurement itself stays untouched; who took what out, and why, stays here.
    """

    _name = "energy.series.cleaning"
    _description = "Cleaned History"
    _order = "date_start desc, id desc"
    _check_company_auto = True

    series_id = fields.Many2one(
        "energy.series",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    hour_start = fields.Float(string="From Hour", default=0.0)
    hour_end = fields.Float(string="To Hour", default=24.0)
    method = fields.Selection(
        [("exclude", "Leave out"), ("replace", "Take another value")],
        default="exclude",
        required=True,
    )
    value = fields.Float(string="Value (kW)", digits=(16, 3))
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )

    _span = models.Constraint(
        "CHECK (date_start <= date_end AND hour_start >= 0 AND hour_end <= 24"
        " AND hour_start < hour_end)",
        "The first day or hour comes after the last one.",
    )
