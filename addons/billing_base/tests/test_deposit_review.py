"""Deposits that the payment record lets go are listed and returned from the list."""

from freezegun import freeze_time

from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestDepositReview(BillingCase):
    def test_due_after_a_year_without_trouble(self):
        self.agreement_type.write(
            {
                "deposit_rule": "fixed",
                "deposit_amount": 40,
                "deposit_product_id": self.product.id,
            }
        )
        second = self._create_agreement("A-2", 5)
        both = self.agreement | second
        both.action_request_deposit()
        both.charge_ids.date = "2026-01-10"
        both.charge_ids.action_generate()
        invoices = self._invoice(both.charge_ids.segment_ids)
        self.assertEqual(both.mapped("deposit_held"), [40, 40])
        mine = invoices.filtered(
            lambda move: move.commercial_partner_id == self.agreement.partner_id
        )
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=mine.ids
        ).create({"payment_date": "2026-02-01"})._create_payments()
        with freeze_time("2027-01-31"):
            self.assertFalse(self._due(), "held for less than twelve months")
        with freeze_time("2027-02-01"):
            # the other never paid
            self.assertEqual(self._due(), self.agreement)
            self.env.invalidate_all()
            self.assertEqual(both.mapped("is_deposit_due"), [True, False])
            debt = self._owe()
            self.assertFalse(self._due(), "something is overdue")
            debt.button_draft()
            self.assertEqual(self._due(), self.agreement)
            self._due().action_return_deposit()
            self.assertFalse(self._due(), "it is on its way back")
            self.env.invalidate_all()
            self.assertEqual(both.mapped("deposit_held"), [0, 40])

    def _due(self):
        return self.env["billing.agreement"].search(
            [("is_deposit_due", "=", True), ("company_id", "=", self.company.id)]
        )

    def _owe(self):
        move = self.init_invoice(
            "out_invoice",
            partner=self.agreement.partner_id,
            invoice_date="2026-03-01",
            amounts=[10],
        )
        move.write({"invoice_payment_term_id": False, "invoice_date_due": "2026-03-15"})
        move.action_post()
        return move
