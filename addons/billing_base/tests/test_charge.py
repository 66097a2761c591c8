"""Charges wait in a queue, are billed once, and come back with their draft."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestCharge(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.charge = cls._create_charge("Visit", 3, 12.5)

    @classmethod
    def _create_charge(cls, name, quantity, price, day="2026-01-10", **values):
        return cls.env["billing.charge"].create(
            {
                "name": name,
                "agreement_id": cls.agreement.id,
                "product_id": cls.product.id,
                "quantity": quantity,
                "unit_price": price,
                "date": day,
                **values,
            }
        )

    def test_it_waits_and_is_billed_with_the_next_run(self):
        """3 × 12.50 = 37.50 beside the segment of 130.81."""
        self.assertEqual(self.charge.state, "waiting")
        self.assertEqual(self.charge.amount, 37.5)
        segments = self._generate()
        segment = self.charge.segment_id
        self.assertEqual(segments.mapped("amount"), [130.81, 37.5])
        self.assertEqual((segment.state, self.charge.state), ("ready", "segment"))
        self.assertEqual(segment.quantity, 0)
        move = self._invoice(segments)
        self.assertEqual(self.charge.state, "billed")
        self.assertEqual(self.charge.invoice_id, move)
        self.assertEqual(move.amount_untaxed, 168.31)

    def test_it_explains_itself(self):
        self._generate()
        text = self.charge.segment_id.line_ids.explanation_text
        self.assertIn("3 Units × 12.5 = $ 37.50", text.replace("\xa0", " "))

    def test_repeated_runs_bill_it_once(self):
        self._generate()
        self.assertFalse(self._generate())
        self._invoice(self.agreement.segment_ids)
        self.assertFalse(self._generate())
        self._generate(period=self.february)
        self.assertEqual(len(self.charge.segment_ids), 1)

    def test_a_later_day_waits_for_its_period(self):
        later = self._create_charge("Later", 1, 1, "2026-02-01")
        self._generate()
        self.assertEqual(later.state, "waiting")
        self._generate(period=self.february)
        self.assertEqual(later.segment_id.period_id, self.february)

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_a_second_segment(self):
        self._generate()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.charge.segment_id.sudo().copy({"charge_id": self.charge.id})

    @mute_logger("odoo.sql_db")
    def test_a_source_is_requested_once(self):
        Charge = self.env["billing.charge"]
        values = {
            "name": "Deposit",
            "agreement_id": self.agreement.id,
            "product_id": self.product.id,
            "unit_price": 100,
            "source_key": "case,7",
            "type_id": self.env.ref("billing_base.segment_type_deposit").id,
        }
        first = Charge._request([values, values])
        self.assertEqual(Charge._request([values]), first[0])
        self.assertEqual(Charge.search_count([("source_key", "=", "case,7")]), 1)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            Charge.create(values)

    def test_deleted_segment_puts_it_back(self):
        self._generate()
        self.charge.segment_id.unlink()
        self.assertEqual(self.charge.state, "waiting")
        self._generate(period=self.february)
        self.assertEqual(self.charge.segment_id.period_id, self.february)

    def test_deleted_draft_invoice_puts_it_back(self):
        segments = self._generate()
        draft = self.env["billing.invoicer"]._create_invoices(segments)
        own = self.charge.segment_id
        draft.unlink()
        self.assertFalse(own.exists())
        self.assertEqual(self.charge.state, "waiting")
        self.assertEqual(self.agreement.segment_ids.mapped("amount"), [130.81])

    def test_left_behind_it_moves_to_the_next_period(self):
        self._generate()
        segment = self.charge.segment_id
        self._invoice(self.agreement.segment_ids - segment)
        self._generate(period=self.february)
        self.assertEqual(self.charge.segment_id, segment)
        self.assertEqual(segment.period_id, self.february)

    def test_correction_before_invoicing_is_taken_up(self):
        self._generate()
        segment = self.charge.segment_id
        self.charge.quantity = 4
        self.assertTrue(segment.is_stale)
        self._generate()
        self.assertEqual((segment.amount, segment.is_stale), (50.0, False))

    def test_on_an_invoice_it_is_fixed(self):
        self.env["billing.invoicer"]._create_invoices(self._generate())
        with self.assertRaisesRegex(UserError, "Delete the draft"):
            self.charge.unit_price = 1
        with self.assertRaisesRegex(UserError, "Delete the segment"):
            self.charge.unlink()

    def test_cancelled_it_waits_only_when_asked(self):
        self._invoice(self._generate())
        segment = self.charge.segment_id
        segment._cancel(self.reason)
        self.assertEqual(self.charge.state, "billed")
        segment._complete_cancellation()
        self.assertEqual(self.charge.state, "cancelled")
        self._generate(period=self.february)
        self.assertEqual(self.charge.segment_ids, segment)
        self.charge.action_requeue()
        self.assertEqual(self.charge.state, "waiting")
        self._generate(period=self.february)
        self.assertEqual(self.charge.state, "segment")

    def test_rebilled_it_is_replaced(self):
        """The text was wrong: the same 37.50 credited and billed again."""
        self._invoice(self._generate())
        segment = self.charge.segment_id
        segment._cancel(self.reason)
        replacement = segment._rebill()
        self.assertEqual(replacement.replaces_id, segment)
        self.assertEqual((replacement.amount, self.charge.state), (37.5, "segment"))
        self._invoice(replacement)
        self.assertEqual(segment.state, "cancelled")
        self.assertEqual(self.charge.state, "billed")

    def test_of_an_account_it_comes_with_the_next_agreement(self):
        charge = self.env["billing.charge"].create(
            {
                "account_id": self.agreement.account_id.id,
                "product_id": self.product.id,
                "unit_price": 8,
                "date": "2026-01-31",
            }
        )
        self.assertEqual(charge.name, "Electricity")
        self._generate(self._create_agreement("A-2", 1))
        self.assertEqual(charge.state, "waiting")
        self._generate()
        self.assertEqual(charge.segment_id.agreement_id, self.agreement)

    def test_an_ended_agreement_is_in_the_run_for_its_charge(self):
        self.agreement.date_end = "2026-01-31"
        agreements = self.env["billing.agreement"]
        domain = agreements._get_billable_domain(self.february)
        late = self._create_charge("Final visit", 1, 20, "2026-02-10")
        self.assertIn(self.agreement, agreements.search(domain))
        self._generate(period=self.february)
        self.assertEqual(late.state, "segment")
        self.charge.segment_ids.unlink()
        self.charge.unlink()
        self.assertNotIn(self.agreement, agreements.search(domain))

    def test_billed_at_once_in_the_open_period_of_its_day(self):
        charge = self._create_charge("Repair", 1, 9, "2026-02-03")
        charge.action_generate()
        self.assertEqual(charge.segment_id.period_id, self.february)
        self.assertEqual(charge.segment_id.state, "ready")

    def test_deposit_goes_to_its_own_account(self):
        liability = self.env["account.account"].create(
            {"name": "Deposits", "code": "250999", "account_type": "liability_current"}
        )
        income = self.company_data["default_account_revenue"]
        self.agreement_type.write(
            {"deposit_account_id": liability.id, "income_account_id": income.id}
        )
        self.charge.type_id = self.env.ref("billing_base.segment_type_deposit")
        move = self._invoice(self._generate())
        accounts = {
            line.price_subtotal: line.account_id
            for line in move.invoice_line_ids
            if line.display_type == "product"
        }
        self.assertEqual(accounts[37.5], liability)
        self.assertEqual(accounts[48.39], income)

    def test_deposit_by_the_rule_of_the_type_once(self):
        """Two average bills of 130.81 and 155.00: 142.905 × 2 = 285.81."""
        self.agreement_type.write(
            {"deposit_rule": "months", "deposit_product_id": self.product.id}
        )
        with self.assertRaisesRegex(UserError, "no bill yet"):
            self.agreement.action_request_deposit()
        self.charge.unlink()
        self._invoice(self._generate())
        self._invoice(self._generate(period=self.february))
        self.agreement.action_request_deposit()
        self.agreement.action_request_deposit()
        deposit = self.agreement.charge_ids
        self.assertEqual(len(deposit), 1)
        self.assertEqual((deposit.amount, deposit.state), (285.81, "waiting"))
        customer = self.agreement.partner_id
        self.assertEqual(customer.billing_deposit_count, 1)
        found = customer.action_view_billing_deposits()["domain"]
        self.assertEqual(self.env["billing.charge"].search(found), deposit)

    def test_billed_to_ignores_charges(self):
        self.february.action_activate()
        charge = self._create_charge("Advance", 1, 5, "2026-02-20")
        charge.action_generate()
        self._invoice(charge.segment_id)
        self.assertFalse(self.agreement.billed_to)

    def test_only_kinds_without_a_tariff(self):
        with self.assertRaisesRegex(ValidationError, "made from a tariff"):
            self.charge.type_id = self.env.ref("billing_base.segment_type_recurring")

    def test_account_must_be_that_of_the_agreement(self):
        other = self._create_agreement("A-2", 1).account_id
        with self.assertRaisesRegex(ValidationError, "belongs to the"):
            self.charge.account_id = other

    def test_roles(self):
        clerk, viewer = self._user("clerk"), self._user("viewer")
        with Form(self.env["billing.charge"].with_user(clerk)) as form:
            form.agreement_id = self.agreement
            form.product_id = self.product
            form.unit_price = 4
            form.date = date(2026, 1, 5)
        self.assertEqual(form.record.account_id, self.agreement.account_id)
        form.record.action_generate()
        self.assertEqual(form.record.state, "segment")
        form.record.with_user(viewer).read(["name", "state", "invoice_id"])
        for operation in ("write", "create", "unlink"):
            self.assertFalse(
                self.env["billing.charge"].with_user(viewer).has_access(operation)
            )
        with self.assertRaises(AccessError):
            form.record.with_user(viewer).unit_price = 1


@tagged("post_install", "-at_install")
class TestBillThatGivesBack(BillingCase):
    """130.81 for January, 200.00 given back: a credit note of 69.19 and its tax."""

    def _segments(self, amount=-200):
        self.env["billing.charge"].create(
            {
                "name": "Compensation",
                "agreement_id": self.agreement.id,
                "product_id": self.product.id,
                "unit_price": amount,
                "date": "2026-01-10",
            }
        )
        return self._generate()

    def test_it_is_a_credit_note(self):
        move = self._invoice(self._segments())
        self.assertEqual((move.move_type, move.state), ("out_refund", "posted"))
        self.assertEqual((move.amount_untaxed, move.amount_tax), (69.19, 13.84))
        self.assertEqual(move.amount_total_signed, -83.03)
        prices = {
            line.name.partition(" (")[0]: line.price_subtotal
            for line in move.invoice_line_ids.filtered("product_id")
        }
        self.assertEqual((prices["Compensation"], prices["Fee"]), (200, -5))

    def test_taking_it_back_is_an_invoice(self):
        segments = self._segments()
        move = self._invoice(segments)
        segments._cancel(self.reason)
        taken_back = segments._complete_cancellation()
        self.assertEqual(taken_back.move_type, "out_invoice")
        self.assertEqual(taken_back.amount_total_signed, -move.amount_total_signed)
        self.assertEqual(set(segments.mapped("state")), {"cancelled"})

    def test_taking_back_a_part_of_it_is_a_credit_note(self):
        segments = self._segments()
        self._invoice(segments)
        bill = segments.filtered("is_exclusive")
        bill._cancel(self.reason)
        note = bill._complete_cancellation()
        self.assertEqual((note.move_type, note.amount_untaxed), ("out_refund", 130.81))

    def test_a_draft_turns_round_with_its_segments(self):
        segments = self._segments()
        move = self.env["billing.invoicer"]._create_invoices(segments)
        charge = segments.charge_id
        segments.filtered("charge_id")._leave_draft()
        self.env["billing.invoicer"]._renew_drafts(move)
        self.assertEqual((move.move_type, move.amount_untaxed), ("out_invoice", 130.81))
        self.assertEqual(charge.state, "segment")
        self._invoice(charge.segment_ids)
        self.env["billing.invoicer"]._post(move)
        self.assertEqual(charge.invoice_id.move_type, "out_refund")
