from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .energy_calendar_line import MONTH_DAY


class EnergyBurningCalendarLine(models.Model):
    """From a day of the year on, so many hours a day."""

    _name = "energy.burning.calendar.line"
    _description = "Hours of a Burning Calendar"
    _order = "calendar_id, start"

    calendar_id = fields.Many2one(
        "energy.burning.calendar", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="calendar_id.company_id", store=True, index=True
    )
    start = fields.Char(
        string="From",
        size=5,
        required=True,
        help="Month and day: 11-01. It lasts until the next row, the last one until "
        "the first of the next year.",
    )
    hours = fields.Float(string="Hours a Day", digits=(6, 4), required=True)

    _start_unique = models.Constraint(
        "UNIQUE (calendar_id, start)", "The calendar has hours from this day already."
    )
    _hours_range = models.Constraint(
        "CHECK (hours >= 0 AND hours <= 24)", "A day has 0 to 24 hours."
    )

    @api.depends("start", "hours")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.start or ''} {line.hours:g} h"

    @api.constrains("start")
    def _check_start(self):
        for line in self:
            if not MONTH_DAY.fullmatch(line.start):
                raise ValidationError(
                    self.env._(
                        "%(text)s is no day of the year. Write month and day, for "
                        "example 11-01.",
                        text=line.start,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.calendar_id._mark_stale()
        return lines

    def write(self, vals):
        self.calendar_id._mark_stale()
        result = super().write(vals)
        self.calendar_id._mark_stale()
        return result

    def unlink(self):
        self.calendar_id._mark_stale()
        return super().unlink()
