"""Files that come by themselves: nothing lost, nothing twice."""

import os
import tempfile
from pathlib import Path

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import READINGS_HEAD
from .market import MarketCase

ROW = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"


@tagged("post_install", "-at_install")
class TestIntake(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.env["ir.config_parameter"].set_param(
            "energy_billing.intake_root", str(cls.root)
        )
        cls.folder = cls.root / "north"
        cls.intake = cls.env["energy.intake"].create(
            {
                "name": "North",
                "folder": "north",
                "profile_id": cls.readings_profile.id,
                "allowed_senders": "data@north.example, @south.example",
                "alias_name": "files-north",
            }
        )

    def setUp(self):
        super().setUp()
        self.folder.mkdir(exist_ok=True)

    def _put(self, name, *rows, age=600):
        path = self.folder / name
        path.write_text("\n".join([READINGS_HEAD, *rows, ""]))
        when = path.stat().st_mtime - age
        os.utime(path, (when, when))
        return path

    def _scan(self):
        self.intake.action_scan()
        # what a commit runs
        self.env.cr.postcommit.run()

    def _left(self):
        return sorted(
            str(path.relative_to(self.folder).parts[0])
            for path in self.folder.rglob("*.csv")
        )

    def test_file_is_imported_and_moved(self):
        self._put("a.csv", ROW)
        self._scan()
        self.assertEqual(self._usages(self.point).value, 310)
        self.assertEqual(self._left()[-1], "done")

    def test_refused_file_lies_in_error(self):
        self._put("b.csv", "N-99;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._scan()
        self.assertIn("error", self._left())

    def test_file_being_written_is_left_alone(self):
        self._put("c.csv", ROW, age=0)
        self._scan()
        self.assertFalse(self._usages(self.point))
        self.assertIn("c.csv", self._left())
        (self.folder / "c.csv").unlink()

    def test_crash_before_the_move_imports_nothing_twice(self):
        """Committed, killed, started again: the file is still there and known."""
        self._put("d.csv", ROW)
        self.intake.action_scan()
        self.env.cr.postcommit.clear()
        self._scan()
        usages = self._usages(self.point)
        self.assertEqual(usages.mapped("version"), [1])
        self.assertEqual(usages.message_id.delivery_count, 2)
        self.assertNotIn("d.csv", self._left())

    def test_corrected_file_of_the_same_name_is_a_new_version(self):
        self._put("e.csv", ROW)
        self._scan()
        self._put("e.csv", "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1320;320")
        self._scan()
        self.assertEqual(self._usages(self.point).mapped("version"), [1, 2])
        self.assertEqual(self._usages(self.point, is_current=True).value, 320)

    def test_too_large_a_file_is_refused_and_told(self):
        path = self._put("f.csv", ROW)
        with path.open("ab") as fileobj:
            fileobj.truncate(2 << 20)
        os.utime(path, (1, 1))
        self.intake.max_megabytes = 1
        self._scan()
        self.assertFalse(self._usages(self.point))
        self.assertIn("f.csv", self.intake.message_ids[0].body)

    def test_folder_outside_of_the_root_is_refused(self):
        with self.assertRaises(ValidationError):
            self.intake.folder = "../../etc"

    def _mail(self, sender):
        content = "\n".join([READINGS_HEAD, ROW, ""]).encode()
        self.intake.message_update(
            {"email_from": sender, "attachments": [("g.csv", content, {})]}
        )

    def test_mail_of_an_allowed_sender_is_imported_once(self):
        self._mail("Data <data@north.example>")
        self._mail("Other <other@south.example>")
        self.assertEqual(self._usages(self.point).mapped("version"), [1])

    def test_mail_of_a_stranger_is_not_imported(self):
        self._mail("Stranger <stranger@example.com>")
        self.assertFalse(self._usages(self.point))

    def test_mail_arrives_by_the_alias(self):
        self.assertEqual(
            self.intake.alias_id.alias_force_thread_id,
            self.intake.id,
        )
