from odoo import fields, models
from odoo.tools import SQL


class EnergyForecastHour(models.Model):
    """Forecasts by the hour, as a grid to read, group and export."""

    _name = "energy.forecast.hour"
    _description = "Forecast Hour"
    _auto = False
    _order = "hour, series_id"

    forecast_id = fields.Many2one("energy.forecast", readonly=True)
    series_id = fields.Many2one("energy.series", readonly=True)
    kind = fields.Selection(
        [
            ("point", "Metering point"),
            ("customer", "Customer"),
            ("group", "Group"),
            ("portfolio", "Portfolio"),
        ],
        readonly=True,
    )
    company_id = fields.Many2one("res.company", readonly=True)
    day = fields.Date(readonly=True)
    hour = fields.Datetime(readonly=True, help="When the hour begins.")
    hour_of_day = fields.Integer(readonly=True, aggregator=None)
    model_energy = fields.Float(
        string="Model (kWh)", digits="Product Unit", readonly=True
    )
    low = fields.Float(string="P10 (kWh)", digits="Product Unit", readonly=True)
    high = fields.Float(string="P90 (kWh)", digits="Product Unit", readonly=True)
    energy = fields.Float(string="Forecast (kWh)", digits="Product Unit", readonly=True)

    @property
    def _table_query(self):
        self.env["energy.forecast.day"].flush_model()
        return SQL(
            """
            SELECT d.id::bigint * 32 + a.number AS id, d.forecast_id, d.series_id,
                   s.kind, d.company_id, d.day, a.number AS hour_of_day,
                   (d.day::timestamp AT TIME ZONE m.tz
                    + a.number * interval '1 hour') AT TIME ZONE 'UTC' AS hour,
                   e.energy_sum AS model_energy, l.energy_sum AS low,
                   h.energy_sum AS high, a.energy_sum AS energy
              FROM energy_forecast_day d
              JOIN energy_series s ON s.id = d.series_id
              JOIN energy_market_area m ON m.id = s.area_id
        CROSS JOIN LATERAL energy_hours(d.adjusted, d.resolution) AS a
              JOIN LATERAL energy_hours(d.energy, d.resolution) AS e
                ON e.number = a.number
              JOIN LATERAL energy_hours(d.low, d.resolution) AS l
                ON l.number = a.number
              JOIN LATERAL energy_hours(d.high, d.resolution) AS h
                ON h.number = a.number
            """
        )
