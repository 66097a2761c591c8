from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestPayout(PostalCase):
    """Pensions: 3 cheques of 900 at Podgorica, 2 of 500 at Budva."""

    def setUp(self):
        super().setUp()
        self.payout = self._specification(
            (
                self.commission,
                {"cost_centre_id": self.centre_a.id, "quantity": 3, "money": 900},
            ),
            (
                self.commission,
                {"cost_centre_id": self.centre_b.id, "quantity": 2, "money": 500},
            ),
            kind="payout",
            cost_centre_id=False,
            total_cheques=5,
            total_money=1400,
        )

    def test_only_the_commission_is_billed(self):
        """300 and 250 each: 0.8 % of 900 = 7.20, 1.0 % of 500 = 5.00."""
        self.assertEqual(self.payout.line_ids.mapped("amount"), [7.20, 5.00])
        self.payout.action_invoice()
        invoice = self.payout.invoice_ids
        self.assertEqual(invoice.state, "posted")
        self.assertEqual((invoice.amount_untaxed, invoice.amount_tax), (12.20, 0))
        self.assertEqual(self.payout.state, "invoiced")

    def test_a_difference_blocks_until_it_is_solved(self):
        self.payout.total_money = 1450
        with self.assertRaisesRegex(UserError, "do not agree"):
            self.payout.action_check()
        self.payout.line_ids[1].money = 550
        self.payout.action_check()
        self.assertEqual(self.payout.state, "checked")

    def test_the_cost_centre_that_differs_is_named(self):
        self.payout.centre_ids = [
            Command.create(
                {"cost_centre_id": self.centre_a.id, "cheques": 3, "money": 900}
            ),
            Command.create(
                {"cost_centre_id": self.centre_b.id, "cheques": 3, "money": 500}
            ),
        ]
        self.assertIn("Budva", self.payout.difference_text)
        self.assertNotIn("Podgorica", self.payout.difference_text)
        by_centre = {row.cost_centre_id: row for row in self.payout.centre_ids}
        self.assertEqual(by_centre[self.centre_b].missing_cheques, 1)
        self.assertEqual(by_centre[self.centre_a].missing_cheques, 0)
        with self.assertRaisesRegex(UserError, "Budva"):
            self.payout.action_check()

    def test_a_difference_waived_with_a_reason(self):
        self.payout.total_cheques = 6
        with self.assertRaisesRegex(UserError, "Say why"):
            self.payout._waive(" ")
        wizard = self.env["postal.waive"].create(
            {"specification_id": self.payout.id, "reason": "One came back late"}
        )
        wizard.action_waive()
        self.payout.action_check()
        self.assertTrue(self.payout.is_checked)
        bodies = " ".join(self.payout.message_ids.mapped("body"))
        self.assertIn("One came back late", bodies)

    def test_waiving_needs_the_permission(self):
        with self.assertRaises(AccessError):
            self.payout.with_user(self._user("viewer"))._waive("no")

    def test_funds_of_the_principal(self):
        self.env["postal.fund.entry"].create(
            {"partner_id": self.bank.id, "kind": "received", "amount": 2000}
        )
        self.payout.action_check()

        def balance():
            entries = self.env["postal.fund.entry"].search(
                [("partner_id", "=", self.bank.id)]
            )
            return sum(entries.mapped("balance"))

        self.assertEqual(balance(), 600)
        paid = self.env["postal.fund.entry"].search(
            [("specification_id", "=", self.payout.id)]
        )
        with self.assertRaisesRegex(UserError, "Reopen"):
            paid.unlink()
        self.payout.action_reopen()
        self.assertEqual(balance(), 2000)
        self.payout.action_check()
        self.assertEqual(balance(), 600)
