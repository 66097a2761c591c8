"""A watched folder on a real SFTP server of this machine."""

import json
import os
import tempfile
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.billing_base.tests.sftp import PASSWORD, USER, SftpServer
from odoo.addons.energy_billing.tests.common import READINGS_HEAD, EnergyCase

ROW = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310"
CORRECTED = "N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1320;320"


@tagged("post_install", "-at_install")
class TestSftp(EnergyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.root = Path(folder)
        cls.server = cls.enterClassContext(SftpServer(cls.root))
        cls.storage = cls.env["fs.storage"].create(
            {
                "name": "North",
                "code": "north_sftp",
                "protocol": "sftp",
                "options": json.dumps(
                    {
                        "host": "127.0.0.1",
                        "port": cls.server.port,
                        "username": USER,
                        "password": PASSWORD,
                        "look_for_keys": False,
                        "allow_agent": False,
                    }
                ),
            }
        )
        cls.intake = cls.env["energy.intake"].create(
            {
                "name": "North",
                "storage_id": cls.storage.id,
                "folder": "out/readings",
                "pattern": "*.csv",
                "profile_id": cls.readings_profile.id,
            }
        )

    def setUp(self):
        super().setUp()
        self.folder = self.root / "out" / "readings"
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.rglob("*.csv"):
            path.unlink()

    def _put(self, name, row, age=10):
        path = self.folder / name
        path.write_text("\n".join([READINGS_HEAD, row, ""]))
        written = fields.Datetime.now() - timedelta(minutes=age)
        when = (written - fields.Datetime.to_datetime("1970-01-01")).total_seconds()
        os.utime(path, (when, when))
        return path

    def _scan(self):
        self.intake.action_scan()
        self.env.cr.postcommit.run()

    def _left(self):
        return {
            path.name: path.relative_to(self.folder).parts[0]
            for path in self.folder.rglob("*.csv")
        }

    def test_file_is_imported_and_moved_on_the_server(self):
        self._put("a.csv", ROW)
        self._put("b.csv", "N-99;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        self._put("c.txt", ROW)
        self._put("d.csv", ROW, age=0)
        self._scan()
        self.assertEqual(self._usages(self.point).value, 310)
        self.assertEqual(
            self._left(), {"a.csv": "done", "b.csv": "error", "d.csv": "d.csv"}
        )

    def test_corrected_file_of_the_same_name_is_a_new_version(self):
        self._put("e.csv", ROW)
        self._scan()
        self._put("e.csv", CORRECTED)
        self._scan()
        self.assertEqual(self._usages(self.point).mapped("version"), [1, 2])
        self.assertEqual(self._left(), {"e.csv": "done", "e_2.csv": "done"})

    def test_crash_before_the_move_imports_nothing_twice(self):
        self._put("f.csv", ROW)
        self.intake.action_scan()
        self.env.cr.postcommit.clear()
        self._scan()
        usages = self._usages(self.point)
        self.assertEqual(usages.mapped("version"), [1])
        self.assertEqual(usages.message_id.delivery_count, 2)
        self.assertEqual(self._left(), {"f.csv": "done"})

    def test_broken_connection_is_told_and_made_anew(self):
        self._put("g.csv", ROW)
        self._scan()
        self.server.disconnect()
        self._put("h.csv", CORRECTED)
        with self.assertRaises(UserError):
            self._scan()
        self._scan()
        self.assertEqual(self._usages(self.point, is_current=True).value, 320)

    def test_server_that_is_away_stops_no_other_folder(self):
        self.storage.options = self.storage.options.replace(str(self.server.port), "1")
        with (
            mute_logger("odoo.addons.energy_billing.models.energy_intake"),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("energy_billing.ir_cron_energy_intake").method_direct_trigger()
        self.assertIn("North", self.intake.problem)

    def test_folder_that_is_missing_is_told(self):
        self.intake.folder = "out/nothing"
        with self.assertRaisesRegex(UserError, "no folder North: out/nothing"):
            self.intake.action_scan()

    def test_folder_outside_is_refused(self):
        with self.assertRaises(ValidationError):
            self.intake.folder = "../other"

    def test_two_storages_may_have_folders_of_one_name(self):
        self.env["energy.intake"].create(
            {"name": "Local", "folder": "out/readings", "pattern": "*.csv"}
        )
        self.env.flush_all()
