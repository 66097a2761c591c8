from odoo import fields, models


class EnergySeriesShutdown(models.Model):
    """Days on which a customer or point stands still; they count as holidays."""

    _name = "energy.series.shutdown"
    _description = "Shutdown Days"
    _order = "date_start desc"
    _check_company_auto = True

    series_id = fields.Many2one(
        "energy.series",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    name = fields.Char(string="Reason", required=True)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)

    _span = models.Constraint(
        "CHECK (date_start <= date_end)", "The first day comes after the last one."
    )
