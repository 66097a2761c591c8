import base64

from odoo import fields, models


class EnergyWeatherImport(models.TransientModel):
    """Asks for the file of a weather series."""

    _name = "energy.weather.import"
    _description = "Import of Weather"

    weather_id = fields.Many2one("energy.weather", required=True)
    kind = fields.Selection(
        [("actual", "Measured"), ("forecast", "Forecast")],
        default="actual",
        required=True,
    )
    file = fields.Binary(
        required=True,
        help="CSV with the columns time and temperature, or JSON with hourly.time and "
        "hourly.temperature_2m. Times without an offset are local ones.",
    )

    def action_import(self):
        self.ensure_one()
        self.weather_id._import_content(base64.b64decode(self.file), self.kind)
        return {"type": "ir.actions.act_window_close"}
