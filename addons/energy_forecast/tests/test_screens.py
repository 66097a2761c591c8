"""Every screen opens with each of its filters and groups."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.billing_base.tests.crawl_case import CrawlMixin

from .common import TODAY, ForecastCase


@tagged("post_install", "-at_install")
class TestScreens(CrawlMixin, ForecastCase):
    modules = ("energy_forecast",)
    roles = ("viewer", "clerk")

    def _user(self, role):
        return new_test_user(
            self.env,
            login=f"fc_{role}",
            groups=f"billing_base.group_billing_{role}",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def test_every_screen_opens(self):
        self._forecast()
        self._crawl_menus()
        self._crawl_bound()
        self._check_filters()
        with freeze_time(f"{TODAY} 12:00:00"):
            figures = self._check_overview(self.crawlers["clerk"])
        # noon is past the deadline and nothing is nominated
        self.assertEqual(figures["forecasts", "late_area"], 1)
        points = self.env["energy.series"].search(
            [("area_id", "=", self.area.id), ("kind", "=", "point")]
        )
        self.assertEqual(figures["data", "points"], len(points))
        self.assertEqual(figures["data", "missing_data"], 0)
        cut_off = self.area._get_day_ahead(TODAY)[1]
        self.env["energy.interval"].search(
            [("point_id", "=", points[0].point_id.id), ("day", "=", cut_off)]
        ).sudo().unlink()
        with freeze_time(f"{TODAY} 12:00:00"):
            figures = self._check_overview(self.crawlers["clerk"])
        self.assertEqual(figures["data", "missing_data"], 1)

    def test_a_clerk_forecasts_and_adjusts(self):
        clerk = self._user("clerk")
        form = Form(self.env["energy.forecast"].with_user(clerk))
        form.area_id = self.area
        form.date_start = TODAY
        self.assertEqual(str(form.cut_off), "2026-04-18")
        form.horizon = "week"
        self.assertEqual(str(form.date_end), "2026-04-26")
        forecast = form.save()
        forecast.action_run()
        self.assertEqual(forecast.state, "done")
        self.assertEqual(len(self._day(forecast, self.portfolio)), 7)
        self.env["energy.forecast.adjustment"].with_user(clerk).draw(
            forecast.id, self.portfolio.id, str(TODAY), [50.0] * 24, "Agreed"
        )
        day = self._day(forecast, self.portfolio)[0]
        self.assertAlmostEqual(day.total, 1200, places=3)

    def test_long_horizons(self):
        month = self._forecast(horizon="month")
        self.assertEqual(len(self._day(month, self.portfolio)), 31)
        year = self._forecast(horizon="year")
        days = self._day(year, self.portfolio)
        self.assertEqual(len(days), 365)
        # 60 kWh an hour on work days, half of it on week-ends
        usual = 60 * 24 * (5 + 2 * 0.5) / 7 * 365
        self.assertAlmostEqual(sum(days.mapped("total")) / usual, 1, delta=0.15)

    def test_a_viewer_changes_nothing(self):
        forecast = self._forecast().with_user(self._user("viewer"))
        for step in ("action_run", "action_new_version"):
            with self.subTest(step), self.assertRaises(AccessError):
                getattr(forecast, step)()
