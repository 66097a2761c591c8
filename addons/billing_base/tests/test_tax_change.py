from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestTaxChange(BillingCase):
    """From January 16 the law has 25 % instead of 20 %.

    50 kW: 48.39 until January 15 and 77.42 from then on; a fee of 5.00 for 31 days,
    split 2.42 and 2.58.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.new_vat = cls.vat.copy({"name": "VAT 25 %", "amount": 25})

    def _change(self, basis="supply", date="2026-01-16", **values):
        return self.env["billing.tax.change"].create(
            {
                "company_id": self.company.id,
                "tax_id": self.vat.id,
                "new_tax_id": self.new_vat.id,
                "date_start": date,
                "basis": basis,
                **values,
            }
        )

    def _amounts(self, move):
        """{tax: (taxable amount, tax)} of an invoice."""
        return {
            line.tax_line_id: (abs(line.tax_base_amount), abs(line.balance))
            for line in move.line_ids
            if line.tax_line_id
        }

    def test_days_of_supply_split_the_lines(self):
        self._change()
        segment = self._generate()
        fee = segment.line_ids.filtered(lambda line: line.item_id == self.fee_item)
        self.assertEqual(fee.mapped("amount"), [2.42, 2.58])
        self.assertIn("VAT 25 %", fee[1].explanation_text)
        move = self._invoice(segment)
        self.assertEqual(
            self._amounts(move),
            {self.vat: (50.81, 10.16), self.new_vat: (80.00, 20.00)},
        )

    def test_lines_summed_by_charge_stay_apart_by_tax(self):
        self._change()
        self.agreement.account_id.profile_id.line_detail = "charge"
        move = self._invoice(self._generate())
        fees = move.invoice_line_ids.filtered(lambda line: line.price_subtotal < 5)
        self.assertEqual(fees.tax_ids, self.vat | self.new_vat)

    def test_tax_date_decides_for_the_whole_invoice(self):
        self._change("document")
        move = self._invoice(self._generate())
        self.assertEqual(self._amounts(move), {self.new_vat: (130.81, 32.70)})

    def test_tax_date_before_the_change(self):
        self._change("document", "2026-02-01")
        move = self._invoice(self._generate())
        self.assertEqual(self._amounts(move), {self.vat: (130.81, 26.16)})

    def test_one_change_follows_another(self):
        self._change("document", "2026-01-10")
        third = self.vat.copy({"name": "VAT 27 %", "amount": 27})
        self._change(
            "document", "2026-01-20", tax_id=self.new_vat.id, new_tax_id=third.id
        )
        move = self._invoice(self._generate())
        self.assertEqual(self._amounts(move), {third: (130.81, 35.32)})

    def test_what_was_made_is_regenerated_before_it_is_invoiced(self):
        segment = self._generate()
        draft = self.env["billing.invoicer"]._create_invoices(segment)
        self._change()
        self.assertTrue(segment.is_stale)
        self.assertFalse(draft.exists())
        with self.assertRaisesRegex(UserError, "Regenerate segment"):
            self.env["billing.invoicer"]._create_invoices(segment)
        self._generate()
        self.assertFalse(segment.is_stale)
        self.assertEqual(len(self._amounts(self._invoice(segment))), 2)

    def test_drafts_get_the_tax_of_their_date(self):
        segment = self._generate()
        move = self.env["billing.invoicer"]._create_invoices(segment)
        change = self._change("document")
        self.assertEqual(move.amount_tax, 32.70)
        change.unlink()
        self.assertEqual(move.amount_tax, 26.16)

    def test_what_is_invoiced_is_not_marked_by_a_change_of_the_tax_date(self):
        segment = self._generate()
        self._invoice(segment)
        change = self._change("document")
        self.assertFalse(segment.is_stale)
        change.basis = "supply"
        self.assertTrue(segment.is_stale)

    def test_another_tax_than_the_charges_have(self):
        segment = self._generate()
        self._change(tax_id=self.vat.copy({"name": "VAT 7 %", "amount": 7}).id)
        self.assertFalse(segment.is_stale)
        self._change("document", "2026-01-10")
        self.assertFalse(segment.is_stale)
        third = self.vat.copy({"name": "VAT 27 %", "amount": 27})
        self._change(tax_id=self.new_vat.id, new_tax_id=third.id)
        self.assertTrue(segment.is_stale)

    def test_a_change_that_ends_where_it_began(self):
        self._change()
        with self.assertRaisesRegex(ValidationError, "followed by itself"):
            self._change(
                date="2026-02-01", tax_id=self.new_vat.id, new_tax_id=self.vat.id
            )

    def test_once_a_day(self):
        self._change()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._change()

    def test_clerk_reads_and_manager_writes(self):
        clerk = self._user("clerk")
        change = self._change()
        change.with_user(clerk).read(["new_tax_id"])
        with self.assertRaisesRegex(UserError, "not allowed"):
            change.with_user(clerk).date_start = "2026-03-01"
        change.with_user(self._user("manager")).date_start = "2026-03-01"


@tagged("post_install", "-at_install")
class TestExemption(BillingCase):
    def test_the_ground_stands_on_the_document(self):
        ground = self.env["billing.tax.exemption"].create(
            {
                "name": "Universal postal service",
                "code": "132",
                "legal_reference": "Article 132(1)(a) of Directive 2006/112/EC",
            }
        )
        self.vat.write({"amount": 0, "exemption_id": ground.id})
        self.assertEqual(
            self.vat._get_legal_notes(),
            ["Article 132(1)(a) of Directive 2006/112/EC"],
        )
        move = self._invoice(self._generate())
        (document,) = move._prepare_billing_documents()
        self.assertIn("Article 132(1)(a) of Directive 2006/112/EC", document.notes)
