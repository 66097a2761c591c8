"""From files to segments, with the figures worked out by hand."""

from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestGenerate(EnergyCase):
    def _findings(self, segment):
        return set(segment.result_ids.mapped("check_id.code"))

    def test_usage_is_split_by_days_at_a_price_change(self):
        """310 kWh in 31 days: 150 kWh × 0.10 + 160 kWh × 0.20 = 47.00"""
        agreement = self._create_point_agreement(self.point)
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "ready")
        self.assertEqual(segment.quantity, 310)
        self.assertEqual(segment.line_ids.mapped("quantity"), [150, 160])
        self.assertEqual(segment.amount, 47)

    def test_intervals_are_split_exactly_at_a_price_change(self):
        """1 kWh an hour until the 15th, 2 kWh from the 16th on:
        15 × 24 × 1 × 0.10 + 16 × 24 × 2 × 0.20 = 36.00 + 153.60 = 189.60"""
        agreement = self._create_point_agreement(self.interval_point)
        self._import_intervals(
            *self._month_of_intervals(1, days=range(1, 16)),
            *self._month_of_intervals(2, days=range(16, 32)),
        )
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "ready")
        self.assertEqual(segment.line_ids.mapped("quantity"), [360, 768])
        self.assertEqual(segment.amount, 189.60)

    def test_replaced_meter(self):
        """Old meter 100 kWh in the days of 0.10, new one 160 kWh in those of 0.20:
        10.00 + 32.00 = 42.00; days of one price are not mixed with the other's"""
        agreement = self._create_point_agreement(self.point)
        self.meter.installation_ids.date_end = "2026-01-15"
        self._install("M8", self.point, ["180"], "2026-01-16")
        self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-15;1000;1100;100",
            "N-1;M8;1.8.0;2026-01-16;2026-01-31;0;160;160",
        )
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "ready", segment.finding)
        self.assertEqual(segment.amount, 42)

    def test_missing_point_blocks_itself_and_says_why(self):
        agreement = self._create_point_agreement(self.point)
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "error")
        self.assertFalse(segment.line_ids)
        self.assertLessEqual(
            {"missing_quantity", "energy_gap"}, self._findings(segment)
        )

    def test_gap_in_intervals_blocks_and_names_the_day(self):
        agreement = self._create_point_agreement(self.interval_point)
        rows = self._month_of_intervals()
        rows[4] = rows[4].replace(";1;", ";;", 1)
        self._import_intervals(*rows)
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "error")
        gap = segment.result_ids.filtered(lambda r: r.check_id.code == "energy_gap")
        self.assertEqual(
            gap.message, "Energy is missing or incomplete on 1 days: 01/05/2026."
        )

    def test_negative_value_is_named_with_its_file(self):
        agreement = self._create_point_agreement(self.point)
        message = self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;-310",
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;150;100",
        )
        self.assertEqual(message.state, "processed")
        segment = self._generate(agreement)
        refused = segment.result_ids.filtered(
            lambda r: r.check_id.code == "energy_import_error"
        )
        self.assertEqual(
            refused.message,
            "readings.csv, row 2 was refused: The quantity -310 is negative.",
        )

    def test_corrected_file_clears_the_finding(self):
        agreement = self._create_point_agreement(self.point)
        night = "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;150;100"
        day = "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200"
        bad = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;-310"
        self._import_readings(bad, day, night)
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "error")
        self._import_readings(bad.replace("-310", "310"), day, night)
        self.assertTrue(segment.is_stale)
        self.assertEqual(self._generate(agreement), segment)
        self.assertEqual(segment.state, "ready")
        self.assertFalse(segment.result_ids)
        self.assertEqual(segment.amount, 47)

    def test_quantity_by_hand_clears_the_gap(self):
        agreement = self._create_point_agreement(self.point)
        segment = self._generate(agreement)
        self.env["energy.usage"].create(
            {
                "point_id": self.point.id,
                "quantity_type_id": self.energy.id,
                "date_start": "2026-01-01",
                "date_end": "2026-01-31",
                "value": 310,
            }
        )
        self._generate(agreement)
        self.assertEqual(segment.state, "ready")
        self.assertEqual(self._findings(segment), {"energy_estimated"})

    def test_second_run_changes_nothing(self):
        agreement = self._create_point_agreement(self.point)
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._generate(agreement)
        self.assertFalse(self._generate(agreement))

    def test_energy_moved_between_days_is_a_change(self):
        """The sum stays, the amount doesn't: 1 kWh goes from January 1 (0.10) to
        January 31 (0.20)."""
        agreement = self._create_point_agreement(self.interval_point)
        rows = self._month_of_intervals()
        self._import_intervals(*rows)
        segment = self._generate(agreement)
        amount = segment.amount
        rows[0] = rows[0].replace(";1;", ";0;", 1)
        rows[30] = rows[30].replace(";1;", ";2;", 1)
        self._import_intervals(*rows)
        self.assertEqual(self._generate(agreement), segment)
        self.assertAlmostEqual(segment.amount - amount, 0.10)
