import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", re.ASCII)


class EnergyCalendarLine(models.Model):
    """Hours of some days that count as one quantity."""

    _name = "energy.calendar.line"
    _description = "Hours of a Register Calendar"
    _order = "calendar_id, sequence, id"

    calendar_id = fields.Many2one(
        "energy.calendar", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="calendar_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10, help="The first row that fits counts.")
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Counts As",
        required=True,
        domain="[('kind', '=', 'flow')]",
        ondelete="restrict",
    )
    season_start = fields.Char(
        string="Season From", size=5, help="Month and day: 11-01; empty: all the year."
    )
    season_end = fields.Char(
        string="Season To", size=5, help="Month and day, included: 03-31."
    )
    days = fields.Selection(
        [
            ("all", "Every day"),
            ("work", "Monday to Friday, no holidays"),
            ("saturday", "Saturdays"),
            ("rest", "Sundays and holidays"),
            ("weekend", "Saturdays, Sundays and holidays"),
        ],
        default="all",
        required=True,
    )
    hour_from = fields.Float(string="From", default=0.0, required=True)
    hour_to = fields.Float(
        string="To",
        default=24.0,
        required=True,
        help="An hour before the first one means the next morning: 22:00 to 06:00.",
    )

    _hours_range = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_from < 24 AND hour_to > 0 AND hour_to <= 24)",
        "Hours lie between 0:00 and 24:00.",
    )

    @api.constrains("season_start", "season_end")
    def _check_season(self):
        for line in self:
            for text in (line.season_start, line.season_end):
                if text and not MONTH_DAY.fullmatch(text):
                    raise ValidationError(
                        self.env._(
                            "%(text)s is no day of a season. Write month and day, for "
                            "example 11-01.",
                            text=text,
                        )
                    )
