"""The end of an agreement: final bill, deposit and debts."""

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestTermination(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.held = cls.env["account.account"].create(
            {
                "name": "Deposits of customers",
                "code": "419000",
                "account_type": "liability_current",
            }
        )
        untaxed = cls.env["account.tax"].create(
            {"name": "No VAT", "amount": 0, "type_tax_use": "sale"}
        )
        cls.agreement_type.write(
            {
                "deposit_rule": "fixed",
                "deposit_amount": 400,
                "deposit_account_id": cls.held.id,
                "deposit_product_id": cls.env["product.product"]
                .create(
                    {
                        "name": "Deposit",
                        "type": "service",
                        "taxes_id": [Command.set(untaxed.ids)],
                    }
                )
                .id,
            }
        )

    def _terminate(self, day, agreement=None):
        return self.env["billing.termination"].create(
            {"agreement_id": (agreement or self.agreement).id, "date_end": day}
        )

    def _leave_deposit(self, agreement=None):
        """A deposit of 400 that is billed; its invoice."""
        agreement = agreement or self.agreement
        with freeze_time("2026-01-05"):
            agreement.action_request_deposit()
        charge = agreement.charge_ids
        charge.action_generate()
        return self._invoice(charge.segment_ids)

    def _pay(self, move):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({"payment_date": "2026-01-10"})._create_payments()

    def test_final_bill_in_one_click(self):
        termination = self._terminate("2026-01-20")
        self.assertEqual(termination.state, "proposed")
        termination.with_user(self._user("clerk")).action_final_bill()
        self.assertEqual(termination.state, "billed")
        self.assertEqual(self.agreement.date_end, date(2026, 1, 20))
        # 50 kW: 15 days at 2.00 = 48.39, 5 at 3.00 = 24.19; fee of 20 days = 3.23
        invoice = termination.final_segment_ids.invoice_id
        self.assertEqual(invoice.amount_untaxed, 75.81)
        self.assertEqual(invoice.state, "posted")

    def test_the_day_before_the_first_is_refused(self):
        termination = self._terminate("2025-12-31")
        with self.assertRaisesRegex(UserError, "cannot end on"):
            termination.action_final_bill()

    def test_a_second_termination_takes_the_new_day_over(self):
        Termination = self.env["billing.termination"]
        first = Termination._propose(
            [{"agreement_id": self.agreement.id, "date_end": date(2026, 1, 20)}]
        )
        second = Termination._propose(
            [{"agreement_id": self.agreement.id, "date_end": date(2026, 1, 25)}]
        )
        self.assertEqual(first, second)
        self.assertEqual(first.date_end, date(2026, 1, 25))

    @freeze_time("2026-02-10")
    def test_a_deposit_pays_the_final_bill_and_the_rest_is_credit(self):
        self._pay(self._leave_deposit())
        termination = self._terminate("2026-01-20")
        with self.assertRaisesRegex(UserError, "no final bill"):
            termination.action_end()
            termination.action_settle()
        termination.action_final_bill()
        invoice = termination.final_segment_ids.invoice_id
        # 75.81 and 20 % VAT
        self.assertEqual(invoice.amount_total, 90.97)
        self.assertEqual(termination.deposit_amount, 400)
        self.assertEqual(termination.debt_amount, 90.97)
        termination.action_settle()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(termination.deposit_amount, 0)
        # 400.00 − 90.97 goes back to the customer
        self.assertEqual(termination.debt_amount, -309.03)
        self.assertEqual(termination.state, "settled")
        move = termination.settlement_move_id
        self.assertEqual(sum(move.line_ids.mapped("balance")), 0)

    @freeze_time("2026-02-10")
    def test_a_debt_above_the_deposit_stays_open(self):
        # the deposit was billed and never paid: it owes itself
        deposit = self._leave_deposit()
        termination = self._terminate("2026-01-20")
        termination.action_final_bill()
        termination.action_settle()
        self.assertEqual(deposit.amount_residual, 0)
        self.assertEqual(termination.debt_amount, 90.97)
        self.assertEqual(termination.state, "billed")
        self._pay(termination.final_segment_ids.invoice_id)
        termination.action_settle()
        self.assertEqual(termination.state, "settled")

    @freeze_time("2026-02-10")
    def test_deposits_of_other_agreements_stay(self):
        other = self._create_agreement("A-2", 10, partner=self.agreement.partner_id)
        self._pay(self._leave_deposit() | self._leave_deposit(other))
        termination = self._terminate("2026-01-20")
        self.assertEqual(termination.deposit_amount, 400)
