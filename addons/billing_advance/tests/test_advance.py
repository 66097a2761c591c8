"""Levelled payments: what is paid in advance and settled is the real bill."""

import random
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.billing_base.tests.common import BillingCase


@tagged("post_install", "-at_install")
class TestAdvance(BillingCase):
    """The agreement is billed once a year.

    Of 2026 it costs 2.00 × 50 × 15/365 = 4.11 and 3.00 × 50 × 350/365 = 143.84 for
    capacity and 12 × 5.00 = 60.00 for the fee: 207.95, with VAT 249.54. Twelve
    payments of 17.33 are 17.00 each in whole steps.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.year_cycle = cls.env["billing.cycle"].create(
            {"name": "Yearly", "code": "Y", "period_length": 12}
        )
        cls.year_cycle._generate_periods(date(2026, 1, 1), date(2027, 12, 31))
        cls.year, cls.next_year = cls.year_cycle.period_ids.sorted("date_start")
        cls.held = cls.env["account.account"].create(
            {
                "name": "Advances received",
                "code": "472000",
                "account_type": "liability_current",
            }
        )
        cls.agreement_type.write(
            {
                "cycle_id": cls.year_cycle.id,
                "advance_product_id": cls.product.id,
                "advance_account_id": cls.held.id,
            }
        )
        cls.plan = cls._plan()

    @classmethod
    def _plan(cls, agreement=None, start=date(2026, 1, 1)):
        return cls.env["billing.advance.plan"]._plan(agreement or cls.agreement, start)

    def _request(self, until="2026-12-31", plan=None):
        plan = plan or self.plan
        plan.action_activate()
        plan.advance_ids._request(date.fromisoformat(until))
        return plan.advance_ids.invoice_id

    def _bill(self):
        """The invoice of the real segment and what comes with it."""
        segments = self._generate(period=self.year)
        self.assertFalse(segments.result_ids.mapped("message"))
        return self._invoice(segments)

    def _sum(self, moves):
        """(untaxed, tax, balance of the account of advances)"""
        held = moves.invoice_line_ids.filtered(
            lambda line: line.account_id == self.held
        )
        return tuple(
            round(value, 2)
            for value in (
                sum(moves.mapped("amount_untaxed_signed")),
                sum(moves.mapped("amount_tax_signed")),
                sum(held.mapped("balance")),
            )
        )

    # === Plan ===

    def test_what_the_year_will_cost(self):
        self.assertEqual(self.plan.expected_amount, 207.95)
        self.assertEqual(set(self.plan.advance_ids.mapped("amount")), {17.0})
        customer = self.agreement.partner_id
        self.assertEqual(customer.billing_advance_count, 1)
        found = customer.action_view_billing_advances()["domain"]
        self.assertEqual(self.env["billing.advance.plan"].search(found), self.plan)
        days = self.plan.advance_ids.mapped("date")
        self.assertEqual(
            (len(days), days[0], days[-1]), (12, date(2026, 1, 15), date(2026, 12, 15))
        )

    def test_expected_from_what_was_used(self):
        """310 units in January, 280 in February: 3,650 a year at 0.10."""
        energy = self.env["billing.quantity.type"].create(
            {"name": "Energy", "code": "e", "kind": "flow", "uom_id": self.unit.id}
        )
        self._create_item(
            "Energy",
            [("2025-01-01", False, 0.1)],
            basis="unit",
            quantity_type_id=energy.id,
        )
        agreement = self._create_agreement("A-2", 0)
        self.env["billing.charge"].flush_model()
        for first, last, used in (
            ("2025-01-01", "2025-01-31", 310),
            ("2025-02-01", "2025-02-28", 280),
        ):
            self.env["billing.segment"].sudo().create(
                {
                    **agreement._prepare_segment_parties(),
                    "currency_id": self.company.currency_id.id,
                    "type_id": self.agreement_type.segment_type_id.id,
                    "is_exclusive": True,
                    "date_start": first,
                    "date_end": last,
                    "snapshot": {
                        "quantities": [
                            {"code": "e", "from": first, "to": last, "value": str(used)}
                        ]
                    },
                }
            )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE billing_segment SET state = 'ready' WHERE agreement_id = %s",
            [agreement.id],
        )
        self.env.cr.execute(
            "UPDATE billing_segment SET state = 'frozen' WHERE agreement_id = %s",
            [agreement.id],
        )
        self.env.invalidate_all()
        plan = self._plan(agreement)
        self.assertEqual(plan.quantity_ids.value, 3650)
        # 365.00 for the energy beside 60.00 for the fee
        self.assertEqual(plan.expected_amount, 425)

    def test_an_agreement_has_one_plan_a_day(self):
        self.assertFalse(self._plan(start=date(2026, 6, 1)))
        self.assertTrue(self._plan(start=date(2027, 1, 1)))

    def test_without_a_product_the_type_is_named(self):
        self.agreement_type.advance_product_id = False
        with self.assertRaisesRegex(UserError, "no product for advances"):
            self._plan(start=date(2027, 1, 1))

    # === Requests ===

    def test_each_is_requested_once(self):
        moves = self._request("2026-03-20")
        self.assertEqual(len(moves), 3)
        self.assertEqual(set(moves.mapped("state")), {"posted"})
        self.assertEqual(set(moves.mapped("amount_total")), {20.4})
        self.plan.advance_ids._request(date(2026, 3, 20))
        self.assertEqual(self.plan.advance_ids.invoice_id, moves)
        states = self.plan.advance_ids.mapped("state")
        self.assertEqual((states[:4]), ["billed"] * 3 + ["planned"])
        with self.assertRaisesRegex(UserError, "was requested"):
            self.plan.advance_ids[0].amount = 1

    def test_nothing_is_requested_of_a_draft(self):
        self.plan.advance_ids._request(date(2026, 12, 31))
        self.assertEqual(set(self.plan.advance_ids.mapped("state")), {"planned"})

    def test_the_tax_of_an_advance_is_due_with_it(self):
        self.profile.tax_date = "calendar"
        moves = self._request("2026-01-31")
        self.assertEqual(moves.taxable_supply_date, date(2026, 1, 15))

    def test_a_proforma_is_taxed_when_it_is_paid(self):
        self.plan.document = "proforma"
        moves = self._request("2026-02-28")
        self.assertEqual(set(moves.mapped("state")), {"draft"})
        references = moves.mapped("payment_reference")
        self.assertRegex(references[0], r"^ADV\d{10}$")
        self.assertEqual(len(set(references)), 2)
        first = self.plan.advance_ids[0]
        self.assertEqual(first.state, "requested")
        journal = self.company_data["default_journal_bank"]
        wizard = (
            self.env["billing.advance.receive"]
            .with_context(active_model="billing.advance", active_ids=first.ids)
            .create({"date": "2026-01-22", "journal_id": journal.id})
        )
        wizard.action_receive()
        move = first.invoice_id
        self.assertEqual((first.state, move.state), ("billed", "posted"))
        self.assertEqual(move.taxable_supply_date, date(2026, 1, 22))
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        with self.assertRaisesRegex(UserError, "no pro-forma"):
            first._receive(date(2026, 1, 22), journal)

    def _statement_line(self, amount, text):
        """A payment of a bank statement, as its import stores it."""
        return (
            self.env["account.bank.statement.line"]
            .with_context(_test_account_reconcile_oca=True)
            .create(
                {
                    "journal_id": self.company_data["default_journal_bank"].id,
                    "date": "2026-01-22",
                    "amount": amount,
                    "payment_ref": text,
                }
            )
        )

    def test_a_bank_statement_pays_a_proforma(self):
        self.plan.document = "proforma"
        move, other = self._request("2026-02-28").sorted("id")
        reference = move.payment_reference
        line = self._statement_line(move.amount_total, f"for {reference}")
        self.assertTrue(line.is_reconciled)
        self.assertEqual(
            (move.state, move.payment_reference, move.amount_residual),
            ("posted", reference, 0),
        )
        self.assertEqual(move.taxable_supply_date, date(2026, 1, 22))
        first, second = self.plan.advance_ids[:2]
        self.assertEqual((first.state, second.state), ("billed", "requested"))
        self.assertEqual(other.state, "draft")
        # paid again: nothing is asked for with this reference any more
        again = self._statement_line(move.amount_total, f"for {reference}")
        self.assertFalse(again.is_reconciled)
        self.assertEqual(again.match_finding, "unknown")

    def test_another_amount_is_reviewed(self):
        self.plan.document = "proforma"
        move = self._request("2026-01-31")
        line = self._statement_line(move.amount_total - 1, move.payment_reference)
        self.assertFalse(line.is_reconciled)
        self.assertEqual((line.match_finding, move.state), ("short", "draft"))
        # looking at the line proposes, and books nothing
        line.invalidate_recordset()
        self.assertFalse(line.can_reconcile)
        self.assertEqual(move.state, "draft")

    def test_a_proforma_that_cannot_be_invoiced_is_reviewed(self):
        self.plan.document = "proforma"
        move = self._request("2026-01-31")
        # no longer what its segment says
        move.invoice_line_ids.quantity = 2
        line = self._statement_line(move.amount_total, move.payment_reference)
        self.assertFalse(line.is_reconciled)
        self.assertEqual((line.match_finding, move.state), ("proforma", "draft"))

    # === Settlement ===

    def test_advances_and_settlement_are_the_real_bill(self):
        advances = self._request()
        self.assertEqual(self._sum(advances), (204.0, 40.8, -204.0))
        bill = self._bill()
        self.assertEqual((bill.amount_untaxed, bill.amount_tax), (3.95, 0.79))
        # 207.95 × 20 % = 41.59
        self.assertEqual(self._sum(advances | bill), (207.95, 41.59, 0.0))
        self.assertEqual(set(self.plan.advance_ids.mapped("state")), {"settled"})
        self.assertEqual(self.plan.advance_ids.settlement_id, bill)
        self.assertEqual(
            (self.plan.amount_billed, self.plan.amount_real, self.plan.difference),
            (204.0, 207.95, 3.95),
        )
        names = bill.invoice_line_ids.mapped("name")
        self.assertTrue(any(advances[0].name in name for name in names), names)

    def test_too_high_advances_come_back(self):
        self.plan.expected_amount = 300
        self.plan.action_make_instalments()
        advances = self._request()
        self.assertEqual(self._sum(advances)[0], 300)
        bill = self._bill()
        self.assertEqual((bill.move_type, bill.amount_untaxed), ("out_refund", 92.05))
        self.assertEqual(self._sum(advances | bill), (207.95, 41.59, 0.0))

    def test_repeated_generation_deducts_once(self):
        self._request()
        self._generate(period=self.year)
        self._generate(period=self.year)
        self.agreement.term_ids.value_ids.value = 60
        self._generate(period=self.year)
        bill = self._invoice(self.agreement.segment_ids)
        # capacity of 60: 4.93 + 172.60
        self.assertEqual(bill.amount_untaxed, round(4.93 + 172.60 + 60 - 204, 2))

    def test_a_cancelled_bill_is_deducted_from_again(self):
        advances = self._request()
        bill = self._bill()
        segments = bill.segment_ids
        segments._cancel(self.reason)
        note = segments._complete_cancellation()
        self.assertEqual(self._sum(advances | bill | note), (204.0, 40.8, -204.0))
        again = self._bill()
        self.assertEqual(
            self._sum(advances | bill | note | again), (207.95, 41.59, 0.0)
        )

    def test_a_rebilled_bill_keeps_its_deductions(self):
        advances = self._request()
        bill = self._bill()
        real = bill.segment_ids.filtered("is_exclusive")
        self.agreement.term_ids.value_ids.value = 60
        real._cancel(self.reason)
        again = self._invoice(real._rebill())
        total = self._sum(advances | bill | again | real.reversal_id)
        # 237.53 × 20 % = 47.506
        self.assertEqual(total, (237.53, 47.51, 0.0))

    def test_what_is_not_paid_is_not_needed_after_the_bill(self):
        self.plan.document = "proforma"
        self._request("2026-02-28")
        journal = self.company_data["default_journal_bank"]
        first, second = self.plan.advance_ids[:2]
        first._receive(date(2026, 1, 22), journal)
        draft = second.invoice_id
        bill = self._bill()
        self.assertFalse(draft.exists())
        self.assertEqual(second.state, "dropped")
        self.assertEqual(self.plan.advance_ids[-1].state, "dropped")
        self.assertEqual(bill.amount_untaxed, round(207.95 - 17, 2))

    def test_a_cancelled_advance_is_not_deducted(self):
        self._request("2026-02-28")
        first = self.plan.advance_ids[0]
        first.charge_ids.segment_ids._cancel(self.reason)
        first.charge_ids.segment_ids._complete_cancellation()
        self.assertEqual(first.state, "cancelled")
        self.assertEqual(self._bill().amount_untaxed, round(207.95 - 17, 2))

    def test_deductions_go_with_their_bill(self):
        self._request("2026-02-28")
        self._generate(period=self.year)
        real = self.agreement.segment_ids.filtered("is_exclusive")
        real.filtered(lambda s: s.period_id == self.year).unlink()
        self.env["billing.advance"]._settle(self.agreement, self.year)
        self.assertEqual(set(self.plan.advance_ids[:2].mapped("state")), {"billed"})
        self.assertFalse(
            self.plan.advance_ids.charge_ids.filtered("is_settlement"),
        )

    def test_any_advances_and_the_settlement_are_the_real_bill(self):
        """To the cent and per tax, whatever was paid in advance."""
        dice = random.Random(11)
        reduced = self.vat.copy({"name": "VAT 8 %", "amount": 8})
        self.fee_item.product_id = self.env["product.product"].create(
            {
                "name": "Fee",
                "type": "service",
                "taxes_id": [Command.set(reduced.ids)],
            }
        )
        for number in range(8):
            agreement = self._create_agreement(f"R-{number}", dice.randint(1, 999))
            plan = self._plan(agreement)
            plan.advance_ids.unlink()
            plan.advance_ids = [
                Command.create({"date": day, "amount": dice.randint(1, 30_000) / 100})
                for day in ("2026-02-15", "2026-05-15", "2026-08-15", "2026-11-15")
            ]
            advances = self._request(plan=plan)
            bill = self._invoice(self._generate(agreement, self.year))
            real = bill.segment_ids.filtered("is_exclusive")
            for tax in self.vat | reduced:
                lines = real.line_ids.filtered(
                    lambda line, tax=tax: line.product_id.taxes_id == tax
                )
                base = round(sum(lines.mapped("amount")), 2)
                booked = (advances | bill).line_ids.filtered(
                    lambda line, tax=tax: line.tax_line_id == tax
                )
                with self.subTest(agreement=agreement.code, tax=tax.name):
                    self.assertEqual(
                        self.company.currency_id.compare_amounts(
                            -sum(booked.mapped("balance")),
                            self.company.currency_id.round(base * tax.amount / 100),
                        ),
                        0,
                    )
            self.assertEqual(self._sum(advances | bill)[2], 0)

    # === Recalculation ===

    def _recalculate(self, **values):
        wizard = (
            self.env["billing.advance.recalculation"]
            .with_context(active_model="billing.advance.plan", active_ids=self.plan.ids)
            .create(values)
        )
        wizard.action_preview()
        return wizard

    def test_after_a_price_change(self):
        """4.00 from July on: 4.11 + 68.22 + 100.82 + 60.00 = 233.15; less six times
        17.00 are 131.15, in six payments 21.86."""
        self._request("2026-06-30")
        self.capacity_item.price_ids[-1].date_end = "2026-06-30"
        self.env["billing.tariff.price"].create(
            {"item_id": self.capacity_item.id, "date_start": "2026-07-01", "price": 4}
        )
        wizard = self._recalculate()
        line = wizard.line_ids
        self.assertEqual(
            (line.expected_amount, line.old_amount, line.new_amount, line.count),
            (233.15, 17, 22, 6),
        )
        self.assertEqual(self.plan.advance_ids[-1].amount, 17)
        wizard.action_apply()
        self.assertEqual(self.plan.recalculation_ids, line)
        with self.assertRaisesRegex(UserError, "applied already"):
            wizard.action_apply()
        amounts = self.plan.advance_ids.mapped("amount")
        self.assertEqual(amounts, [17.0] * 6 + [22.0] * 6)
        advances = self._request()
        bill = self._bill()
        # 102 + 132 are 0.85 more than the year cost
        self.assertEqual((bill.move_type, bill.amount_untaxed), ("out_refund", 0.85))
        self.assertEqual(self._sum(advances | bill), (233.15, 46.63, 0.0))

    def test_as_the_customer_wishes(self):
        self._recalculate(basis="payment", payment=25).action_apply()
        self.assertEqual(set(self.plan.advance_ids.mapped("amount")), {25.0})
        self._recalculate(basis="percent", percent=-50).action_apply()
        # half of 207.95 in twelve payments: 8.66
        self.assertEqual(set(self.plan.advance_ids.mapped("amount")), {9.0})
        self._recalculate(basis="payment", payment=0).action_apply()
        self.assertEqual(set(self.plan.advance_ids.mapped("state")), {"dropped"})

    def test_ended(self):
        self._request("2026-02-28")
        self.plan.action_end()
        states = self.plan.advance_ids.mapped("state")
        self.assertEqual(states, ["billed"] * 2 + ["dropped"] * 10)
        with self.assertRaisesRegex(UserError, "has ended"):
            self.plan.action_make_instalments()
        with self.assertRaisesRegex(UserError, "stays"):
            self.plan.unlink()

    def test_viewers_read_and_clerks_plan(self):
        viewer = self._user("viewer")
        self.plan.with_user(viewer).read(["expected_amount"])
        with self.assertRaisesRegex(UserError, "not allowed"):
            self.plan.with_user(viewer).action_end()
        clerk = self._user("clerk")
        self.plan.with_user(clerk).action_activate()
        self.plan.with_user(clerk).advance_ids._request(date(2026, 1, 31))
        self.assertEqual(self.plan.advance_ids[0].state, "billed")
