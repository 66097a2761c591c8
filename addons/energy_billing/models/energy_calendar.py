import numpy as np

from odoo import fields, models

from odoo.addons.base.models.res_partner import _tz_get

from ..market.calendar import CalendarRule, split_day


class EnergyCalendar(models.Model):
    """Which hours count as which quantity: day and night, peak by season, holidays."""

    _name = "energy.calendar"
    _description = "Register Calendar"
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        default=lambda self: self.env.user.tz or "UTC",
        required=True,
    )
    line_ids = fields.One2many(
        "energy.calendar.line", "calendar_id", string="Hours", copy=True
    )
    default_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Other Hours",
        required=True,
        domain="[('kind', '=', 'flow')]",
        help="What hours count as that no row names.",
    )
    country_id = fields.Many2one(
        "res.country",
        string="Public Holidays Of",
        default=lambda self: self.env.company.country_id,
        help="Their days count as holidays. Empty: only the days listed here.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Region",
        domain="[('country_id', '=', country_id)]",
    )
    holiday_ids = fields.One2many(
        "energy.calendar.holiday",
        "calendar_id",
        string="Further Holidays",
        copy=True,
    )
    active = fields.Boolean(default=True)

    def _get_rules(self):
        """The rows in the form of the pure package, the first that fits counts."""
        self.ensure_one()
        return tuple(
            CalendarRule(
                key=line.quantity_type_id.id,
                season=(line.season_start or "01-01", line.season_end or "12-31"),
                days=line.days,
                hours=(line.hour_from, line.hour_to),
            )
            for line in self.line_ids
        )

    def _get_masks(self, days):
        """Quantity types of the intervals of local days.

        :param days: iterable of ``(day, minutes)``
        :return: ``{(day, minutes): int array of quantity type ids}``
        """
        self.ensure_one()
        rules, days = self._get_rules(), set(days)
        holidays = self._get_holidays({day for day, _minutes in days})
        return {
            (day, minutes): np.array(
                split_day(
                    day, minutes, self.tz, rules, self.default_type_id.id, holidays
                )
            )
            for day, minutes in days
        }

    def _get_holidays(self, days):
        """The public and further holidays among ``days``."""
        found = set(self.holiday_ids.mapped("date"))
        if self.country_id and days:
            found |= self.env["billing.holiday"]._get_days(
                self.country_id, min(days), max(days), self.state_id
            )
        return found & days
