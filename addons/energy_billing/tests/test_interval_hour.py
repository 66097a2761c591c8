"""History of metered energy by the hour, from any resolution."""

from datetime import date, datetime

from odoo.tests import tagged

from .market import MarketCase


@tagged("post_install", "-at_install")
class TestIntervalHour(MarketCase):
    def _hours(self, point, day):
        return self.env["energy.interval.hour"].search(
            [
                ("point_id", "=", point.id),
                ("day", "=", day),
                ("channel_id.code", "=", "A+"),
            ],
            order="hour",
        )

    def test_quarter_hours_of_the_day_of_23_hours(self):
        """The first quarters hold 0, 0.25, 0.50 and 0.75: the first hour 1.5 kWh; the
        hour after 02:00 winter time begins at 03:00 summer time."""
        self._import_golden("cdsdata.xml")
        hours = self._hours(self.profiled, "2026-03-29")
        self.assertEqual(len(hours), 23)
        self.assertEqual(hours[0].energy, 1.5)
        self.assertEqual(hours[0].hour, datetime(2026, 3, 28, 23, 0))
        self.assertEqual(hours[22].hour, datetime(2026, 3, 29, 21, 0))
        day = self.env["energy.interval"].search(
            [("day", "=", "2026-03-29"), ("channel_id.code", "=", "A+")]
        )
        self.assertAlmostEqual(sum(hours.mapped("energy")), day.total)

    def test_portfolio_sum(self):
        self._import_intervals(*self._month_of_intervals(2, days=range(1, 3)))
        rows = self.env["energy.interval.hour"]._sum_portfolio(
            self.interval_point, date(2026, 1, 1), date(2026, 1, 31)
        )
        self.assertEqual(len(rows), 48)
        self.assertEqual(rows[0], (date(2026, 1, 1), 0, 2.0))
