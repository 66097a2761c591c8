import math
from datetime import date

from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestImportIntervals(EnergyCase):
    def _days(self, point=None):
        return self.env["energy.interval"].search(
            [("point_id", "=", (point or self.interval_point).id)], order="day"
        )

    def test_days_are_stored_with_their_values(self):
        message = self._import_intervals(*self._month_of_intervals(1.5))
        self.assertEqual(message.state, "processed")
        self.assertFalse(message.finding_ids)
        days = self._days()
        self.assertEqual(len(days), 31)
        self.assertEqual(days[0].energy, (1.5,) * 24)
        self.assertFalse(days[0].quality)
        self.assertEqual(
            (days[0].total, days[0].peak, days[0].missing_count, days[0].version),
            (36.0, 1.5, 0, 1),
        )
        self.assertEqual(days[0].channel_id.code, "A+")
        self.assertEqual((message.new_count, message.value_count), (31, 31 * 24))

    def test_day_of_the_clock_change_has_23_or_25_values(self):
        spring = "N-3;2026-03-29;" + ";".join(["1"] * 23) + ";"
        autumn = "N-3;2026-10-25;" + ";".join(["1"] * 25)
        head = "Point;Day;" + ";".join(str(n) for n in range(25))
        message = self.env["energy.message"]._import_file(
            self.intervals_profile, "dst.csv", f"{head}\n{spring}\n{autumn}\n".encode()
        )
        self.assertEqual(message.state, "processed", message._get_summary())
        days = self._days()
        self.assertEqual([len(day.energy) for day in days], [23, 25])
        self.assertEqual(
            [moment.strftime("%H:%M") for moment in days[1]._get_times()][2:6],
            ["02:00", "03:00", "03:00", "04:00"],
        )

    def test_gap_is_kept_as_a_gap(self):
        values = ";".join(["1"] * 10 + [""] * 2 + ["1"] * 12)
        message = self._import_intervals(f"N-3;2026-01-05;{values}")
        day = self._days()
        self.assertEqual(day.missing_count, 2)
        self.assertTrue(math.isnan(day.energy[10]))
        self.assertEqual(day.total, 22)
        self.assertEqual(self._codes(message), ["missing_values"])
        self.assertIn("missing", day.values_html)

    def test_day_without_any_value_is_not_stored(self):
        self._import_intervals(
            *self._month_of_intervals(days=[1]), "N-3;2026-01-02" + ";" * 24
        )
        self.assertEqual(self._days().day, date(2026, 1, 1))

    def test_corrected_day_keeps_the_replaced_one(self):
        self._import_intervals(*self._month_of_intervals())
        rows = self._month_of_intervals()
        rows[4] = rows[4].replace(";1;", ";2;", 1)
        message = self._import_intervals(*rows)
        self.assertEqual(
            (message.new_count, message.replaced_count, message.unchanged_count),
            (0, 1, 30),
        )
        day = self._days()[4]
        self.assertEqual((day.version, day.total), (2, 25))
        self.assertEqual(day.history_ids.total, 24)
        self.assertEqual(day.history_ids.replaced_by_id, message)
        self.assertEqual(self._days()[3].version, 1)

    def test_only_the_changed_days_make_segments_stale(self):
        agreement = self._create_point_agreement(self.interval_point)
        self._import_intervals(*self._month_of_intervals())
        segment = self._generate(agreement)
        self._import_intervals(
            *self._month_of_intervals(),
            "N-3;2026-02-01;" + ";".join(["1"] * 24),
        )
        self.assertFalse(segment.is_stale)
        self._import_intervals(*self._month_of_intervals(2))
        self.assertTrue(segment.is_stale)

    def test_unknown_point_does_not_stop_the_others(self):
        message = self._import_intervals(
            *self._month_of_intervals(point="N-99"), *self._month_of_intervals()
        )
        self.assertEqual(message.state, "processed")
        # told once, not for each of its days
        self.assertEqual(self._codes(message), ["point_unknown"])
        self.assertEqual(len(self._days()), 31)

    def test_negative_value_refuses_its_day(self):
        rows = self._month_of_intervals()
        rows[9] = rows[9].replace(";1;", ";-1;", 1)
        message = self._import_intervals(*rows)
        finding = message.finding_ids
        self.assertEqual((finding.code, finding.level), ("negative_value", "error"))
        self.assertEqual(finding.date_start, date(2026, 1, 10))
        self.assertEqual(len(self._days()), 30)

    def test_contradicting_days_are_both_left_out(self):
        rows = self._month_of_intervals()
        rows.append(rows[2].replace(";1;", ";7;", 1))
        message = self._import_intervals(*rows)
        self.assertEqual(self._codes(message), ["duplicate_conflict"])
        self.assertNotIn(date(2026, 1, 3), self._days().mapped("day"))

    def test_power_over_the_connection(self):
        self.interval_point.capacity_kw = 5
        rows = self._month_of_intervals()
        rows[0] = rows[0].replace(";1;", ";6;", 1)
        message = self._import_intervals(*rows)
        self.assertEqual(self._codes(message), ["impossible_value"])
        self.assertEqual(len(self._days()), 30)

    def test_point_that_is_billed_on_readings_is_told(self):
        message = self._import_intervals(*self._month_of_intervals(point="N-1"))
        self.assertEqual(self._codes(message), ["point_not_interval"])
        self.assertEqual(len(self._days(self.point)), 31)

    def test_quality_of_values(self):
        profile = self._create_profile(
            {
                **self.intervals_profile._to_dict(),
                "name": "With quality",
                "columns": {"point": "Point", "day": "Day", "quality": "Q"},
                "values_from": "@D",
                "qualities": {"E": "estimated", "M": "measured"},
            }
        )
        head = "Point;Day;Q;" + ";".join(str(n) for n in range(24))
        values = ";".join(["1"] * 24)
        self.env["energy.message"]._import_file(
            profile,
            "quality.csv",
            f"{head}\nN-3;2026-01-01;E;{values}\nN-3;2026-01-02;M;{values}\n".encode(),
        )
        first, second = self._days()
        self.assertEqual(first.quality, (1,) * 24)
        self.assertFalse(second.quality)
