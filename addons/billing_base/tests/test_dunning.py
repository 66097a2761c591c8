from datetime import date
from io import BytesIO
from unittest.mock import patch

import pypdf
from freezegun import freeze_time
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.billing_base.models import credit_control_run
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import BillingCase


@tagged("post_install", "-at_install")
class DunningCase(BillingCase):
    """Reminders after 10 days and, 14 days after the first one, with a fee of 8.00."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee_product = cls.env["product.product"].create(
            {
                "name": "Reminder fee",
                "type": "service",
                "taxes_id": [Command.clear()],
            }
        )
        cls.policy = cls.env["credit.control.policy"].create(
            {
                "name": "Two reminders",
                "company_id": cls.company.id,
                "fee_product_id": cls.fee_product.id,
            }
        )
        template = cls.env.ref(
            "account_credit_control.email_template_credit_control_base"
        )
        text = {
            "policy_id": cls.policy.id,
            "email_template_id": template.id,
            "custom_text": "Please pay.",
            "custom_mail_text": "Please pay.",
        }
        cls.first, cls.second = cls.env["credit.control.policy.level"].create(
            [
                {
                    "name": "First reminder",
                    "level": 1,
                    "computation_mode": "net_days",
                    "delay_days": 10,
                    "channel": "email",
                    **text,
                },
                {
                    "name": "Second reminder",
                    "level": 2,
                    "computation_mode": "previous_date",
                    "delay_days": 14,
                    "channel": "letter",
                    "fee": 8,
                    **text,
                },
            ]
        )
        cls.company.credit_policy_id = cls.policy
        cls.customer = cls.agreement.partner_id
        cls.customer.email = "customer@example.com"

    @classmethod
    def _owe(cls, partner, amount, due="2026-01-31"):
        """A posted invoice; :return: its move"""
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "invoice_date": "2026-01-01",
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Energy",
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move

    @classmethod
    def _pay(cls, move, amount, day="2026-02-01"):
        register = (
            cls.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount, "payment_date": day})
        )
        register._create_payments()

    def _preview(self, day):
        run = self.env["credit.control.run"].create(
            {"date": day, "policy_ids": [Command.set(self.policy.ids)]}
        )
        run.action_preview()
        return run

    def _remind(self, day):
        run = self._preview(day)
        run.action_remind()
        return run

    def _line(self, move):
        return move.line_ids.filtered(lambda line: line.display_type == "payment_term")

    def _text(self, reminder):
        ((_id, content),) = reminder._draw_documents("billing_reminder")
        return "\n".join(
            page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages
        )


@tagged("post_install", "-at_install")
class TestDunning(DunningCase):
    def test_levels_follow_one_another(self):
        """Ten days after the due date the first; fourteen days later the second."""
        move = self._owe(self.customer, 100)
        self.assertFalse(self._preview("2026-02-09").proposal_ids)
        first = self._remind("2026-02-10").communication_ids
        self.assertEqual(first.policy_level_id, self.first)
        self.assertEqual(first.amount_total, 100)
        self.assertFalse(self._preview("2026-02-23").proposal_ids)
        second = self._remind("2026-02-24").communication_ids
        self.assertEqual(second.policy_level_id, self.second)
        self.assertEqual(
            move.credit_control_line_ids.sorted("level").mapped("level"), [1, 2]
        )

    def test_preview_writes_nothing_and_says_why(self):
        self._owe(self.customer, 100)
        other = self._owe(self.env["res.partner"].create({"name": "Other"}), 50)
        self.env["billing.dunning.block"].create(
            {
                "move_id": other.id,
                "reason_id": self.env.ref("billing_base.reason_dunning_complaint").id,
                "date_start": "2026-02-01",
                "date_end": "2026-02-28",
            }
        )
        run = self._preview("2026-02-15")
        self.assertEqual(
            run.proposal_ids.mapped(lambda p: (p.amount_open, p.state, p.skip)),
            [(100, "ready", False), (50, "left", "blocked")],
        )
        self.assertFalse(run.line_ids)
        self.assertFalse(run.communication_ids)
        self.assertEqual(run.state, "draft")

    def test_the_fee_is_booked_once(self):
        move = self._owe(self.customer, 100)
        self._remind("2026-02-10")
        run = self._remind("2026-02-24")
        reminder = run.communication_ids
        self.assertEqual(reminder.fee_amount, 8)
        self.assertEqual(reminder.fee_move_ids.amount_total, 8)
        self.assertEqual(reminder.fee_move_ids.state, "posted")
        self.assertEqual(reminder.amount_total, 108)
        run._remind(self.customer.ids)
        self.assertEqual(len(reminder.fee_move_ids), 1)
        self.assertEqual(len(move.credit_control_line_ids), 2)
        with (
            self.assertRaises(UniqueViolation),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            reminder.fee_move_ids.copy({"dunning_communication_id": reminder.id})

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_level_twice(self):
        self._owe(self.customer, 100)
        line = self._remind("2026-02-10").communication_ids.credit_control_line_ids
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            line.copy({"state": "sent"})

    def test_the_fee_may_wait_for_the_next_bill(self):
        self._owe(self.customer, 100)
        self.policy.fee_booking = "bill"
        self._remind("2026-02-10")
        reminder = self._remind("2026-02-24").communication_ids
        charge = reminder.fee_charge_id
        self.assertEqual(charge.account_id, self.agreement.account_id)
        self.assertEqual((charge.amount, charge.state), (8, "waiting"))
        self.assertEqual(reminder.amount_total, 100)
        self.assertIn("Fee on your next bill", self._text(reminder))

    def test_a_late_fee_costs_no_further_fee(self):
        move = self._owe(self.customer, 100)
        self._remind("2026-02-10")
        fee = self._remind("2026-02-24").communication_ids.fee_move_ids
        self._pay(move, 100, "2026-02-25")
        self._remind("2026-04-10")
        last = self._remind("2026-04-30").communication_ids
        self.assertEqual(last.credit_control_line_ids.invoice_id, fee)
        self.assertFalse(last.fee_amount)

    def test_paid_since_the_preview_is_not_reminded(self):
        move = self._owe(self.customer, 100)
        run = self._preview("2026-02-10")
        self._pay(move, 100)
        run.action_remind()
        self.assertEqual(run.proposal_ids.state, "gone")
        self.assertFalse(run.communication_ids)

    def test_left_out_by_hand(self):
        self._owe(self.customer, 100)
        run = self._preview("2026-02-10")
        run.proposal_ids.with_user(self._user("clerk")).action_leave_out()
        run.action_remind()
        self.assertFalse(run.communication_ids)
        with self.assertRaises(AccessError):
            run.proposal_ids.with_user(self._user("viewer")).action_take_back()

    def test_blocks_of_customer_account_and_invoice(self):
        move = self._generate_invoice()
        reason = self.env.ref("billing_base.reason_dunning_agreed")
        for target in (
            {"partner_id": self.customer.id},
            {"account_id": self.agreement.account_id.id},
            {"move_id": move.id},
        ):
            block = self.env["billing.dunning.block"].create(
                {
                    **target,
                    "reason_id": reason.id,
                    "date_start": "2026-01-01",
                    "date_end": "2026-05-31",
                }
            )
            self.assertEqual(self._preview("2026-05-31").proposal_ids.skip, "blocked")
            self.assertFalse(self._preview("2026-06-01").proposal_ids.skip)
            block.unlink()

    def _generate_invoice(self):
        return self._invoice(self._generate())

    @mute_logger("odoo.sql_db")
    def test_a_block_has_one_target(self):
        reason = self.env.ref("billing_base.reason_dunning_agreed")
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.env["billing.dunning.block"].create({"reason_id": reason.id})

    def test_one_customer_that_fails_keeps_no_other_back(self):
        self._owe(self.customer, 100)
        other = self.env["res.partner"].create({"name": "Other"})
        self._owe(other, 70)
        own = self.policy.copy({"name": "Own"})
        own.level_ids.fee = 5
        self.env.flush_all()
        # as after the deletion of a product
        self.env.cr.execute(
            "UPDATE credit_control_policy SET fee_product_id = NULL WHERE id = %s",
            (own.id,),
        )
        self.env.invalidate_all()
        other.credit_policy_id = own
        run = self.env["credit.control.run"].create(
            {
                "date": "2026-02-10",
                "policy_ids": [Command.set([self.policy.id, own.id])],
            }
        )
        run.action_preview()
        run.action_remind()
        self.assertEqual(run.communication_ids.partner_id, self.customer)
        failed = run.proposal_ids.filtered(lambda p: p.state == "failed")
        self.assertEqual(failed.partner_id, other)
        self.assertIn("Enter the product", failed.message)

    def test_a_fee_needs_its_product(self):
        with self.assertRaises(ValidationError):
            self.policy.fee_product_id = False

    def test_the_letter_says_what_is_owed(self):
        self._owe(self.customer, 1234.5)
        self._remind("2026-02-10")
        reminder = self._remind("2026-02-24").communication_ids
        text = self._text(reminder)
        for part in ("Second reminder", "Please pay.", "1,234.50", "1,242.50"):
            self.assertIn(part, text)
        # as one prints it
        content, kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(
                "account_credit_control.credit_control_summary", reminder.ids
            )
        )
        self.assertEqual((content[:4], kind), (b"%PDF", "pdf"))

    def test_late_interest_is_shown_or_claimed(self):
        self._interest_policy()
        move = self._owe(self.customer, 1000)
        self.first.interest = "shown"
        self.second.interest = "claimed"
        shown = self._remind("2026-02-10").communication_ids
        self.assertEqual((shown.interest_amount, shown.amount_total), (1, 1000))
        self.assertFalse(shown.interest_claim_ids)
        claimed = self._remind("2026-02-24").communication_ids
        self.assertEqual((claimed.interest_amount, claimed.amount_total), (2.4, 1010.4))
        self.assertEqual(claimed.interest_claim_ids.state, "posted")
        self.assertEqual(claimed.interest_claim_ids.line_ids.move_id, move)
        self.assertIn("1,010.40", self._text(claimed))

    def _interest_policy(self):
        """3.6 % by 360 days: 0.10 a day on 1,000.00."""
        return self.env["billing.interest.policy"].create(
            {
                "name": "Legal",
                "is_default": True,
                "day_basis": "360",
                "product_id": self.fee_product.id,
                "journal_id": self.company_data["default_journal_sale"].id,
                "rate_ids": [
                    Command.create({"date_start": "2020-01-01", "points": 3.6})
                ],
            }
        )

    def test_many_customers_go_as_jobs(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(3)])
        for partner in partners:
            self._owe(partner, 10)
        run = self._preview("2026-02-10")
        with (
            patch.object(credit_control_run, "PIECE", 2),
            trap_jobs() as trap,
        ):
            run.action_remind()
            self.assertFalse(run.communication_ids)
            self.assertEqual(len(trap.enqueued_jobs), 2)
            trap.perform_enqueued_jobs()
        self.assertEqual(len(run.communication_ids), 3)
        self.assertFalse(run.ready_count)

    def test_remind_without_a_preview(self):
        run = self.env["credit.control.run"].create({"date": "2026-02-10"})
        with self.assertRaises(UserError):
            run.action_remind()

    def test_deliveries_by_channel(self):
        self._owe(self.customer, 100)
        reminder = self._remind("2026-02-10").communication_ids
        self.assertEqual(reminder.delivery_ids.method_id.code, "mail")
        letter = self._remind("2026-02-24").communication_ids
        self.assertEqual(letter.delivery_ids.method_id.code, "post")
        letter.action_mark_sent()
        self.assertEqual(letter.delivery_ids.state, "sent")
        self.assertEqual(letter.credit_control_line_ids.state, "sent")
        self.assertTrue(letter.credit_control_line_ids.date_sent)

    def test_clerk_reminds(self):
        self._owe(self.customer, 100)
        clerk = self._user("clerk")
        run = (
            self.env["credit.control.run"]
            .with_user(clerk)
            .create(
                {"date": "2026-02-10", "policy_ids": [Command.set(self.policy.ids)]}
            )
        )
        run.action_preview()
        run.action_remind()
        self.assertEqual(run.communication_ids.amount_total, 100)
        with self.assertRaises(AccessError):
            self.env["credit.control.run"].with_user(self._user("viewer")).create(
                {"date": "2026-02-10"}
            )


@tagged("post_install", "-at_install")
class TestPaymentPlan(DunningCase):
    def _plan(self, move, payments, **values):
        plan = self.env["billing.payment.plan"].create(
            {
                "partner_id": self.customer.id,
                "date": "2026-02-01",
                "debt_ids": [Command.create({"move_line_id": self._line(move).id})],
                "instalment_ids": [
                    Command.create({"date": day, "amount": amount})
                    for day, amount in payments
                ],
                **values,
            }
        )
        plan.action_agree()
        return plan

    def _evaluate(self, day):
        self.env["billing.payment.plan"]._evaluate(
            self.company, date.fromisoformat(day)
        )

    def test_promise_stops_reminders_until_it_is_broken(self):
        """Promised for the 20th, three days of patience: reminded from the 24th on."""
        move = self._owe(self.customer, 100)
        plan = self._plan(move, [("2026-02-20", 100)])
        self.assertEqual(self._preview("2026-02-23").proposal_ids.skip, "arranged")
        with freeze_time("2026-02-20"):
            self.assertEqual(self._preview("2026-02-24").proposal_ids.state, "left")
            self.assertEqual(plan.state, "active")
        with freeze_time("2026-02-24"):
            run = self._preview("2026-02-24")
        self.assertEqual(plan.state, "broken")
        self.assertEqual(plan.activity_ids.user_id, plan.user_id)
        self.assertEqual(run.proposal_ids.state, "ready")

    def test_promise_kept(self):
        move = self._owe(self.customer, 100)
        plan = self._plan(move, [("2026-02-20", 60)])
        self._pay(move, 60, "2026-02-19")
        self._evaluate("2026-03-31")
        self.assertEqual(plan.state, "kept")
        # what was not promised is reminded of
        self.assertEqual(self._preview("2026-03-31").proposal_ids.amount_open, 40)

    def test_instalments_are_kept_one_after_another(self):
        move = self._owe(self.customer, 100)
        plan = self._plan(
            move, [("2026-02-10", 50), ("2026-03-10", 50)], kind="instalments"
        )
        self._pay(move, 50, "2026-02-10")
        self._evaluate("2026-03-13")
        self.assertEqual(plan.state, "active")
        self._evaluate("2026-03-14")
        self.assertEqual(plan.state, "broken")

    def test_debts_are_divided_to_the_cent(self):
        move = self._owe(self.customer, 100)
        plan = self.env["billing.payment.plan"].create(
            {
                "partner_id": self.customer.id,
                "kind": "instalments",
                "debt_ids": [Command.create({"move_line_id": self._line(move).id})],
                "first_date": "2026-02-28",
                "parts": 3,
            }
        )
        plan.action_split()
        self.assertEqual(
            plan.instalment_ids.mapped(lambda i: (str(i.date), i.amount)),
            [("2026-02-28", 33.33), ("2026-03-28", 33.33), ("2026-04-28", 33.34)],
        )

    def test_instalments_cover_the_debts(self):
        move = self._owe(self.customer, 100)
        with self.assertRaisesRegex(UserError, "99.00.*100.00"):
            self._plan(move, [("2026-02-10", 99)], kind="instalments")

    @mute_logger("odoo.sql_db")
    def test_a_debt_is_in_one_arrangement(self):
        move = self._owe(self.customer, 100)
        plan = self._plan(move, [("2026-02-20", 100)])
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self._plan(move, [("2026-02-25", 100)])
        plan.action_cancel()
        self.assertEqual(self._plan(move, [("2026-02-25", 100)]).state, "active")

    def test_roles(self):
        move = self._owe(self.customer, 100)
        plan = self._plan(move, [("2026-02-20", 100)])
        viewer = plan.with_user(self._user("viewer"))
        self.assertEqual(viewer.amount, 100)
        with self.assertRaises(AccessError):
            viewer.action_cancel()
        plan.with_user(self._user("clerk")).action_cancel()
        self.assertEqual(plan.state, "cancelled")
