import base64
import io
import zipfile
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_documents import DocumentCase, _text


@tagged("post_install", "-at_install")
class TestDocumentBatch(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.zip = "4000"
        agreements = cls.agreement
        for number, code in ((2, "9000"), (3, "1000")):
            agreement = cls._create_agreement(f"A-{number}", number)
            agreement.partner_id.write({"zip": code, "street": f"Street {number}"})
            agreements |= agreement
        cls.moves = cls._billed(agreements)

    def _print(self, moves, **values):
        context = {"active_model": moves._name, "active_ids": moves.ids}
        Wizard = self.env["billing.document.print"].with_context(**context)
        action = Wizard.create(values).action_make()
        return self.env[action["res_model"]].browse(action["res_id"])

    def _archive(self, file):
        with zipfile.ZipFile(io.BytesIO(base64.b64decode(file.file))) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def test_one_file_in_the_order_that_was_asked_for(self):
        batch = self._print(self.moves, sort="zip")
        self.assertEqual((batch.state, batch.done_count), ("done", 3))
        self.assertEqual(batch.progress, 100)
        files = self._archive(batch.file_ids)
        *documents, last = files
        self.assertEqual(last, "list.csv")
        zips = {move.name.replace("/", "_"): move.partner_id.zip for move in self.moves}
        self.assertEqual(
            [zips[name[6:-4]] for name in documents], ["1000", "4000", "9000"]
        )
        move = self.moves.filtered(lambda m: m.partner_id.zip == "1000")
        self.assertIn(move.name, _text(files[documents[0]]))
        self.assertEqual(files[documents[0]], move.invoice_pdf_report_id.raw)
        self.assertEqual(len(files[last].decode("utf-8-sig").splitlines()), 4)

    def test_more_files_are_made_by_jobs(self):
        batch = self._print(self.moves, size=2)
        self.assertEqual(batch.file_ids.mapped("move_count"), [2, 1])
        self.assertEqual((batch.state, batch.progress), ("running", 0))
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search([("identity_key", "like", "billing.document.file:%")])
        )
        self.assertGreaterEqual(len(jobs), 2)
        batch.file_ids[0]._make()
        self.assertEqual((batch.state, round(batch.progress)), ("running", 67))
        before = batch.file_ids[0].file
        for file in batch.file_ids:
            file._make()
        self.assertEqual((batch.state, batch.done_count), ("done", 3))
        self.assertEqual(batch.file_ids[0].file, before)

    def test_what_cannot_be_made_is_listed_in_the_file(self):
        plain = self._plain_invoice()
        batch = self._print(self.moves | plain)
        self.assertEqual((batch.done_count, batch.error_count), (3, 1))
        errors = self._archive(batch.file_ids)["errors.csv"].decode("utf-8-sig")
        self.assertIn(plain.name, errors)
        self.assertIn("Send & Print", errors)

    def test_one_bad_document_keeps_no_other_back(self):
        bad, Move = self.moves[1], type(self.moves)
        make = Move._make_billing_documents

        def fails_for_one(moves):
            if bad in moves:
                raise UserError(self.env._("No fonts in %s", "/x"))
            return make(moves)

        with patch.object(Move, "_make_billing_documents", fails_for_one):
            batch = self._print(self.moves)
        self.assertEqual((batch.done_count, batch.error_count), (2, 1))
        self.assertIn(b"No fonts in /x", self._archive(batch.file_ids)["errors.csv"])

    def test_a_job_given_up_is_shown_and_made_again(self):
        batch = self._print(self.moves, size=2)
        batch.file_ids[0]._make()
        batch.file_ids[1]._on_job_failed(exc_message="Killed")
        self.assertEqual(batch.state, "failed")
        batch.action_make_again()
        self.assertEqual(batch.state, "running")

    def test_documents_of_a_run(self):
        run = self.env["billing.run"].create({"period_id": self.january.id})
        self.assertEqual(self._print(run).move_count, 3)

    def test_who_may(self):
        batch = self._print(self.moves)
        viewer = self._user("viewer")
        self.assertTrue(batch.with_user(viewer).file_ids.file)
        with self.assertRaises(AccessError):
            self.env["billing.document.batch"].with_user(viewer)._make(self.moves)
        with self.assertRaisesRegex(UserError, "posted"):
            self._print(self.env["account.move"])
