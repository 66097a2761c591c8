from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import tagged
from odoo.tools import file_open

from .common import BillingCase


class DirectDebitCase(BillingCase):
    """A customer with a mandate; the bank is asked in euros."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.currency_id = cls.env.ref("base.EUR")
        cls.tariff.currency_id = cls.company.currency_id
        cls.company.sepa_creditor_identifier = "FR78ZZZ424242"
        bank = cls.env["res.bank"].create({"name": "Bank", "bic": "TESTSDDXXXX"})
        journal = cls.company_data["default_journal_bank"]
        journal.bank_account_id = cls.env["res.partner.bank"].create(
            {
                "partner_id": cls.company.partner_id.id,
                "company_id": cls.company.id,
                "bank_id": bank.id,
                "acc_number": "ES52 0182 2782 5688 3882 1868",
            }
        )
        debit = cls.env.ref("account_payment_sepa_direct_debit.sepa_direct_debit")
        debit.mandate_required = True
        outstanding = cls.env["account.account"].create(
            {
                "code": "SDD",
                "name": "Direct debits under way",
                "account_type": "asset_current",
                "reconcile": True,
            }
        )
        cls.method = cls.env["account.payment.method.line"].create(
            {
                "name": "SEPA direct debit",
                "company_id": cls.company.id,
                "payment_method_id": debit.id,
                "bank_account_link": "fixed",
                "journal_id": journal.id,
                "payment_account_id": outstanding.id,
                "selectable": True,
            }
        )
        cls.customer = cls.agreement.partner_id
        cls.mandate = cls.env["account.banking.mandate"].create(
            {
                "partner_id": cls.customer.id,
                "company_id": cls.company.id,
                "partner_bank_id": cls.env["res.partner.bank"]
                .create(
                    {
                        "partner_id": cls.customer.id,
                        "acc_number": "FR771111 9999 8888 5555 9999 233",
                    }
                )
                .id,
                "signature_date": "2025-11-05",
                "state": "valid",
                "unique_mandate_reference": "MANDATE-1",
            }
        )
        cls.profile.direct_debit_id = cls.method
        cls.agreement.account_id.mandate_id = cls.mandate
        cls.fee_product = cls.env["product.product"].create(
            {"name": "Returned debit", "type": "service", "taxes_id": [Command.clear()]}
        )
        cls.company.billing_return_fee = 4.5
        cls.company.billing_return_fee_product_id = cls.fee_product

    def _collect(self):
        wizard = self.env["billing.direct.debit"].create(
            {"method_id": self.method.id, "date_due": "2030-01-01"}
        )
        action = wizard.action_collect()
        return self.env["account.payment.order"].browse(action["res_id"])

    def _collected(self):
        order = self._collect()
        order.draft2open()
        order.open2generated()
        order.generated2uploaded()
        return order


@tagged("post_install", "-at_install")
class TestDirectDebit(DirectDebitCase):
    def _return(self, payment, **values):
        wizard = (
            self.env["billing.debit.return"]
            .with_context(active_model="account.payment", active_ids=payment.ids)
            .create(
                {
                    "date": "2026-03-01",
                    "reason_id": self.env.ref("billing_base.reason_return_funds").id,
                    **values,
                }
            )
        )
        wizard.action_return()

    def test_invoice_says_when_and_from_where(self):
        move = self._invoice(self._generate())
        self.assertEqual(move.mandate_id, self.mandate)
        self.assertEqual(move.preferred_payment_method_line_id, self.method)
        ((_move, document),) = move._iter_billing_documents()
        facts = {fact.label: fact.value for fact in document.facts}
        self.assertEqual(facts["Mandate"], "MANDATE-1")
        self.assertEqual(facts["Creditor identifier"], "FR78ZZZ424242")
        self.assertEqual(facts["From your account"], "…9233")
        self.assertEqual(facts["Direct debit on"], move.invoice_date_due)

    def test_without_a_valid_mandate_nothing_is_collected(self):
        self.mandate.cancel()
        move = self._invoice(self._generate())
        self.assertFalse(move.mandate_id)
        with self.assertRaisesRegex(UserError, "Nothing to collect"):
            self._collect()

    def test_mandate_of_somebody_else(self):
        other = self._create_agreement("A-2", 1).account_id
        with self.assertRaisesRegex(ValidationError, "Choose one of"):
            other.mandate_id = self.mandate

    def test_file_is_valid_and_each_item_is_collected_once(self):
        move = self._invoice(self._generate())
        order = self._collect()
        self.assertEqual(order.payment_line_ids.amount_currency, move.amount_total)
        with self.assertRaisesRegex(UserError, "Nothing to collect"):
            self._collect()
        order.draft2open()
        order.open2generated()
        document = etree.fromstring(order.payment_file_id.raw)
        version = order.payment_method_id.pain_version
        with file_open(
            f"account_payment_sepa_direct_debit/data/{version}.xsd", "rb"
        ) as f:
            etree.XMLSchema(etree.parse(f)).assertValid(document)
        names = {"p": document.nsmap[None]}
        (reference,) = document.xpath("//p:MndtId/text()", namespaces=names)
        (amount,) = document.xpath("//p:InstdAmt/text()", namespaces=names)
        self.assertEqual((reference, float(amount)), ("MANDATE-1", move.amount_total))
        order.generated2uploaded()
        self.assertIn(move.payment_state, ("in_payment", "paid"))

    def test_returned_debit_reopens_the_invoice_with_its_fee(self):
        move = self._invoice(self._generate())
        payment = self._collected().payment_ids
        self._return(payment)
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(move.amount_residual, move.amount_total)
        self.assertEqual(payment.state, "rejected")
        fee = self.env["account.move"].search(
            [("returned_payment_id", "=", payment.id)]
        )
        self.assertEqual((fee.amount_total, fee.state), (4.5, "posted"))
        self.assertEqual(fee.invoice_date, Date.to_date("2026-03-01"))
        # nothing is left on the accounts of the payment
        for line in payment.move_id.line_ids:
            self.assertTrue(line.reconciled)
        with self.assertRaisesRegex(UserError, "only once"):
            self._return(payment)
        # and it may be collected again
        order = self._collect()
        self.assertEqual(order.payment_line_ids.move_line_id.move_id, move)

    def test_returned_debit_may_end_the_mandate(self):
        self._invoice(self._generate())
        self._return(self._collected().payment_ids, ends_mandate=True, fee=0)
        self.assertEqual(self.mandate.state, "cancel")

    def test_returned_debit_is_shown_where_it_is_looked_for(self):
        move = self._invoice(self._generate())
        self._return(self._collected().payment_ids)
        debit = move.returned_debit_ids
        self.assertEqual((debit.state, debit.mandate_id), ("done", self.mandate))
        self.assertIn("Insufficient funds", move.returned_debit_text)
        self.assertEqual(self.customer.billing_returned_debit_count, 1)
        action = self.customer.action_view_billing_returned_debits()
        self.assertEqual(
            self.env["billing.returned.debit"].search(action["domain"]), debit
        )
