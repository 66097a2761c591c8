import base64
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import READINGS_HEAD, EnergyCase

ROW = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"


@tagged("post_install", "-at_install")
class TestImportWizard(EnergyCase):
    def _upload(self, *files, user=None, **values):
        env = self.env(user=user or self.env.user)
        attachments = env["ir.attachment"].create(
            [
                {"name": name, "datas": base64.b64encode(content)}
                for name, content in files
            ]
        )
        wizard = env["energy.import.wizard"].create(
            {"attachment_ids": [Command.set(attachments.ids)], **values}
        )
        wizard.action_import()
        return wizard

    def test_several_files_find_their_profiles(self):
        intervals = "\n".join(
            ["Point;Day;" + ";".join(map(str, range(24))), *self._month_of_intervals()]
        )
        wizard = self._upload(
            ("a.csv", f"{READINGS_HEAD}\n{ROW}\n".encode()),
            ("b.csv", intervals.encode() + b"\n"),
            user=self._user("clerk"),
        )
        self.assertEqual(wizard.line_ids.mapped("state"), ["processed"] * 2)
        self.assertEqual(
            wizard.line_ids.message_id.mapped("profile_id"),
            self.readings_profile | self.intervals_profile,
        )
        self.assertFalse(wizard.attachment_ids)

    def test_same_file_again_says_so(self):
        content = f"{READINGS_HEAD}\n{ROW}\n".encode()
        first = self._upload(("a.csv", content)).line_ids
        again = self._upload(("b.csv", content)).line_ids
        self.assertEqual(again.message_id, first.message_id)
        self.assertIn("Already imported as a.csv", again.text)
        self.assertIn("nothing changed", again.text)

    def test_bad_file_does_not_stop_the_others(self):
        wizard = self._upload(
            ("bad.csv", b"%PDF-1.7"),
            ("a.csv", f"{READINGS_HEAD}\n{ROW}\n".encode()),
            profile_id=self.readings_profile.id,
        )
        self.assertEqual(wizard.line_ids.mapped("state"), ["rejected", "processed"])
        self.assertIn("a PDF document", wizard.line_ids[0].text)

    def test_no_file(self):
        with self.assertRaises(UserError):
            self._upload()


@tagged("post_install", "-at_install")
class TestMeterExchange(EnergyCase):
    def test_exchange_reads_both_meters(self):
        form = Form(
            self.env["energy.meter.exchange"].with_context(
                default_point_id=self.two_tariff_point.id
            )
        )
        form.date = date(2026, 1, 15)
        form.code = "M22"
        for number, (closing, opening) in enumerate([(300, 1), (150, 2)]):
            with form.line_ids.edit(number) as line:
                line.closing = closing
                line.opening = opening
        form.save().action_exchange()
        old = self.two_tariff_meter
        self.assertEqual(old.installation_ids.date_end, date(2026, 1, 15))
        self.assertEqual(
            old.register_ids.reading_ids.sorted("register_id").mapped("value"),
            [300, 150],
        )
        new = self.env["energy.meter"].search([("code", "=", "M22")])
        self.assertEqual(new.installation_ids.date_start, date(2026, 1, 16))
        self.assertEqual(new.installation_ids.point_id, self.two_tariff_point)
        self.assertEqual(sorted(new.register_ids.reading_ids.mapped("value")), [1, 2])
        self.assertEqual(new.register_ids.reading_ids.point_id, self.two_tariff_point)

    def test_point_without_a_meter(self):
        exchange = self.env["energy.meter.exchange"].create(
            {"point_id": self.interval_point.id, "date": "2026-01-15", "code": "M9"}
        )
        with self.assertRaisesRegex(UserError, "No meter"):
            exchange.action_exchange()
