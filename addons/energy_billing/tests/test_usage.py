from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestUsage(EnergyCase):
    def _enter(self, value, start="2026-01-01", end="2026-01-31", point=None):
        return self.env["energy.usage"].create(
            {
                "point_id": (point or self.point).id,
                "quantity_type_id": self.energy.id,
                "date_start": start,
                "date_end": end,
                "value": value,
            }
        )

    def test_corrected_quantity_is_the_next_version(self):
        first = self._enter(100)
        second = self._enter(120)
        self.assertEqual((first.version, first.is_current), (1, False))
        self.assertEqual((second.version, second.is_current), (2, True))
        self.assertEqual(second.quality, "manual")

    def test_settled_quantity_is_never_overwritten(self):
        usage = self._enter(100)
        with self.assertRaisesRegex(UserError, "next version"):
            usage.value = 120

    def test_replacing_days_in_part_is_refused(self):
        self._enter(100)
        with self.assertRaisesRegex(UserError, "2026-01-01 to 2026-01-31"):
            self._enter(50, end="2026-01-15")

    def test_two_spans_replace_the_one_they_cover(self):
        self._enter(100)
        values = {"point_id": self.point.id, "quantity_type_id": self.energy.id}
        parts = self.env["energy.usage"].create(
            [
                {
                    **values,
                    "date_start": "2026-01-01",
                    "date_end": "2026-01-15",
                    "value": 40,
                },
                {
                    **values,
                    "date_start": "2026-01-16",
                    "date_end": "2026-01-31",
                    "value": 70,
                },
            ]
        )
        self.assertEqual(self._usages(self.point, is_current=True), parts)
        self.assertEqual(parts.mapped("version"), [2, 2])

    def test_other_quantity_of_the_same_days_stays(self):
        usage = self._enter(100)
        self.env["energy.usage"].create(
            {
                "point_id": self.point.id,
                "quantity_type_id": self.day.id,
                "date_start": "2026-01-01",
                "date_end": "2026-01-31",
                "value": 60,
            }
        )
        self.assertTrue(usage.is_current)

    def test_reading_becomes_the_next_version_of_its_day(self):
        values = {"register_id": self.meter.register_ids.id, "date": "2026-01-31"}
        first = self.env["energy.reading"].create({**values, "value": 1000})
        second = self.env["energy.reading"].create({**values, "value": 1010})
        self.assertEqual((first.is_current, second.is_current), (False, True))
        self.assertEqual(second.version, 2)
        self.assertEqual(second.point_id, self.point)
        with self.assertRaises(UserError):
            second.value = 1

    def test_opening_reading_is_of_the_point_the_meter_comes_to(self):
        other = self.env["energy.metering.point"].create({"code": "N-9"})
        meter = self._install("M9", other, ["180"], "2026-02-01")
        reading = self.env["energy.reading"].create(
            {"register_id": meter.register_ids.id, "date": "2026-01-31", "value": 5}
        )
        self.assertEqual(reading.point_id, other)

    def test_entering_a_quantity_marks_segments_stale(self):
        agreement = self._create_point_agreement(self.point)
        self._enter(100)
        segment = self._generate(agreement)
        self.assertFalse(segment.is_stale)
        self._enter(120)
        self.assertTrue(segment.is_stale)
        # another period is not touched
        segment.sudo().is_stale = False
        self._enter(70, date(2026, 2, 1), date(2026, 2, 28))
        self.assertFalse(segment.is_stale)
