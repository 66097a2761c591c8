"""Invoices at once, by milestones, at the end; changes; down payments are netted."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .common import ConnectionCase


class TestMilestone(ConnectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kind.write(
            {
                "invoice_on": "milestone",
                "milestone_ids": [
                    Command.create({"name": name, "event": event, "percent": percent})
                    for name, event, percent in (
                        ("Signed", "acceptance", 30),
                        ("Trench closed", "manual", 50),
                        ("Connected", "completion", 20),
                    )
                ],
            }
        )
        cls.stepwise = cls._create_case()

    def _draft(self):
        self._run_cron()
        return self.stepwise.invoice_ids

    def _run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("energy_connection.cron_invoice_due").method_direct_trigger()

    def test_an_offer_has_the_plan_of_its_kind_and_the_letter_says_it(self):
        offer = self._offer(self.stepwise)
        self.assertEqual(offer.milestone_ids.mapped("percent"), [30, 50, 20])
        self.assertEqual(offer.milestone_ids.mapped("amount"), [10500, 17500, 7000])
        self.assertEqual(set(offer.milestone_ids.mapped("state")), {"waiting"})

    def test_each_milestone_is_invoiced_once_when_it_is_reached(self):
        offer = self._accept(self.stepwise)
        first = self._draft()
        self.assertEqual(first.amount_total, 10500)
        # the parts keep their taxes: 30 % of 4,000 with 25 %
        self.assertEqual(first.amount_tax, 300)
        self.assertIn("Signed", first.invoice_line_ids[0].name)
        self.assertEqual(self._draft(), first)
        with self.assertRaisesRegex(UserError, "Trench closed"):
            self.stepwise.action_invoice()
        offer.milestone_ids[1].action_confirm()
        second = self._draft() - first
        self.assertEqual(second.amount_total, 17500)
        self.assertEqual(
            offer.milestone_ids.mapped("state"), ["invoiced", "invoiced", "waiting"]
        )

    def test_a_deleted_draft_is_due_again(self):
        offer = self._accept(self.stepwise)
        self._draft().unlink()
        self.assertEqual(offer.milestone_ids[0].state, "due")
        self.assertEqual(self._draft().amount_total, 10500)

    def test_the_final_invoice_takes_the_milestones_off(self):
        offer = self._accept(self.stepwise)
        self._draft().action_post()
        crossing = self.stepwise.cost_ids.filtered(lambda c: c.name == "Crossing")
        crossing.write({"actual": 10000, "has_actual": True})
        self.stepwise.action_complete()
        self._draft().filtered(lambda m: m.state == "draft").action_post()
        self.assertEqual(offer.milestone_ids[1].state, "waiting")
        self.stepwise.action_settle()
        self.stepwise.settlement_ids.action_done()
        # 10,000 + 10,000 + 5,000 with tax, less 10,500 and 7,000
        self.assertEqual(self.stepwise.settlement_ids.invoice_id.amount_total, 7500)
        posted = sum(self.stepwise.invoice_ids.mapped("amount_total_signed"))
        self.assertEqual(posted, 25000)

    def test_more_invoiced_by_milestones_than_it_came_to_is_paid_back(self):
        offer = self._accept(self.stepwise)
        offer.milestone_ids[1].action_confirm()
        self._draft().action_post()
        crossing = self.stepwise.cost_ids.filtered(lambda c: c.name == "Crossing")
        crossing.write({"actual": 0, "has_actual": True})
        self.stepwise.action_complete()
        self.stepwise.action_settle()
        self.stepwise.settlement_ids.action_done()
        refund = self.stepwise.settlement_ids.invoice_id
        self.assertEqual(refund.move_type, "out_refund")
        # 10,000 + 5,000 with tax, less 28,000
        self.assertEqual(refund.amount_total, 13000)

    def test_what_was_signed_stays(self):
        offer = self._offer(self.stepwise)
        offer.milestone_ids[0].percent = 25
        self._sign(offer)
        with self.assertRaisesRegex(UserError, "was signed"):
            offer.milestone_ids[0].percent = 90
        with self.assertRaisesRegex(UserError, "was signed"):
            offer.milestone_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "was signed"):
            offer.milestone_ids = [
                Command.create({"name": "More", "event": "manual", "percent": 5})
            ]

    def test_milestones_are_never_more_than_the_offer(self):
        offer = self._offer(self.stepwise)
        with self.assertRaisesRegex(ValidationError, "at most 100"):
            offer.milestone_ids[0].percent = 31

    def test_a_revision_keeps_the_plan_that_was_negotiated(self):
        offer = self._offer(self.stepwise)
        offer.milestone_ids[0].percent = 10
        offer.create_revision()
        revised = self.stepwise.offer_ids.filtered(lambda o: o.state == "draft")
        self.assertEqual(revised.milestone_ids.mapped("percent"), [10, 50, 20])

    def test_a_change_is_invoiced_like_the_offer_it_changes(self):
        self._accept(self.stepwise)
        first = self._draft()
        self._add_cost(self.stepwise, "Second crossing", 7000)
        self._accept(self.stepwise)
        change = self._draft() - first
        self.assertEqual(change.amount_total, 2100)

    def test_at_once_a_change_has_an_invoice_of_its_own(self):
        self._accept()
        self.case.action_invoice()
        first = self.case.invoice_ids
        self._add_cost(self.case, "Second crossing", 7000)
        self._accept()
        self.case.action_invoice()
        self.assertEqual((self.case.invoice_ids - first).amount_total, 7000)

    def test_a_change_that_takes_away_is_credited(self):
        self._accept()
        self.case.action_invoice()
        first = self.case.invoice_ids
        self.case.cost_ids.filtered(lambda c: c.name == "Crossing").unlink()
        self._accept()
        self.case.action_invoice()
        change = self.case.invoice_ids - first
        self.assertEqual(change.move_type, "out_refund")
        self.assertEqual(change.amount_total, 20000)

    def test_at_the_end_everything_comes_with_the_settlement(self):
        self.case.invoice_on = "completion"
        self._accept()
        with self.assertRaisesRegex(UserError, "at the end"):
            self.case.action_invoice()
        self._run_cron()
        self.assertFalse(self.case.invoice_ids)
        self.case.action_complete()
        self.case.action_settle()
        self.case.settlement_ids.action_done()
        self.assertEqual(self.case.invoice_ids.amount_total, 35000)

    def test_cases_of_one_payer_have_invoices_of_their_own(self):
        self.case.invoice_on = "acceptance"
        other = self._create_case()
        other.invoice_on = "acceptance"
        offers = self._accept() | self._accept(other)
        moves = offers._create_invoices()
        self.assertEqual(moves.connection_case_id, self.case | other)

    def test_fees_without_an_offer_are_invoiced_as_they_came_to(self):
        kind = self._create_kind(
            "fee",
            needs_offer=False,
            contribution_type_id=False,
            settlement_mode="fixed",
            needs_completion=False,
        )
        case = self._create_case(costs=False, type_id=kind.id)
        cost = self._add_cost(case, "Re-sealing", 900, kind=self.work)
        cost.write({"actual": 1000, "has_actual": True})
        case.action_settle()
        case.settlement_ids.action_done()
        self.assertEqual(case.invoice_ids.amount_untaxed, 1000)
        self.assertEqual(case.invoice_ids.amount_tax, 250)
        self.assertEqual(case.settlement_ids.invoice_id, case.invoice_ids)
