from datetime import date

import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import FEBRUARY, JANUARY, LATER, BrokerCase


@tagged("post_install", "-at_install")
class TestBroker(BrokerCase):
    def test_percent_of_what_is_issued(self):
        """130.81 × 2.5 % = 3.27025."""
        self._agree()
        move = self._invoice(self._generate())
        statement = self._count()
        self.assertEqual((statement.partner_id, statement.amount), (self.smith, 3.27))
        line = statement.line_ids
        self.assertEqual((line.base_amount, line.amount), (130.81, 3.27))
        self.assertEqual((line.move_id, line.date), (move, JANUARY))

    def test_only_some_charges(self):
        """The fee of 5.00 is a levy and earns nothing: 125.81 × 2.5 % = 3.14525."""
        energy, levy = self.env["billing.charge.type"].create(
            [{"name": "Energy", "code": "e"}, {"name": "Levy", "code": "l"}]
        )
        self.capacity_item.charge_type_id = energy
        self.fee_item.charge_type_id = levy
        self._agree(charge_type_ids=[Command.set(energy.ids)])
        self._invoice(self._generate())
        self.assertEqual(self._count().amount, 3.15)

    def test_an_amount_for_each_unit_is_converted(self):
        """50 units at 6.00 a dozen: 25.00."""
        self.agreement_type.quantity_type_id = self.capacity
        self._agree(basis="unit", rate=6, uom_id=self.ref("uom.product_uom_dozen"))
        segment = self._generate()
        self._invoice(segment)
        line = self._count().line_ids
        self.assertAlmostEqual(line.quantity, segment.quantity / 12, 5)
        self.assertEqual(line.amount, round(segment.quantity / 12 * 6, 2))
        self.assertTrue(line.amount)

    def test_units_that_do_not_fit_are_named(self):
        self.agreement_type.quantity_type_id = self.capacity
        self._agree(basis="unit", rate=6, uom_id=self.ref("uom.product_uom_kgm"))
        self._invoice(self._generate())
        with self.assertRaisesRegex(UserError, "“Smith Energy” is counted in kg"):
            self._count()

    def test_two_brokers_divide_it_to_the_cent(self):
        """3.27 by 55 and 45 %: 1.7985 and 1.4715."""
        self._agree((self.smith, 55), (self.jones, 45))
        self._invoice(self._generate())
        amounts = {s.partner_id: s.amount for s in self._count()}
        self.assertEqual(amounts, {self.smith: 1.80, self.jones: 1.47})

    def test_parts_that_are_not_100_percent(self):
        with self.assertRaisesRegex(ValidationError, "have 90 % together"):
            self._agree((self.smith, 50), (self.jones, 40))

    def test_nothing_is_counted_twice(self):
        self._agree()
        self._invoice(self._generate())
        self._count()
        statement = self._count()
        self.assertEqual(len(statement.line_ids), 1)
        statement.action_confirm()
        self.assertFalse(self._count(LATER))
        copy = statement.line_ids.copy_data()[0]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
        ):
            self.env["billing.broker.line"].create(copy)

    def test_paid_in_full_on_the_day_of_the_last_payment(self):
        self._agree(earned_on="paid")
        move = self._invoice(self._generate())
        self._pay(move, 100, "2026-02-05")
        self.assertFalse(self._count(FEBRUARY))
        self._pay(move, day="2026-02-20")
        self.assertFalse(self._count(date(2026, 2, 19)))
        line = self._count(FEBRUARY).line_ids
        self.assertEqual((line.date, line.amount), (date(2026, 2, 20), 3.27))

    def test_a_payment_that_bounced_is_taken_back_and_may_come_again(self):
        self._agree(earned_on="paid")
        move = self._invoice(self._generate())
        self._pay(move)
        self._count(FEBRUARY).action_confirm()
        partials = move.line_ids.matched_credit_ids
        partials.unlink()
        taken = self._count(date(2026, 3, 31))
        self.assertEqual(taken.amount, -3.27)
        taken.action_confirm()
        self._pay(move, day="2026-04-10")
        again = self._count(date(2026, 4, 30))
        self.assertEqual((again.amount, again.line_ids.number), (3.27, 2))

    def test_a_credit_note_takes_back_what_was_earned(self):
        self._agree()
        segment = self._generate()
        self._invoice(segment)
        earned = self._count()
        earned.action_confirm()
        segment._cancel(self.reason)
        note = segment._complete_cancellation()
        taken = self._count(LATER)
        self.assertEqual(taken.line_ids.kind, "clawback")
        self.assertEqual(taken.line_ids.move_id, note)
        self.assertEqual(taken.amount, -earned.amount)
        taken.action_confirm()
        self.assertEqual(taken.bill_id.move_type, "in_refund")
        self.assertEqual(taken.bill_id.amount_untaxed, 3.27)
        self.assertFalse(self._count(LATER))

    def test_a_bill_cancelled_before_it_was_counted_earns_nothing(self):
        self._agree()
        segment = self._generate()
        self._invoice(segment)
        segment._cancel(self.reason)
        segment._complete_cancellation()
        self.assertFalse(self._count(LATER))

    def test_what_is_rebilled_earns_by_the_new_bill(self):
        self._agree()
        segment = self._generate()
        self._invoice(segment)
        self._count().action_confirm()
        self.agreement.term_ids.value_ids.value = 60
        segment._cancel(self.reason)
        self._invoice(segment._rebill())
        lines = self._count(LATER).line_ids
        # 155.96 × 2.5 % = 3.899
        self.assertEqual(
            sorted(lines.mapped(lambda line: (line.kind, line.amount))),
            [("clawback", -3.27), ("earned", 3.90)],
        )

    def test_days_of_the_assignment(self):
        self._agree(start="2026-02-01", end="2026-02-28")
        for period in self.cycle.period_ids[:3]:
            self._invoice(self._generate(period=period))
        lines = self._count(LATER).line_ids
        self.assertEqual(lines.segment_id.period_id, self.february)

    def test_another_agreement_holds_from_a_day(self):
        old = self._agree(end="2026-01-31")
        new = self._agree(name="New", rate=1, start="2026-02-01")
        for period in self.cycle.period_ids[:2]:
            self._invoice(self._generate(period=period))
        lines = self._count(LATER).line_ids.grouped("agreement_id")
        # 155.00 in February × 1 %
        self.assertEqual([lines[old].amount, lines[new].amount], [3.27, 1.55])

    def test_the_same_agreement_once_a_day(self):
        agreement = self._agree()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError):
            agreement.assignment_ids.copy({"date_start": "2026-06-01"})

    def test_confirming_makes_the_bill(self):
        agreement = self._agree()
        self._invoice(self._generate())
        statement = self._count()
        statement.with_user(self._user("clerk")).action_confirm()
        self.assertRegex(statement.name, r"^COM/\d{4}/\d{4}$")
        bill = statement.bill_id
        self.assertEqual((bill.move_type, bill.state), ("in_invoice", "draft"))
        self.assertEqual((bill.partner_id, bill.amount_untaxed), (self.smith, 3.27))
        self.assertIn("1 bills", bill.invoice_line_ids.name)
        with self.assertRaisesRegex(UserError, "Commissions were counted"):
            agreement.rate = 3
        with self.assertRaisesRegex(UserError, "Commissions were counted"):
            agreement.part_ids.percent = 90
        with self.assertRaisesRegex(UserError, "stays"):
            statement.unlink()

    def test_reopened_while_its_bill_is_a_draft_and_it_is_the_last(self):
        self._agree()
        self._invoice(self._generate())
        first = self._count()
        first.action_confirm()
        bill = first.bill_id
        first.action_reopen()
        self.assertFalse(bill.exists())
        first.action_confirm()
        self._invoice(self._generate(period=self.february))
        second = self._count(FEBRUARY)
        with self.assertRaisesRegex(UserError, "came after"):
            first.action_reopen()
        second.action_confirm()
        second.bill_id.action_post()
        with self.assertRaisesRegex(UserError, "is posted"):
            second.action_reopen()

    def test_wizard_and_report(self):
        self._agree()
        self._invoice(self._generate())
        wizard = self.env["billing.broker.count"].create({"date_end": JANUARY})
        wizard.action_count()
        statement = self.Statement.search([("partner_id", "=", self.smith.id)])
        self.assertEqual(statement.amount, 3.27)
        report = self.env.ref("billing_broker.report_brokers")
        rows = self.env[report.model_name].search(report._get_domain())
        self.assertFalse(rows)  # of last month, by the clock
        report.span = "all"
        rows = self.env[report.model_name].search(report._get_domain())
        self.assertIn(statement.line_ids, rows)

    def test_viewers_read_and_clerks_count(self):
        viewer = self._user("viewer")
        self._agree()
        with self.assertRaisesRegex(UserError, "not allowed"):
            self.Statement.with_user(viewer)._count(self.company, JANUARY)
        with self.assertRaisesRegex(UserError, "not allowed"):
            self._agree_as(self._user("clerk"))

    def test_a_role_of_permissions_alone(self):
        """One settles commissions, another agrees on them; none of them is a clerk."""
        settler = self._user("viewer")
        pricer = settler.copy({"login": "pricer"})
        settler.group_ids |= self.env.ref("billing_broker.group_broker_settle")
        pricer.group_ids |= self.env.ref("billing_base.group_billing_price")
        self._agree_as(pricer)
        with self.assertRaisesRegex(UserError, "not allowed"):
            self._agree_as(settler)
        self._agree()
        self._invoice(self._generate())
        with self.assertRaisesRegex(UserError, "not allowed"):
            self.Statement.with_user(pricer)._count(self.company, JANUARY)
        statement = self.Statement.with_user(settler)._count(self.company, JANUARY)
        statement.action_confirm()
        self.assertEqual(statement.bill_id.amount_untaxed, 3.27)

    def _agree_as(self, user):
        self.env["billing.broker.agreement"].with_user(user).create(
            {
                "name": "Mine",
                "rate": 1,
                "product_id": self.brokerage.id,
                "part_ids": [Command.create({"partner_id": self.jones.id})],
            }
        )
