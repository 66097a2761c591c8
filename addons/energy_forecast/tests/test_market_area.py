from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import ForecastCase

CSV = b"""time;temperature
2026-03-29T00:00;5,5
2026-03-29T04:00;7
2026-03-30T00:00+03:00;9
"""


@tagged("post_install", "-at_install")
class TestMarketArea(ForecastCase):
    def test_holidays_are_stored_as_dates(self):
        made = self.area._load_holidays([2026])
        self.assertGreater(made, 10)
        days = self.area._get_holidays(date(2026, 1, 1), date(2026, 12, 31))
        self.assertIn(date(2026, 3, 3), days)
        self.assertEqual(self.area._load_holidays([2026]), 0)

    def test_orthodox_holidays_of_montenegro(self):
        self.area.country_id = self.env.ref("base.me")
        self.area._load_holidays([2026])
        days = self.area._get_holidays(date(2026, 1, 1), date(2026, 12, 31))
        self.assertIn(date(2026, 1, 7), days)

    def test_codes_are_checked(self):
        with self.assertRaises(ValidationError):
            self.area.eic = "WRONG"

    def test_weather_of_a_file(self):
        weather = self.env["energy.weather"].create(
            {"name": "Sofia", "tz": "Europe/Sofia"}
        )
        self.assertEqual(weather._import_content(CSV, "actual"), 2)
        day = weather.day_ids.filtered(lambda row: row.day == date(2026, 3, 29))
        self.assertEqual((day.lowest, day.highest), (5.5, 7))
        weather._import_content(
            b'{"hourly": {"time": ["2026-04-01T05:00"], "temperature_2m": [11.5]}}',
            "forecast",
        )
        self.assertEqual(weather.forecast_until, date(2026, 4, 1))

    def test_bad_weather_changes_nothing(self):
        weather = self.env["energy.weather"].create(
            {"name": "Sofia", "tz": "Europe/Sofia"}
        )
        for content in (
            b"a;b\n1;2\n",
            b"time;temperature\n2026-01-01T00:00;warm\n",
            b"time;temperature\nyesterday;5\n",
            b"time;temperature\n2026-01-01T00:00;500\n",
            b"\xff\xfe",
            b'{"daily": 1}',
        ):
            with self.subTest(content), self.assertRaises(UserError):
                weather._import_content(content, "actual")
        self.assertFalse(weather.day_ids)

    @freeze_time("2026-04-19 06:30:00")
    def test_forecast_before_the_deadline(self):
        self.area.write({"is_automatic": True, "deadline": 10.0})
        Forecast = self.env["energy.forecast"]
        Forecast._cron_day_ahead()
        Forecast._cron_day_ahead()
        found = Forecast.search([("area_id", "=", self.area.id)])
        self.assertEqual(len(found), 1)
        self.assertEqual(found.date_start, date(2026, 4, 20))
        self.assertEqual(found.cut_off, date(2026, 4, 18))

    @freeze_time("2026-04-20 06:30:00")
    def test_missing_data_is_told_once(self):
        self.env["energy.interval"].search(
            [("point_id", "=", self.point.id), ("day", "=", "2026-04-19")]
        ).sudo().unlink()
        self.env["energy.market.area"]._cron_alerts()
        self.env["energy.market.area"]._cron_alerts()
        activity = self.area.activity_ids
        self.assertEqual(len(activity), 1)
        self.assertIn("1 of 3", activity.note)

    def test_a_company_never_sees_another_s_records(self):
        self.area._load_holidays([2026])
        forecast = self._forecast()
        other = self.env["res.company"].create({"name": "Other"})
        user = new_test_user(
            self.env,
            login="fc_other",
            groups="billing_base.group_billing_admin",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in (
            "energy.market.area",
            "energy.series",
            "energy.forecast",
            "energy.forecast.day",
            "energy.forecast.hour",
            "energy.forecast.piece",
        ):
            with self.subTest(model):
                self.assertTrue(self.env[model].search_count([]))
                self.assertFalse(self.env[model].with_user(user).search_count([]))
        self.assertTrue(forecast.day_ids)
