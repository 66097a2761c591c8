"""Final settlement: fixed, actual, cap, refund, what the customer caused."""

from odoo.exceptions import UserError

from .common import ConnectionCase


class TestSettlement(ConnectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cable_cost, cls.crossing, cls.moving = cls.case.cost_ids

    def _settle(self, **actual):
        """Accept, invoice as offered, complete, settle at these actual amounts."""
        self._accept()
        self.case.action_invoice()
        self.case.invoice_ids.action_post()
        for name, amount in actual.items():
            self[name].write({"actual": amount, "has_actual": True})
        self.case.action_complete()
        self.case.action_settle()
        return self.case.settlement_ids

    def __getitem__(self, name):
        return getattr(self, name)

    def test_invoices_follow_the_offer(self):
        self._accept()
        self.case.action_invoice()
        invoice = self.case.invoice_ids
        self.assertEqual(invoice.amount_untaxed, 34000)
        self.assertEqual(invoice.amount_tax, 1000)
        invoice.action_post()
        self.assertEqual(self.case.state, "invoice_sent")
        self._pay(invoice)
        self.assertEqual(self.case.state, "invoice_paid")
        with self.assertRaisesRegex(UserError, "is invoiced"):
            self.case.action_invoice()

    def test_settlement_waits_for_the_completion_notification(self):
        self._accept()
        with self.assertRaisesRegex(UserError, "completion notification"):
            self.case.action_settle()

    def test_settlement_waits_for_the_orders(self):
        order = self._create_order()
        self._accept()
        self.case.action_complete()
        with self.assertRaisesRegex(UserError, order.name):
            self.case.action_settle()

    def test_the_preview_posts_nothing(self):
        settlement = self._settle(crossing=10000)
        self.assertEqual(settlement.state, "preview")
        self.assertEqual(len(self.case.invoice_ids), 1)
        self.assertEqual(settlement.due, -10000)

    def test_less_is_paid_back(self):
        settlement = self._settle(crossing=10000)
        settlement.action_done()
        refund = settlement.invoice_id
        self.assertEqual(refund.move_type, "out_refund")
        self.assertEqual(refund.amount_total, 10000)
        self.assertIn(refund, self.case.invoice_ids)

    def test_more_is_capped(self):
        settlement = self._settle(crossing=40000)
        line = settlement.line_ids.filtered(
            lambda s: s.charge_type_id == self.regulated
        )
        # 10,000 + 40,000, at most 115 % of 30,000
        self.assertEqual((line.final, line.due, line.absorbed), (34500, 4500, 15500))
        self.assertIn("15", line.explanation)
        settlement.action_done()
        self.assertEqual(settlement.invoice_id.amount_total, 4500)

    def test_what_the_customer_caused_is_outside_the_cap(self):
        self.crossing.write({"actual": 40000, "has_actual": True, "caused": 12000})
        settlement = self._settle()
        line = settlement.line_ids.filtered(
            lambda s: s.charge_type_id == self.regulated
        )
        # 10,000 + 28,000 = 38,000, capped at 34,500; and 12,000
        self.assertEqual(line.final, 46500)

    def test_contractual_work_has_no_cap_and_its_tax(self):
        settlement = self._settle(moving=6000)
        settlement.action_done()
        self.assertEqual(settlement.invoice_id.amount_untaxed, 2000)
        self.assertEqual(settlement.invoice_id.amount_tax, 500)

    def test_fixed_as_offered(self):
        self.kind.settlement_mode = "fixed"
        settlement = self._settle(crossing=40000)
        self.assertEqual(settlement.due, 0)
        settlement.action_done()
        self.assertEqual(len(self.case.invoice_ids), 1)

    def test_settled_when_everything_is_paid(self):
        settlement = self._settle()
        settlement.action_done()
        self.assertEqual(self.case.state, "invoice_sent")
        self._pay(self.case.invoice_ids)
        self.assertEqual(self.case.state, "settled")

    def test_a_case_is_settled_once(self):
        settlement = self._settle(crossing=10000)
        settlement.action_done()
        with self.assertRaisesRegex(UserError, "done already"):
            settlement.action_done()
        self.case.action_settle()
        self.assertEqual(len(self.case.settlement_ids), 1)

    def test_after_a_withdrawal_accrued_cost_is_settled(self):
        self._accept()
        self.crossing.write({"actual": 3000, "has_actual": True})
        self.case._withdraw("moves away")
        self.case.action_settle()
        settlement = self.case.settlement_ids
        self.assertEqual(sum(settlement.line_ids.mapped("final")), 3000)
        settlement.action_done()
        total = sum(self.case.invoice_ids.mapped("amount_untaxed_signed"))
        self.assertEqual(total, 3000)
