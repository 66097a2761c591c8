"""Online payment of an offer: too little, changed, without a signature, told twice."""

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import ConnectionCase

LOG = "odoo.addons.energy_connection.controllers.payment"


class TestPayment(ConnectionCase, AccountPaymentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.write({"release_on": "payment", "prepayment_percent": 50})
        cls.order = cls._create_order()

    def setUp(self):
        super().setUp()
        self.offer = self._offer()

    def _pay_online(self, amount, reference, **values):
        transaction = self._create_transaction(
            "redirect",
            amount=amount,
            reference=reference,
            currency_id=self.offer.currency_id.id,
            partner_id=self.customer.id,
            sale_order_ids=[(6, 0, self.offer.ids)],
            **values,
        )
        transaction._set_done()
        transaction._post_process()
        return transaction

    def test_the_prepayment_confirms_and_releases(self):
        self._sign(self.offer)
        self.assertEqual(self.offer.state, "sent")
        self._pay_online(17500, "half")
        self.assertEqual(self.offer.state, "sale")
        self.assertEqual(self.order.state, "released")

    def test_too_little_releases_nothing(self):
        self._sign(self.offer)
        self._pay_online(17499.99, "less")
        self.assertEqual(self.offer.state, "sent")
        self.assertEqual(self.order.state, "blocked")

    def test_a_payment_without_a_signature_accepts_nothing(self):
        self._pay_online(35000, "unsigned")
        self.assertEqual(self.offer.state, "sent")
        self.assertFalse(self.case.acceptance_ids)
        self.assertEqual(self.order.state, "blocked")

    def test_a_repeated_notification_counts_once(self):
        self._sign(self.offer)
        transaction = self._pay_online(10000, "once")
        transaction._set_done()
        transaction._post_process()
        self.assertEqual(self.offer.amount_paid, 10000)
        self.assertEqual(self.order.state, "blocked")

    def test_what_was_paid_online_pays_the_invoice_made_later(self):
        self._sign(self.offer)
        self._pay_online(35000, "all")
        self.case.action_invoice()
        self.case.invoice_ids.action_post()
        self.assertIn(self.case.invoice_ids.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.case.state, "invoice_paid")


@tagged("post_install", "-at_install")
class TestPaymentRequest(ConnectionCase, AccountPaymentCommon, HttpCase):
    """What a client sends to pay: the document says how much, not he."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.write({"release_on": "payment", "prepayment_percent": 50})
        cls.offer = cls._offer(cls)
        cls._sign(cls, cls.offer)

    def _request(self, document, path, **values):
        """:return: the text of the error, or None"""
        params = {
            "access_token": document._portal_ensure_token(),
            "provider_id": self.dummy_provider.id,
            "payment_method_id": self.payment_method_id,
            "token_id": None,
            "amount": 17500,
            "flow": "direct",
            "tokenization_requested": False,
            "landing_route": "/my",
            **values,
        }
        answer = self.url_open(path, json={"jsonrpc": "2.0", "params": params}).json()
        return answer["error"]["data"]["message"] if "error" in answer else None

    def _refuse(self, document, path, **values):
        with self.assertLogs(LOG, "WARNING") as logs, mute_logger("odoo.http"):
            text = self._request(document, path, **values)
        self.assertIn("Refused", logs.output[0])
        return text

    def test_of_an_offer(self):
        path = f"/my/orders/{self.offer.id}/transaction"
        euro = self.env.ref("base.EUR").id
        for values in (
            {"amount": 1},
            {"amount": 35000.01},
            {"amount": -17500},
            {"amount": "17500"},
            {"amount": None},
            {"currency_id": euro},
            {"partner_id": self.installer.id},
        ):
            with self.subTest(values=values):
                text = self._refuse(self.offer, path, **values)
                self.assertIn("in the currency", text)
        self.assertFalse(self.offer.transaction_ids)
        token = "00000000-0000-0000-0000-000000000000"
        self.assertTrue(self._refuse(self.offer, path, access_token=token))
        self.assertFalse(self._request(self.offer, path))
        self.assertFalse(self._request(self.offer, path, amount=35000))
        transactions = self.offer.transaction_ids
        self.assertEqual(set(transactions.mapped("amount")), {17500, 35000})
        self.assertEqual(transactions.currency_id, self.offer.currency_id)

    def test_of_an_invoice(self):
        self.offer.action_confirm()
        invoice = self.offer._create_invoices()
        invoice.action_post()
        path = f"/invoice/transaction/{invoice.id}"
        for values in ({"amount": 35}, {"currency_id": self.env.ref("base.EUR").id}):
            with self.subTest(values=values):
                self.assertTrue(self._refuse(invoice, path, **values))
        self.assertFalse(invoice.transaction_ids)
        self.assertFalse(self._request(invoice, path, amount=35000))
        self.assertEqual(invoice.transaction_ids.amount, 35000)
