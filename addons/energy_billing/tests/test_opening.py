import base64
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.billing_base.sheets import write_file

from .common import EnergyCase

READING = {
    "meter": "M1",
    "register": "1.8.0",
    "date": date(2025, 12, 31),
    "value": Decimal("1000.5"),
}


@tagged("post_install", "-at_install")
class TestFirstReadings(EnergyCase):
    def _opening(self, *rows):
        Opening = self.env["billing.opening"]
        sheets = {sheet.key: sheet for sheet in Opening._get_sheets()}
        return Opening.create(
            {
                "date": "2025-12-31",
                "file": base64.b64encode(write_file([(sheets["reading"], rows)])),
                "file_name": "readings.xlsx",
            }
        )

    def _readings(self):
        return self.env["energy.reading"].search(
            [("register_id", "=", self.meter.register_ids.id)]
        )

    def test_first_readings_once(self):
        for _repeat in range(2):
            self._opening(READING).action_import()
            reading = self._readings()
            self.assertEqual(
                (reading.date, reading.value, reading.version),
                (date(2025, 12, 31), 1000.5, 1),
            )

    def test_unknown_register_names_its_place(self):
        opening = self._opening(READING, {**READING, "register": "9.9.9"})
        opening.action_read()
        self.assertEqual(opening.finding_ids.place, "First Readings!B3 (Register)")
        self.assertIn("M1", opening.finding_ids.message)

    def test_a_reading_that_differs_is_not_overwritten(self):
        self.env["energy.reading"].create(
            {
                "register_id": self.meter.register_ids.id,
                "date": "2025-12-31",
                "value": 999,
            }
        )
        opening = self._opening(READING)
        opening.action_read()
        self.assertIn("another reading", opening.finding_ids.message)
