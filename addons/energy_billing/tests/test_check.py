from odoo.fields import Command
from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestCheck(EnergyCase):
    """Each check finds what it is for, and nothing when all is well."""

    def _check(self, code, segments):
        check = self.env.ref(f"energy_billing.check_{code}")
        return check._find(segments)

    def _usage(self, value, start="2026-01-01", end="2026-01-31", **values):
        return self.env["energy.usage"].create(
            {
                "point_id": self.point.id,
                "quantity_type_id": self.energy.id,
                "date_start": start,
                "date_end": end,
                "value": value,
                **values,
            }
        )

    def _segment(self, point=None, **values):
        agreement = self._create_point_agreement(point or self.point, **values)
        return self._generate(agreement)

    def test_part_of_the_days_is_missing(self):
        segment = self._segment()
        self._usage(100, end="2026-01-20")
        found = self._check("energy_gap", segment)[segment.id]
        self.assertEqual(
            (found["days"], found["gaps"]), (11, [["2026-01-21", "2026-01-31"]])
        )

    def test_register_of_the_meter_is_missing(self):
        segment = self._segment(self.two_tariff_point)
        self._usage(1, point_id=self.two_tariff_point.id, quantity_type_id=self.day.id)
        found = self._check("energy_gap", segment)[segment.id]
        self.assertEqual(found["quantity_type_id"], self.night.id)
        self._usage(
            1, point_id=self.two_tariff_point.id, quantity_type_id=self.night.id
        )
        self.assertFalse(self._check("energy_gap", segment))

    def test_negative_usage(self):
        segment = self._segment()
        self._usage(-5)
        self.assertEqual(
            self._check("energy_negative", segment)[segment.id]["value"], -5
        )
        self._usage(5)
        self.assertFalse(self._check("energy_negative", segment))

    def test_no_meter(self):
        segment = self._segment()
        self.assertFalse(self._check("energy_no_meter", segment))
        self.meter.installation_ids.date_end = "2025-12-31"
        self.assertIn(segment.id, self._check("energy_no_meter", segment))

    def test_reading_missing_at_an_exchange(self):
        segment = self._segment()
        self.meter.installation_ids.date_end = "2026-01-15"
        new = self._install("M8", self.point, ["180"], "2026-01-16")
        found = self._check("energy_meter_exchange", segment)[segment.id]
        self.assertEqual((found["meter"], found["day"]), ("M1", "2026-01-15"))
        for register, value in (
            (self.meter.register_ids, 1150),
            (new.register_ids, 0),
        ):
            self.assertIn(segment.id, self._check("energy_meter_exchange", segment))
            self.env["energy.reading"].create(
                {"register_id": register.id, "date": "2026-01-15", "value": value}
            )
        self.assertFalse(self._check("energy_meter_exchange", segment))

    def test_usage_differs_from_its_readings(self):
        segment = self._segment()
        self._usage(310, reading_from=1000, reading_to=1300)
        found = self._check("energy_reading_difference", segment)[segment.id]
        self.assertEqual((found["value"], found["expected"]), (310, 300))

    def test_rollover_is_no_difference(self):
        self.meter.register_ids.digits = 4
        segment = self._segment()
        self._usage(
            310,
            reading_from=9900,
            reading_to=210,
            register_id=self.meter.register_ids.id,
        )
        self.assertFalse(self._check("energy_reading_difference", segment))

    def test_consumption_against_the_mean(self):
        """January 310 kWh is 10 a day, so February is expected at 280."""
        self._usage(310)
        january = self._segment()
        self._invoice(january)
        self._usage(1000, "2026-02-01", "2026-02-28")
        february = self._generate(january.agreement_id, self.february)
        found = self._check("energy_over_mean", february)[february.id]
        self.assertEqual((found["expected"], found["percent"]), (280, 257.1))
        self.assertFalse(self._check("energy_under_mean", february))
        self._usage(50, "2026-02-01", "2026-02-28")
        self._generate(january.agreement_id, self.february)
        self.assertFalse(self._check("energy_over_mean", february))
        self.assertIn(february.id, self._check("energy_under_mean", february))

    def test_small_differences_are_not_told(self):
        self._usage(31)
        january = self._segment()
        self._invoice(january)
        self._usage(100, "2026-02-01", "2026-02-28")
        february = self._generate(january.agreement_id, self.february)
        self.assertFalse(self._check("energy_over_mean", february))

    def test_peak_over_the_contracted_capacity(self):
        self._import_intervals(*self._month_of_intervals(12))
        segment = self._segment(self.interval_point)
        self.assertFalse(self._check("energy_peak_over_capacity", segment))
        capacity = self.env.ref("energy_billing.quantity_type_capacity")
        segment.agreement_id.term_ids.value_ids = [
            Command.create({"quantity_type_id": capacity.id, "value": 10})
        ]
        found = self._check("energy_peak_over_capacity", segment)[segment.id]
        self.assertEqual((found["peak"], found["percent"]), (12, 20))
        self.env.ref("energy_billing.check_energy_peak_over_capacity").limit = 25
        self.assertFalse(self._check("energy_peak_over_capacity", segment))

    def test_estimated_quantity_is_told(self):
        self._usage(310, quality="estimated")
        segment = self._segment()
        result = segment.result_ids
        self.assertEqual(result.check_id.code, "energy_estimated")
        self.assertEqual(segment.state, "ready")
        self.assertIn("Estimated", result.message)

    def test_checks_ask_once_for_all_segments(self):
        segments = self.env["billing.segment"]
        for number in range(5):
            point = self.env["energy.metering.point"].create({"code": f"N-10{number}"})
            segments |= self._segment(point)
        checks = self.env["billing.check"].search([("code", "=like", "energy_%")])
        self.assertGreater(len(checks), 8)
        for check in checks:
            check._find(segments)
            self.env.flush_all()
            with self.subTest(check.code), self.assertQueryCount(8):
                check._find(segments)
