"""Online payment of an offer: too little, without a signature, or told twice."""

from odoo.addons.account_payment.tests.common import AccountPaymentCommon

from .common import ConnectionCase


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
