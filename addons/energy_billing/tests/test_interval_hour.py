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

    def _sum(self, points, first, last):
        rows = self.env["energy.interval.hour"]._sum_portfolio(points, first, last)
        return {(day, hour): energy for day, hour, energy in rows}

    def test_portfolio_sum(self):
        self._import_intervals(*self._month_of_intervals(2, days=range(1, 3)))
        rows = self.env["energy.interval.hour"]._sum_portfolio(
            self.interval_point, date(2026, 1, 1), date(2026, 1, 31)
        )
        self.assertEqual(len(rows), 48)
        self.assertEqual(rows[0], (date(2026, 1, 1), 0, 2.0))

    def test_portfolio_sum_equals_the_hours_of_its_points(self):
        """Quarters and hours, of a short day, with missing values."""
        self._import_golden("cdsdata.xml")
        values = ["1"] * 5 + [""] + ["1"] * 17 + [""]
        self._import_intervals(f"N-3;2026-03-29;{';'.join(values)}")
        points = self.profiled + self.interval_point
        day = date(2026, 3, 29)
        found = self._sum(points, day, day)
        self.assertEqual(len(found), 23)
        self.assertEqual(found[day, 0], 2.5)
        for point in points:
            for hour in self._hours(point, day):
                found[day, hour.hour_of_day] -= hour.energy
        self.assertEqual({round(rest, 6) for rest in found.values()}, {0.0})

    def test_portfolio_sum_leaves_out_reactive_and_fed_in_energy(self):
        self._import_golden("cdsdata.xml")
        day = date(2026, 3, 29)
        kinds = self.env["energy.register.kind"]
        active = self._sum(self.profiled, day, day)
        self.assertTrue(active)
        for code in ("R+", "A-"):
            other = kinds.search([("code", "=", code)])
            self.env.flush_all()
            self.env.cr.execute(
                """
                INSERT INTO energy_interval (point_id, company_id, day, channel_id,
                    resolution, total, missing_count, energy, version)
                SELECT point_id, company_id, day, %s, resolution, total, missing_count,
                       energy, 1
                  FROM energy_interval i
                  JOIN energy_register_kind k ON k.id = channel_id AND k.code = 'A+'
                 WHERE point_id = %s AND day = %s
                ON CONFLICT DO NOTHING
                """,
                (other.id, self.profiled.id, day),
            )
        self.assertEqual(self._sum(self.profiled, day, day), active)
