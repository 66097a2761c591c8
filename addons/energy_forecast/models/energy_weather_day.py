from odoo import api, fields, models

from odoo.addons.energy_billing.fields import Array


class EnergyWeatherDay(models.Model):
    """Temperatures of a local day, 24 by the wall clock."""

    _name = "energy.weather.day"
    _description = "Weather Day"
    _order = "day desc, weather_id, kind"
    _log_access = False

    weather_id = fields.Many2one(
        "energy.weather", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="weather_id.company_id", store=True, index=True
    )
    day = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [("actual", "Measured"), ("forecast", "Forecast")], required=True, readonly=True
    )
    degrees = Array(string="Temperatures (°C)", readonly=True)
    lowest = fields.Float(compute="_compute_range", digits=(5, 1), string="Low (°C)")
    highest = fields.Float(compute="_compute_range", digits=(5, 1), string="High (°C)")

    # the key of a row; also serves "the days of this weather series"
    _day_unique = models.UniqueIndex(
        "(weather_id, day, kind)", "A day of a weather series is stored once."
    )

    @api.depends("degrees")
    def _compute_range(self):
        for row in self:
            known = [value for value in row.degrees or () if value == value]
            row.lowest, row.highest = (min(known), max(known)) if known else (0, 0)
