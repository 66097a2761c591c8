from odoo import fields, models

from odoo.addons.billing_base.rating import to_decimal


class EnergyBurningCalendar(models.Model):
    """How many hours a day lamps burn, by the time of year."""

    _name = "energy.burning.calendar"
    _description = "Burning Calendar"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    line_ids = fields.One2many(
        "energy.burning.calendar.line", "calendar_id", string="Hours", copy=True
    )
    point_ids = fields.One2many("energy.metering.point", "burning_calendar_id")
    active = fields.Boolean(default=True)

    def _get_steps(self):
        """Steps of the year as the pure package takes them."""
        self.ensure_one()
        return [
            (line.start, to_decimal(line.hours))
            for line in self.line_ids.sorted("start")
        ]

    def _mark_stale(self):
        """Segments of the points that burn by the calendar were made from others."""
        self.point_ids._mark_all_stale()
