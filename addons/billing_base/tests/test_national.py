from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_documents import DocumentCase, _text


@tagged("post_install", "-at_install")
class TestNational(DocumentCase):
    def _identifier_type(self, **values):
        return self.env["billing.identifier.type"].create(
            {"name": "Fiscal code", "code": "IKOF", "pattern": "[0-9A-F]{8}", **values}
        )

    def _give(self, move, kind, value):
        move.identifier_ids = [Command.create({"type_id": kind.id, "value": value})]

    # === Plain numbers ===

    @freeze_time("2026-02-03")
    def test_numbers_of_ten_digits_go_on_without_a_gap(self):
        journal = self.company_data["default_journal_sale"]
        journal.write(
            {
                "refund_sequence": False,
                "number_digits": 10,
                "first_number": "1000000001",
            }
        )
        other = self._create_agreement("A-2", 5)
        moves = self._billed(self.agreement | other)
        self.assertEqual(sorted(moves.mapped("name")), ["1000000001", "1000000002"])
        moves.segment_ids[0]._cancel(self.reason)
        credit_note = moves.segment_ids[0]._complete_cancellation()
        self.assertEqual(credit_note.name, "1000000003")
        with freeze_time("2027-02-03"):
            plain = self._plain_invoice()
        self.assertEqual(plain.name, "1000000004")
        self.assertFalse((moves | credit_note | plain).filtered("made_sequence_gap"))

    def test_plain_numbers_that_cannot_be(self):
        journal = self.company_data["default_journal_sale"]
        journal.refund_sequence = False
        for values in (
            {"number_digits": 3},
            {"number_digits": 10, "first_number": "12"},
            {"number_digits": 10, "refund_sequence": True},
        ):
            with (
                self.subTest(values),
                self.assertRaises(ValidationError),
                self.env.cr.savepoint(),
            ):
                journal.write(values)

    # === Identifiers ===

    def test_identifiers_are_printed_once_they_are_there(self):
        fiscal = self._identifier_type(is_required=True)
        check = self._identifier_type(
            name="Verify", code="URL", pattern=False, place="code"
        )
        move = self._billed()
        with self._refused(UserError, "wait for their Fiscal code"):
            move._make_billing_documents()
        self._give(move, fiscal, "0A1B2C3D")
        self._give(move, check, "https://verify.example/?iic=0A1B2C3D")
        attachment = move._make_billing_documents()
        text = _text(attachment.raw)
        self.assertIn("Fiscal code 0A1B2C3D", text)
        self.assertIn("Verify", text)
        (document,) = move._prepare_billing_documents()
        self.assertEqual(document.codes[0].value, check_url(move))
        with self._refused(UserError, "document of the invoice"):
            move.identifier_ids.unlink()

    @mute_logger("odoo.sql_db")
    def test_an_identifier_belongs_to_one_invoice_and_never_changes(self):
        fiscal = self._identifier_type()
        other = self._create_agreement("A-2", 5)
        one, two = self._billed(self.agreement | other)
        self._give(one, fiscal, "0A1B2C3D")
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._give(two, fiscal, "0A1B2C3D")
        with self._refused(ValidationError, "must look like"):
            self._give(two, fiscal, "nonsense")
        with self._refused(UserError, "never changes"):
            one.identifier_ids.value = "00000000"
        with self._refused(ValidationError, "cannot be read"):
            fiscal.pattern = "["


def check_url(move):
    return move.identifier_ids.filtered(lambda i: i.type_id.code == "URL").value
