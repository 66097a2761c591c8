from datetime import timedelta

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import TODAY, ForecastCase


@tagged("post_install", "-at_install")
class TestChartTour(ForecastCase, HttpCase):
    def test_a_clerk_draws_on_the_chart(self):
        new_test_user(
            self.env,
            login="fc_chart",
            groups="billing_base.group_billing_clerk",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        forecast = self._forecast()
        self.start_tour(
            f"/odoo/action-energy_forecast.energy_forecast_action/{forecast.id}",
            "energy_forecast_chart",
            login="fc_chart",
        )
        drawn = self.env["energy.forecast.adjustment"].search(
            [("series_id", "=", self.portfolio.id)]
        )
        self.assertEqual(drawn.reason, "Known outage")
        self.assertEqual(drawn.date_start, TODAY)
        day = self._day(forecast, self.portfolio)
        self.assertNotEqual(day.adjusted, day.energy)

    def test_a_manager_is_led_from_a_draft_to_its_approval(self):
        new_test_user(
            self.env,
            login="fc_manager",
            groups="billing_base.group_billing_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        forecast = self.env["energy.forecast"].create(
            {
                "area_id": self.area.id,
                "date_start": TODAY,
                "cut_off": TODAY - timedelta(days=2),
            }
        )
        self.start_tour(
            "/odoo/action-energy_forecast.energy_forecast_action",
            "energy_forecaster",
            login="fc_manager",
        )
        self.assertEqual(forecast.state, "approved")
