import base64
import hashlib
import io
from datetime import date

from freezegun import freeze_time
from lxml import etree
from openpyxl import load_workbook
from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ExchangeCase

COLUMNS = (
    ("number", "code"),
    ("customer", "partner_id.name"),
    ("from", "date_start"),
    ("country", "partner_id.country_id.code"),
)


@tagged("post_install", "-at_install")
@freeze_time("2026-02-10")
class TestRecords(ExchangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crm = cls._create_profile(
            COLUMNS,
            domain="[('code', 'like', 'A-')]",
            name_pattern="{profile}-{number}",
        )

    def test_each_record_goes_once(self):
        first = self.crm._run()
        self.assertEqual(first.name, "CRM/00001")
        self.assertEqual(first.filename, "CRM-1.csv")
        self.assertEqual(
            self._rows(first),
            [
                ["number", "customer", "from", "country"],
                ["A-1", "Customer A-1", "2026-01-01", ""],
                ["TOTAL", "1", "", ""],
            ],
        )
        self.assertFalse(self.crm._run())
        with self._refused(UserError, "nothing new"):
            self.crm.action_run()
        self._create_agreement("A-2", 5)
        second = self.crm._run()
        self.assertEqual(second.number, 2)
        self.assertEqual([row[0] for row in self._rows(second)[1:-1]], ["A-2"])

    def test_what_changed_goes_again(self):
        self.crm.mode = "changed"
        self.crm._run()
        self.assertFalse(self.crm._run())
        # no column shows it
        self.agreement.partner_id.phone = "1"
        self.assertFalse(self.crm._run())
        for name in ("Other", "Customer A-1"):
            self.agreement.partner_id.name = name
            batch = self.crm._run()
            self.assertEqual(self._rows(batch)[1][:2], ["A-1", name])
        self.assertEqual(
            self.crm.batch_ids.entry_ids.sorted("id").mapped("is_current"),
            [False, False, True],
        )

    def test_everything_each_time(self):
        self.crm.mode = "all"
        one, two = self.crm._run(), self.crm._run()
        self.assertEqual(one.file_hash, two.file_hash)
        self.assertFalse(two.entry_ids)

    def test_files_of_at_most_so_many(self):
        for number in range(2, 6):
            self._create_agreement(f"A-{number}", 1)
        self.crm.limit = 2
        batches = self.crm._run()
        self.assertEqual(batches.mapped("record_count"), [2, 2, 1])
        self.assertEqual(batches.mapped("number"), [1, 2, 3])

    @mute_logger("odoo.sql_db")
    def test_a_batch_never_changes(self):
        batch = self.crm._run()
        content = base64.b64decode(batch.file)
        self.assertEqual(batch.file_hash, hashlib.sha256(content).hexdigest())
        self.agreement.partner_id.name = "Another"
        self.assertIn("/file?download=true", batch.action_download()["url"])
        self.assertEqual(base64.b64decode(batch.file), content)
        self.env.flush_all()
        for statement in (
            "UPDATE billing_exchange_batch SET record_count = 9 WHERE id = %s",
            "UPDATE billing_exchange_batch SET state = 'draft' WHERE id = %s",
            "DELETE FROM billing_exchange_batch WHERE id = %s",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [batch.id])
        with self._refused(UserError, "never changes"):
            batch.file = False
        with self._refused(UserError, "exported batch stays"):
            batch.sudo().unlink()

    def test_a_cancelled_batch_leaves_a_trace(self):
        batch = self.crm._run()
        self.env["billing.export.cancel"].create(
            {"res_model": batch._name, "res_id": batch.id, "reason": "Wrong folder"}
        ).action_cancel()
        self.assertEqual(batch.state, "cancelled")
        self.assertEqual(batch.cancel_reason, "Wrong folder")
        again = self.crm._run()
        self.assertEqual(again.number, 2)
        self.assertEqual(again.file_hash, batch.file_hash)

    def test_other_forms(self):
        profile = self._create_profile(
            (
                ("number", "name"),
                ("due", "invoice_date_due"),
                ("sum", "amount_total", 1),
            ),
            model="account.move",
            code="INV",
            form="xlsx",
            domain="[('move_type', '=', 'out_invoice')]",
        )
        move = self._invoice(self._generate())
        batch = profile._run()
        self.assertEqual(batch.totals, {"sum": "156.97"})
        content = base64.b64decode(batch.file)
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        self.assertEqual(sheet["A2"].value, move.name)
        self.assertEqual(sheet["C2"].value, 156.97)
        self.assertEqual(sheet["B2"].value.date(), move.invoice_date_due)
        profile.write({"form": "xml", "mode": "all", "row_name": "invoice"})
        tree = etree.fromstring(base64.b64decode(profile._run().file))
        self.assertEqual(tree.findtext("invoice/sum"), "156.97")
        self.assertEqual(tree.find("control").get("rows"), "1")

    def test_a_path_that_leads_nowhere_is_refused(self):
        for path in ("nothing", "partner_id.nothing", "term_ids.tariff_id", "term_ids"):
            with (
                self.subTest(path),
                self._refused(ValidationError, "“Bad”"),
            ):
                self.crm.column_ids = [Command.create({"name": "Bad", "path": path})]
        with self._refused(ValidationError, "no numbers"):
            self.crm.column_ids[0].is_total = True
        with self._refused(ValidationError, "filter"):
            self.crm.domain = "[('nothing', '=', 1)]"
        with self._refused(ValidationError, "braces"):
            self.crm.name_pattern = "{nothing}"
        with self._refused(ValidationError, "outside"):
            self.crm.folder = "../etc"
        with self._refused(ValidationError, "element of an XML"):
            self.crm.write({"form": "xml", "row_name": "my row"})

    def test_the_schedule_runs_once_a_day_and_nobody_is_kept_back(self):
        bad = self._create_profile((), code="BAD")
        profiles = self.crm | bad
        profiles.write({"schedule": "monthly", "next_date": "2026-01-31"})
        self.profile_model._cron_run(date(2026, 2, 10))
        self.assertEqual(len(self.crm.batch_ids), 1)
        self.assertEqual(self.crm.next_date, date(2026, 2, 28))
        # it is tried again on the next day, and says why it failed
        self.assertEqual(bad.next_date, date(2026, 1, 31))
        self.assertIn("columns", bad.message_ids[0].body)
        self._create_agreement("A-7", 5)
        self.profile_model._cron_run(date(2026, 2, 10))
        self.assertEqual(len(self.crm.batch_ids), 1)

    def test_who_may(self):
        viewer, manager = self._user("viewer"), self._user("manager")
        with self.assertRaises(AccessError):
            self.crm.with_user(viewer)._run()
        batch = self.crm.with_user(manager)._run()
        self.assertEqual(batch.with_user(viewer).filename, "CRM-1.csv")
        with self.assertRaises(AccessError):
            batch.with_user(viewer)._cancel("No")
        with self.assertRaises(AccessError):
            batch.with_user(viewer).write({"cancel_reason": "x"})
        with self._refused(AccessError, "administrator"):
            self.crm.with_user(manager).user_id = self.env.user

    def test_another_company_is_another_world(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= company
        profile = self._create_profile(COLUMNS, code="X", company_id=company.id)
        self.assertFalse(profile._run())
