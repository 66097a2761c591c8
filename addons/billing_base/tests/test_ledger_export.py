import base64
import csv
import io

from psycopg2.errors import RestrictViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..streams import get_attachment
from .common import BillingCase


@tagged("post_install", "-at_install")
class TestLedgerExport(BillingCase):
    def setUp(self):
        super().setUp()
        self.move = self._invoice(self._generate())
        self.batch = self.env["billing.ledger.export"].create(
            {"date_end": "2026-01-31"}
        )

    def _content(self, batch):
        text = base64.b64decode(batch.file).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";"))

    def test_every_entry_once_with_control_totals(self):
        self.batch.action_export()
        rows = self._content(self.batch)
        self.assertEqual(
            sorted(int(row[0]) for row in rows[1:-1]),
            sorted(self.move.line_ids.filtered("account_id").ids),
        )
        self.assertEqual(rows[-1][:2], ["TOTAL", str(self.batch.line_count)])
        self.assertEqual(rows[-1][8:10], ["156.97", "156.97"])
        self.assertEqual(self.batch.debit, self.batch.credit)
        self.assertEqual(self.batch.debit, 156.97)

    def test_second_batch_has_only_what_came_later(self):
        self.batch.action_export()
        later = self.batch.copy()
        with self.assertRaisesRegex(UserError, "left to export"):
            later.action_export()

    def test_exported_batch_is_not_exported_again(self):
        self.batch.action_export()
        with self.assertRaisesRegex(UserError, "already exported"):
            self.batch.action_export()

    @mute_logger("odoo.sql_db")
    def test_exported_entries_are_guarded_by_the_database(self):
        self.batch.action_export()
        self.env.flush_all()
        line = self.batch.line_ids[0]
        for statement, row in (
            ("UPDATE account_move_line SET debit = debit + 1 WHERE id = %s", line.id),
            (
                "UPDATE account_move_line SET ledger_export_id = NULL WHERE id = %s",
                line.id,
            ),
            ("DELETE FROM account_move_line WHERE id = %s", line.id),
            (
                "UPDATE billing_ledger_export SET file_hash = 'x' WHERE id = %s",
                self.batch.id,
            ),
            ("DELETE FROM billing_ledger_export WHERE id = %s", self.batch.id),
        ):
            with (
                self.subTest(statement),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [row])

    def test_payment_is_possible_after_export(self):
        """Reconciling changes the residual of an exported entry, not the entry."""
        self.batch.action_export()
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        ).create({})._create_payments()
        self.assertIn(self.move.payment_state, ("paid", "in_payment"))

    def test_a_cancelled_batch_stays_and_gives_its_entries_back(self):
        self.batch.action_export()
        content, entries = self.batch.file, self.batch.line_ids
        dialog = self.batch.action_cancel_dialog()
        self.env["billing.export.cancel"].with_context(**dialog["context"]).create(
            {"reason": "Wrong accounts"}
        ).action_cancel()
        self.assertEqual(self.batch.state, "cancelled")
        self.assertEqual(self.batch.cancel_reason, "Wrong accounts")
        self.assertEqual(self.batch.cancelled_by_id, self.env.user)
        self.assertEqual(self.batch.file, content)
        self.assertEqual(self.batch.debit, 156.97)
        again = self.batch.copy()
        again.action_export()
        self.assertEqual(again.line_ids, entries)
        with self.assertRaisesRegex(UserError, "Only an exported batch"):
            self.batch._cancel("Twice")

    def test_the_file_is_handed_out_only_as_it_was_exported(self):
        self.batch.action_export()
        self.assertIn("/file?download=true", self.batch.action_download()["url"])
        with self.assertRaisesRegex(UserError, "never changes"):
            self.batch.file = base64.b64encode(b"other")
        attachment = get_attachment(self.batch, "file")
        attachment.raw = b"other"
        with self.assertRaisesRegex(UserError, "backup"):
            self.batch.action_download()
