from datetime import date, timedelta

import holidays as calendars

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ..schedules.document import EIC

CATEGORIES = {"ME": ("public", "orthodox")}
"""Categories of `holidays` that count where public ones alone are not enough."""


class EnergyMarketArea(models.Model):
    """A market in which we buy for a balancing group: its day, prices and deadline."""

    _name = "energy.market.area"
    _description = "Market Area"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
        help="Currency of the prices and of what imbalance costs.",
    )
    tz = fields.Selection(
        _tz_get,
        string="Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    resolution = fields.Selection(
        [("15", "Quarters of an hour"), ("60", "Hours")], default="60", required=True
    )
    gap_days = fields.Integer(
        string="Days Not Yet Known",
        default=1,
        help="Whole days between the last measured day and the forecast one at the "
        "deadline. 1: a forecast of the 10th, made on the 9th, knows the 8th.",
    )
    deadline = fields.Float(
        default=10.0,
        help="Time of the day before delivery by which the schedule must be sent.",
    )
    is_automatic = fields.Boolean(
        string="Forecast Automatically",
        help="Make the day-ahead forecast in the hour before the deadline.",
    )
    loss_percent = fields.Float(
        string="Losses (%)",
        digits=(6, 3),
        help="Losses bought on top of what points draw.",
    )
    spot_curve_id = fields.Many2one(
        "energy.curve",
        string="Spot Price",
        check_company=True,
        domain="[('kind', '=', 'price')]",
    )
    short_curve_id = fields.Many2one(
        "energy.curve",
        string="Shortage Price",
        check_company=True,
        domain="[('kind', '=', 'price')]",
        help="What a missing MWh costs.",
    )
    surplus_curve_id = fields.Many2one(
        "energy.curve",
        string="Surplus Price",
        check_company=True,
        domain="[('kind', '=', 'price')]",
        help="What a surplus MWh brings; empty: one price for both.",
    )
    is_sign_flipped = fields.Boolean(
        string="Show Nominated − Actual",
        help="Deviations are shown as actual − nominated: a shortage is positive. "
        "Ticked, screens show the opposite sign.",
    )
    imbalance_limit = fields.Float(
        string="Imbalance Limit (%)",
        default=10.0,
        help="The responsible user is told when a settled day deviates more.",
    )
    country_id = fields.Many2one(
        "res.country",
        required=True,
        default=lambda self: self.env.company.country_id,
        help="Its public holidays count.",
    )
    state_id = fields.Many2one(
        "res.country.state",
        string="Region",
        domain="[('country_id', '=', country_id)]",
    )
    weather_id = fields.Many2one("energy.weather", check_company=True)
    eic = fields.Char(string="EIC of the Area")
    party_eic = fields.Char(string="Our EIC")
    operator_eic = fields.Char(string="EIC of the Operator")
    operator_id = fields.Many2one(
        "res.partner",
        check_company=True,
        help="Receives the schedules by e-mail.",
    )
    schedule_format = fields.Selection(
        [("cim", "CIM"), ("ess", "ESS 4.1")], default="cim", required=True
    )
    copy_email = fields.Char(
        string="Copy To", help="E-mail addresses that get a copy of each schedule."
    )
    charge_product_id = fields.Many2one(
        "product.product",
        string="Product of Imbalance",
        check_company=True,
        help="Carries account and taxes where customers are charged their share.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.user,
        help="Is told of missing data, drift and imbalance.",
    )
    series_ids = fields.One2many("energy.series", "area_id")
    active = fields.Boolean(default=True)

    _name_unique = models.Constraint(
        "UNIQUE (company_id, name)", "There is already a market area of this name."
    )
    _figures = models.Constraint(
        "CHECK (gap_days BETWEEN 0 AND 14 AND loss_percent BETWEEN 0 AND 50"
        " AND deadline >= 0 AND deadline < 24 AND imbalance_limit >= 0)",
        "Losses are between 0 and 50 %, days not yet known between 0 and 14, the "
        "deadline is a time of the day.",
    )

    @api.constrains("eic", "party_eic", "operator_eic")
    def _check_eic(self):
        for area in self:
            for code in (area.eic, area.party_eic, area.operator_eic):
                if code and not EIC.fullmatch(code):
                    raise ValidationError(
                        self.env._(
                            "%(area)s: %(code)s is no EIC. It has 16 capitals, digits "
                            "and hyphens.",
                            area=area.name,
                            code=code,
                        )
                    )

    def _get_minutes(self):
        self.ensure_one()
        return int(self.resolution)

    def _get_holidays(self, first, last):
        """Public holidays between two days, inclusive: set of date."""
        self.ensure_one()
        return self.env["billing.holiday"]._get_days(
            self.country_id, first, last, self.state_id
        )

    def action_load_holidays(self):
        """Store the public holidays of last year, this year and the next two as dates,
        to be edited; days that are there already stay as they are."""
        year = fields.Date.context_today(self).year
        made = sum(area._load_holidays(range(year - 1, year + 3)) for area in self)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("%(count)s holidays added.", count=made),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _load_holidays(self, years):
        """:return: number of new days
        :raises UserError: for a country that has no calendar
        """
        self.ensure_one()
        code, region = self.country_id.code, self.state_id.code or None
        try:
            kinds = calendars.list_supported_countries()
            if region and region not in kinds.get(code, ()):
                region = None
            found = calendars.country_holidays(
                code,
                subdiv=region,
                years=list(years),
                categories=CATEGORIES.get(code),
                language="en_US" if code != "US" else None,
            )
        except NotImplementedError as error:
            raise UserError(
                self.env._(
                    "There is no calendar of %(country)s. Enter its holidays under "
                    "Configuration, Holidays.",
                    country=self.country_id.name,
                )
            ) from error
        first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        known = self._get_holidays(first, last)
        rows = [
            {
                "name": name,
                "date": day,
                "country_id": self.country_id.id,
                "state_id": self.state_id.id if region else False,
            }
            for day, name in sorted(found.items())
            if day not in known
        ]
        self.env["billing.holiday"].create(rows)
        return len(rows)

    def _get_missing_eic(self):
        """Labels of the codes a schedule asks for and that are not entered."""
        names = ("eic", "party_eic", "operator_eic")
        return [
            self._fields[n]._description_string(self.env) for n in names if not self[n]
        ]

    def _get_day_ahead(self, today):
        """The day to forecast and the last day that is known then."""
        day = today + timedelta(days=1)
        return day, day - timedelta(days=1 + self.gap_days)
