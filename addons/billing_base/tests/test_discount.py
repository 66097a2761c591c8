"""Discounts: who gets which, on what, from when; overlaps; what becomes stale."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.billing_staleness import changed_spans
from .common import BillingCase


@tagged("post_install", "-at_install")
class TestDiscount(BillingCase):
    """The fee is 5.00 a month, capacity 100.00 × 15/31 + 150.00 × 16/31."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.agreement.partner_id
        cls.contract = cls.agreement.contract_id
        cls.category = cls.env["billing.customer.category"].create(
            {"name": "Household", "code": "HH"}
        )
        cls.customer.billing_category_id = cls.category
        cls.fees = cls.env["billing.tariff.item"].create(
            {
                "tariff_id": cls.tariff.id,
                "name": "Fees",
                "code": "FEES",
                "kind": "category",
            }
        )
        cls.fee_item.parent_id = cls.fees

    def _discount(self, percent=0, **values):
        values.setdefault("date_start", "2026-01-01")
        if "partner_id" in values:
            scope = "customer"
        elif "contract_id" in values:
            scope = "contract"
        elif "category_id" in values:
            scope = "customer_category"
        else:
            scope = "everyone"
        return self.env["billing.discount"].create(
            {"scope": scope, "percent": percent, **values}
        )

    def _fee(self, agreement=None):
        """The amount of the fee of January."""
        agreement = agreement or self.agreement
        self._generate(agreement)
        segment = agreement.segment_ids.filtered(lambda s: s.period_id == self.january)
        lines = segment.line_ids.filtered(lambda line: line.item_id == self.fee_item)
        return sum(lines.mapped("amount"))

    def test_each_receiver_goes_before_the_next(self):
        self.assertEqual(self._fee(), 5.0)
        self.fee_item.price_ids.discount = 10
        self.assertEqual(self._fee(), 4.5)
        self._discount(20, tariff_id=self.tariff.id)
        self.assertEqual(self._fee(), 4.0)
        self._discount(30, item_id=self.fees.id)
        self.assertEqual(self._fee(), 3.5)
        self._discount(40, item_id=self.fee_item.id)
        self.assertEqual(self._fee(), 3.0)
        self._discount(50, category_id=self.category.id)
        self.assertEqual(self._fee(), 2.5)
        self._discount(60, contract_id=self.contract.id)
        self.assertEqual(self._fee(), 2.0)
        self._discount(70, partner_id=self.customer.id)
        self.assertEqual(self._fee(), 1.5)
        self._discount(0, partner_id=self.customer.id, item_id=self.fees.id)
        self.assertEqual(self._fee(), 5.0)
        order = self.env["billing.discount"].search(
            [("company_id", "=", self.company.id)], order="precedence"
        )
        self.assertEqual(order.mapped("percent"), [0, 70, 60, 50, 40, 30, 20])

    def test_others_pay_the_full_price(self):
        other = self._create_agreement("A-2", 50)
        self._discount(50, partner_id=self.customer.id)
        self._discount(50, contract_id=self.contract.id, tariff_id=self.tariff.id)
        self._discount(50, category_id=self.category.id, item_id=self.fees.id)
        self._generate(self.agreement | other)
        self.assertEqual(self._fee(), 2.5)
        self.assertEqual(self._fee(other), 5.0)

    def test_a_discount_of_another_company_does_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._discount(50, partner_id=self.customer.id, company_id=other.id)
        self.assertEqual(self._fee(), 5.0)

    def test_a_discount_begins_and_ends_inside_a_period(self):
        self._discount(
            10,
            partner_id=self.customer.id,
            item_id=self.fee_item.id,
            date_start="2026-01-11",
            date_end="2026-01-20",
        )
        self._generate()
        lines = self.agreement.segment_ids.line_ids.filtered(
            lambda line: line.item_id == self.fee_item
        )
        self.assertEqual(
            [(line.date_start.day, line.date_end.day) for line in lines],
            [(1, 10), (11, 20), (21, 31)],
        )
        # 5.00 × 10/31, 4.50 × 10/31, 5.00 × 11/31
        self.assertEqual(lines.mapped("amount"), [1.61, 1.45, 1.77])

    def test_the_line_explains_which_discount_counted(self):
        strong = self._discount(60, contract_id=self.contract.id)
        self._discount(20, tariff_id=self.tariff.id)
        self._generate()
        line = self.agreement.segment_ids.line_ids.filtered(
            lambda line: line.item_id == self.fee_item
        )
        self.assertEqual(
            line.explanation["terms"]["discount"],
            {"percent": "60.0", "rank": "contract", "key": strong.id},
        )
        self.assertIn("less 60 % (discount of the contract)", line.explanation_text)
        self.assertIn("20 % (discount of the tariff category)", line.explanation_text)

    def test_an_amount_per_unit(self):
        energy = self._create_item(
            "Level",
            [("2026-01-01", False, 0.25)],
            basis="capacity",
            quantity_type_id=self.capacity.id,
        )
        self._discount(method="amount", amount=0.05, item_id=energy.id)
        self._generate()
        line = self.agreement.segment_ids.line_ids.filtered(
            lambda line: line.item_id == energy
        )
        self.assertEqual((line.unit_price, line.amount), (0.2, 10.0))

    def test_an_amount_above_the_price_stops_the_segment(self):
        self._discount(method="amount", amount=5.01, item_id=self.fee_item.id)
        (segment,) = self._generate()
        self.assertEqual((segment.state, segment.amount), ("error", 0))
        self.assertIn("Fee", segment.finding)

    def test_the_snapshot_has_the_discounts_of_its_days_only(self):
        (segment,) = self._generate()
        before = segment.snapshot_hash
        self._discount(50, partner_id=self.customer.id, date_start="2026-02-01")
        self.assertFalse(self._generate())
        self._discount(
            50,
            partner_id=self.customer.id,
            date_start="2026-01-31",
            date_end="2026-01-31",
        )
        self.assertEqual(self._generate(), segment)
        self.assertNotEqual(segment.snapshot_hash, before)
        (term,) = segment.snapshot["terms"]
        self.assertEqual(
            [(found["rank"], found["percent"]) for found in term["discounts"]],
            [("customer", "50.0")],
        )

    def test_two_discounts_of_one_target_never_overlap(self):
        self._discount(10, partner_id=self.customer.id, date_end="2026-06-30")
        self._discount(10, partner_id=self.customer.id, date_start="2026-07-01")
        self._discount(10, partner_id=self.customer.id, tariff_id=self.tariff.id)
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            self._discount(20, partner_id=self.customer.id, date_start="2026-06-30")

    @mute_logger("odoo.sql_db")
    def test_what_is_no_discount_is_refused(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id, "type": "other"}
        )
        levy = self._create_item(
            "Levy",
            [("2026-01-01", False, 5.0)],
            basis="percent",
            percent_of_ids=[(6, 0, self.fee_item.ids)],
        )
        for error, values in (
            (IntegrityError, {"percent": 101, "item_id": self.fee_item.id}),
            (IntegrityError, {"percent": -1, "item_id": self.fee_item.id}),
            (IntegrityError, {"percent": 5}),
            (IntegrityError, {"method": "amount", "amount": 0, "item_id": levy.id}),
            (IntegrityError, {"method": "amount", "amount": 1, "percent": 5}),
            (IntegrityError, {"scope": "contract", "tariff_id": self.tariff.id}),
            (ValidationError, {"method": "amount", "amount": 1, "item_id": levy.id}),
            (
                ValidationError,
                {"method": "amount", "amount": 1, "item_id": self.fees.id},
            ),
            (ValidationError, {"percent": 5, "partner_id": contact.id}),
        ):
            with (
                self.subTest(values=values),
                self.assertRaises(error),
                self.cr.savepoint(),
            ):
                self._discount(**values)

    def test_segments_made_from_it_are_stale(self):
        other = self._create_agreement("A-2", 50)
        january = self._generate(self.agreement | other)
        february = self._generate(self.agreement | other, self.february)
        mine = january.filtered(lambda s: s.agreement_id == self.agreement)
        self._invoice(mine)
        discount = self._discount(
            10, partner_id=self.customer.id, date_end="2026-01-31"
        )
        stale = (january | february).filtered("is_stale")
        self.assertEqual(stale, mine)
        self.assertEqual(mine.state, "frozen")

        self._reset(stale)
        discount.date_end = "2026-02-10"
        stale = (january | february).filtered("is_stale")
        self.assertEqual(
            [(s.agreement_id, s.period_id) for s in stale],
            [(self.agreement, self.february)],
        )

        self._reset(stale)
        discount.percent = 11
        self.assertEqual(len((january | february).filtered("is_stale")), 2)

        self._reset(january | february)
        discount.write(
            {"scope": "customer", "partner_id": other.partner_id.id, "percent": 11}
        )
        self.assertEqual(len((january | february).filtered("is_stale")), 4)

        self._reset(january | february)
        discount.note = "Board of 12 January"
        self.assertFalse((january | february).filtered("is_stale"))
        discount.unlink()
        self.assertEqual((january | february).filtered("is_stale").agreement_id, other)

    def test_a_customer_in_another_category_is_stale(self):
        self._discount(10, category_id=self.category.id)
        other = self._create_agreement("A-2", 50)
        segments = self._generate(self.agreement | other)
        other.partner_id.billing_category_id = self.category
        self.assertEqual(segments.filtered("is_stale").agreement_id, other)
        self._reset(segments)
        self.customer.billing_category_id = False
        self.assertEqual(segments.filtered("is_stale").agreement_id, self.agreement)

    def _reset(self, segments):
        segments.sudo().is_stale = False
        segments.flush_recordset()

    def test_days_that_changed(self):
        def days(*numbers):
            return tuple(number and date(2026, 1, number) for number in numbers)

        for before, after, changed in (
            (days(1, False), days(1, 10), [days(11, False)]),
            (days(1, 10), days(1, 20), [days(11, 20)]),
            (days(5, 10), days(1, 10), [days(1, 4)]),
            (days(1, 10), days(5, 20), [days(1, 4), days(11, 20)]),
            (days(1, 5), days(8, False), [days(1, 5), days(8, False)]),
            (days(1, 5), days(1, 5), []),
        ):
            self.assertEqual(changed_spans(before, after), changed)
            self.assertEqual(
                {d for span in changed_spans(after, before) for d in span},
                {d for span in changed for d in span},
            )

    def test_discounts_are_loaded_once_for_all_agreements(self):
        agreements = self.agreement
        for number in range(2, 12):
            agreements |= self._create_agreement(f"A-{number}", 50)
        for agreement in agreements:
            self._discount(10, partner_id=agreement.partner_id.id)
        spans = agreements._get_spans_to_bill(self.january)
        agreements.invalidate_recordset()
        with self.assertQueryCount(6):
            found = self.env["billing.discount"]._load(agreements, spans)
            for agreement in agreements:
                (span,) = spans[agreement.id]
                self.assertEqual(len(found.reaching(agreement, self.tariff, span)), 1)

    def test_manager_enters_a_discount_and_nobody_below(self):
        manager = self._user("manager")
        with Form(self.env["billing.discount"].with_user(manager)) as form:
            form.scope = "customer"
            form.partner_id = self.customer
            form.item_id = self.fee_item
            form.method = "amount"
            form.amount = 1.5
            form.date_start = "2026-01-01"
        discount = form.record
        self.assertEqual(discount.tariff_id, self.tariff)
        self.assertEqual(discount.precedence, 100)
        self.assertIn("1.5", discount.value_text)
        self.assertIn("Fee", discount.display_name)
        discount = discount.with_env(self.env(user=manager, context={}))
        self.env.flush_all()
        self.env.cr.precommit.run()
        with Form(discount) as form:
            form.scope = "everyone"
            form.amount = 1.25
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertFalse(discount.partner_id)
        changes = self.env["mail.tracking.value"].search(
            [("mail_message_id", "in", discount.sudo().message_ids.ids)]
        )
        self.assertIn(1.25, changes.mapped("new_value_float"))
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            discount.with_user(clerk).percent = 1
