from odoo import api, fields, models


class EnergyCalendarHoliday(models.Model):
    """A day that counts as a holiday."""

    _name = "energy.calendar.holiday"
    _description = "Holiday of a Register Calendar"
    _order = "date"

    calendar_id = fields.Many2one(
        "energy.calendar", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="calendar_id.company_id", store=True, index=True
    )
    date = fields.Date(required=True)
    name = fields.Char(required=True)

    _date_unique = models.Constraint(
        "UNIQUE (calendar_id, date)", "The day is a holiday already."
    )

    @api.depends("date", "name")
    def _compute_display_name(self):
        for holiday in self:
            holiday.display_name = f"{holiday.date or ''} {holiday.name or ''}"
