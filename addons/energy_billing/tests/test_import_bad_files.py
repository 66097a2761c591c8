"""Files nobody can use: a clear message, nothing stored, no traceback."""

import io
import random

from openpyxl import Workbook

from odoo.tests import tagged

from .common import READINGS_HEAD, EnergyCase


@tagged("post_install", "-at_install")
class TestImportBadFiles(EnergyCase):
    def _refused(self, content, profile=None, name="bad.csv"):
        """Import a bad file; return the text of its critical finding."""
        message = self.env["energy.message"]._import_file(
            profile or self.readings_profile, name, content
        )
        self.assertEqual(message.state, "rejected")
        self.assertFalse(self.env["energy.usage"].search([]))
        self.assertFalse(self.env["energy.interval"].search([]))
        finding = message.finding_ids.filtered(lambda f: f.level == "critical")
        self.assertEqual(len(finding), 1)
        delivery = message.delivery_ids
        self.assertEqual(delivery.edi_exchange_state, "input_processed_error")
        self.assertIn(finding.message, delivery.exchange_error)
        self.assertFalse(delivery.exchange_error_traceback)
        return finding.message

    def test_empty_file(self):
        self.assertEqual(self._refused(b""), "The file is empty.")

    def test_header_without_rows(self):
        self.assertIn("no rows", self._refused(READINGS_HEAD.encode() + b"\n"))

    def test_other_format(self):
        text = self._refused(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3 anything")
        self.assertIn("a PDF document", text)

    def test_truncated_workbook(self):
        workbook = Workbook()
        for number in range(200):
            workbook.active.append([number, "N-1", "text"])
        stream = io.BytesIO()
        workbook.save(stream)
        content = stream.getvalue()
        profile = self.readings_profile.copy({"name": "XLSX", "format": "xlsx"})
        text = self._refused(content[: len(content) // 2], profile, "bad.xlsx")
        self.assertIn("not sent completely", text)

    def test_wrong_encoding(self):
        content = f"{READINGS_HEAD}\nN-1;Електромер;1.8.0;;;;;\n".encode("cp1251")
        self.assertIn("encoding", self._refused(content))

    def test_ten_megabytes_of_noise(self):
        noise = random.Random(1).randbytes(10 * 1024 * 1024)
        self.assertTrue(self._refused(noise))

    def test_ten_megabytes_of_one_line(self):
        self.assertTrue(self._refused(b"a" * (10 * 1024 * 1024)))

    def test_missing_column_is_named(self):
        content = READINGS_HEAD.replace("Point", "Spot").encode() + b"\n1;2\n"
        text = self._refused(content)
        self.assertIn("Point", text)
        self.assertIn("Spot", text)

    def test_only_unknown_points(self):
        content = f"{READINGS_HEAD}\nN-99;M9;1.8.0;2026-01-01;2026-01-31;0;1;1\n"
        self.assertIn("No row", self._refused(content.encode()))

    def test_rejected_file_is_read_again_with_the_right_profile(self):
        content = f"{READINGS_HEAD}\nN-1;M1;1.8.0;2026-01-01;2026-01-31;0;1;1\n"
        message = self.env["energy.message"]._import_file(
            self.intervals_profile, "a.csv", content.encode()
        )
        self.assertEqual(message.state, "rejected")
        again = self.env["energy.message"]._import_file(
            self.readings_profile, "a.csv", content.encode()
        )
        self.assertEqual(again, message)
        self.assertEqual(message.state, "processed")
        self.assertEqual(self._usages(self.point).value, 1)

    def test_fault_of_the_program_leaves_no_half_import(self):
        importer = type(self.env["energy.import.readings"])
        self.patch(importer, "_prepare_readings", lambda *_args: 1 / 0)
        content = f"{READINGS_HEAD}\nN-1;M1;1.8.0;2026-01-01;2026-01-31;0;1;1\n"
        with self.assertLogs("odoo.addons.energy_billing", "ERROR"):
            message = self.env["energy.message"]._import_file(
                self.readings_profile, "a.csv", content.encode()
            )
        self.assertEqual(message.state, "error")
        self.assertFalse(self._usages(self.point))
        self.assertIn("internal error", message.first_finding)
