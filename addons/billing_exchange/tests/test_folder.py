import json
import tempfile
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.billing_base.tests.sftp import PASSWORD, USER, SftpServer

from .common import ExchangeCase


@tagged("post_install", "-at_install")
class TestFolder(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.storage = cls.env["fs.storage"].create(
            {
                "name": "Partner",
                "code": "partner",
                "protocol": "file",
                "directory_path": str(cls.root),
            }
        )
        cls.crm = cls._create_profile(
            (("number", "code"),),
            storage_id=cls.storage.id,
            folder="out",
            answer_folder="in",
            name_pattern="{profile}-{number}",
            mode="all",
        )

    def setUp(self):
        super().setUp()
        for path in sorted(self.root.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        (self.root / "in").mkdir()

    def _names(self):
        return sorted(path.name for path in (self.root / "out").glob("*"))

    def _jobs(self, batch):
        return (
            self.env["queue.job"]
            .sudo()
            .search([("identity_key", "=", f"{batch._name}:{batch.id}")])
        )

    def test_the_file_leaves_in_a_job_of_its_own(self):
        batch = self.crm._run()
        self.assertEqual(batch.exchange_state, "output_pending")
        self.assertEqual(self._jobs(batch).method_name, "_job_send_file")
        self.assertFalse((self.root / "out").exists())
        batch._job_send_file()
        self.assertEqual(batch.exchange_state, "output_sent")
        self.assertEqual(self._names(), [batch.filename])
        content = (self.root / "out" / batch.filename).read_bytes()
        self.assertIn(b"A-1", content)
        # nothing is sent twice
        (self.root / "out" / batch.filename).unlink()
        batch._job_send_file()
        self.assertEqual(self._names(), [])

    def test_what_failed_is_sent_again_by_the_schedule(self):
        batch = self.crm._run()
        (self.root / "out").write_text("a file in the folder's place")
        batch._job_send_file()
        self.assertEqual(batch.exchange_state, "output_error_on_send")
        self.assertIn("Partner", batch.exchange_error)
        (self.root / "out").unlink()
        before = self._jobs(batch)
        before.state = "done"
        self.profile_model._cron_deliver()
        self.assertEqual(len(self._jobs(batch) - before), 1)
        batch._job_send_file()
        self.assertEqual(batch.exchange_state, "output_sent")

    def test_a_file_that_is_there_counts_as_sent_another_one_stops(self):
        batch = self.crm._run()
        batch._job_send_file()
        batch.exchange_record_id.edi_exchange_state = "output_pending"
        batch._send_file(is_uncertain=True)
        self.assertEqual(batch.exchange_state, "output_sent")
        batch.exchange_record_id.edi_exchange_state = "output_pending"
        (self.root / "out" / batch.filename).write_text("other")
        batch._send_file()
        self.assertIn("another file", batch.exchange_error)

    def test_a_killed_job_whose_file_is_gone_waits_for_a_person(self):
        batch = self.crm._run()
        self._jobs(batch).state = "done"
        batch._send_file(is_uncertain=True)
        self.assertEqual(batch.exchange_state, "output_error_on_send")
        self.assertIn("Ask the receiver", batch.exchange_error)
        self.profile_model._cron_deliver()
        self.assertEqual(len(self._jobs(batch)), 1)
        batch.action_send_again()
        self.assertEqual(batch.exchange_state, "output_sent")

    def test_answers(self):
        accepted, refused = self.crm._run(), self.crm._run()
        for batch in accepted | refused:
            batch._job_send_file()
        self.profile_model._cron_deliver()
        self.assertEqual(accepted.exchange_state, "output_sent")
        (self.root / "in" / "CRM-1.ack").write_text("")
        (self.root / "in" / "CRM-2.err").write_text("line 1: unknown number")
        self.profile_model._cron_deliver()
        self.assertEqual(accepted.exchange_state, "output_sent_and_processed")
        self.assertEqual(refused.exchange_state, "output_sent_and_error")
        self.assertEqual(refused.exchange_error, "line 1: unknown number")

    def test_by_sftp(self):
        with SftpServer(self.root) as server:
            options = {
                "host": "127.0.0.1",
                "port": server.port,
                "username": USER,
                "password": PASSWORD,
                "look_for_keys": False,
                "allow_agent": False,
            }
            self.storage.write(
                {
                    "protocol": "sftp",
                    "directory_path": False,
                    "options": json.dumps(options),
                }
            )
            batch, late = self.crm._run(), self.crm._run()
            batch._job_send_file()
            self.assertEqual(batch.exchange_state, "output_sent", batch.exchange_error)
            self.assertEqual(self._names(), [batch.filename])
            sent = (self.root / "out" / batch.filename).read_bytes()
            with batch._open_file() as file:
                self.assertEqual(sent, file.read())
            # the server is started again between two files
            server.disconnect()
            with mute_logger("paramiko.transport"):
                late._job_send_file()
            self.assertIn("cannot be reached", late.exchange_error)
            late._send_file()
            self.assertEqual(len(self._names()), 2, late.exchange_error)
            (self.root / "in" / "CRM-1.ack").write_text("")
            batch._check_answers()
            self.assertEqual(batch.exchange_state, "output_sent_and_processed")

    def test_without_a_folder_the_file_is_downloaded(self):
        self.crm.storage_id = False
        self.assertFalse(self.crm._run().exchange_record_id)

    def test_an_unreachable_server_is_named(self):
        self.storage.write(
            {
                "protocol": "sftp",
                "directory_path": False,
                "options": '{"host": "127.0.0.1", "port": 1, "timeout": 2}',
            }
        )
        batch = self.crm._run()
        batch._job_send_file()
        self.assertIn("Partner cannot be reached", batch.exchange_error)
        with self.assertRaisesRegex(UserError, "cannot be reached"):
            batch.exchange_record_id.edi_exchange_state = "output_sent"
            batch._check_answers()
