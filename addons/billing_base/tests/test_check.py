"""The catalogue of checks: each finds what it is for and nothing else."""

from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


class CheckCase(BillingCase):
    def _turn_on(self, code, **values):
        check = self.env.ref(f"billing_base.check_{code}")
        check.write({"active": True, **values})
        return check

    def _found(self, segments, code):
        """Messages of a check by agreement."""
        return {
            result.agreement_id.code: result.message
            for result in segments.result_ids
            if result.check_id.code == code
        }


@tagged("post_install", "-at_install")
class TestContractChecks(CheckCase):
    def test_capacity_of_zero(self):
        zero = self._create_agreement("A-2", 0)
        segments = self._generate(self.agreement | zero)
        self.assertEqual(
            self._found(segments, "capacity_missing"),
            {"A-2": "Capacity is not entered, or 0, though it is charged."},
        )
        self.assertEqual(
            segments.filtered(lambda s: s.agreement_id == zero).state, "error"
        )

    def test_customer_category(self):
        self._turn_on("customer_category")
        category = self.env["billing.customer.category"].create(
            {"name": "Household", "code": "TH"}
        )
        other = self._create_agreement("A-2", 1)
        self.agreement.partner_id.billing_category_id = category
        segments = self._generate(self.agreement | other)
        self.assertEqual(
            self._found(segments, "customer_category"),
            {"A-2": "Customer A-2 has no customer category."},
        )
        action = segments.result_ids.filtered(
            lambda result: result.check_id.code == "customer_category"
        ).action_fix()
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("res.partner", other.partner_id.id),
        )

    def test_deposit(self):
        self.agreement_type.write({"deposit_rule": "fixed", "deposit_amount": 100})
        paid = self._create_agreement("A-2", 1)
        self.env["billing.charge"].create(
            {
                "agreement_id": paid.id,
                "type_id": self.env.ref("billing_base.segment_type_deposit").id,
                "product_id": self.product.id,
                "unit_price": 100,
                "date": "2026-06-01",
            }
        )
        segments = self._generate(self.agreement | paid)
        self.assertEqual(set(self._found(segments, "deposit_missing")), {"A-1"})

    def test_tariff_not_offered_any_more(self):
        old = self._create_agreement("A-2", 1)
        new = self.tariff.copy({"code": "B2"})
        self.agreement_type.tariff_ids = [Command.set(new.ids)]
        segments = self._generate(old)
        self.assertIn("Basic", self._found(segments, "tariff_not_valid")["A-2"])
        action = segments.result_ids.filtered(
            lambda result: result.check_id.code == "tariff_not_valid"
        ).action_fix()
        self.assertEqual(action["res_id"], old.term_ids.id)

    def test_archived_tariff(self):
        self.assertFalse(self._found(self._generate(), "tariff_not_valid"))
        self.tariff.active = False
        self.agreement.segment_ids.action_check()
        self.assertTrue(self._found(self.agreement.segment_ids, "tariff_not_valid"))


@tagged("post_install", "-at_install")
class TestPriceChecks(CheckCase):
    def test_price_of_zero(self):
        self.fee_item.price_ids.price = 0
        segment = self._generate()
        self.assertEqual(
            self._found(segment, "price_zero"),
            {"A-1": "Fee was billed at a price of 0."},
        )
        self.assertEqual((segment.state, segment.worst_check), ("ready", "info"))
        action = segment.result_ids.action_fix()
        self.assertEqual(action["res_id"], self.fee_item.id)

    def test_two_prices(self):
        """The capacity costs more from January 16 on; February has one price."""
        self._turn_on("price_changed")
        self.assertEqual(
            self._found(self._generate(), "price_changed"),
            {
                "A-1": "The price of Capacity changes inside the days billed, on "
                "01/16/2026."
            },
        )
        later = self._generate(period=self.february)
        self.assertFalse(self._found(later, "price_changed"))


@tagged("post_install", "-at_install")
class TestInvoiceChecks(CheckCase):
    def _charge(self, agreement, price, day="2026-01-10"):
        return self.env["billing.charge"].create(
            {
                "agreement_id": agreement.id,
                "product_id": self.product.id,
                "unit_price": price,
                "date": day,
            }
        )

    def test_the_same_charge_twice(self):
        self._charge(self.agreement, 20)
        self._charge(self.agreement, 20, "2026-01-11")
        segments = self._generate()
        self.assertFalse(self._found(segments, "duplicate"))
        twin = self._charge(self.agreement, 20)
        self._generate()
        self.assertEqual(twin.segment_id.state, "error")
        self.assertIn("01/10/2026", self._found(twin.segment_id, "duplicate")["A-1"])

    def test_nothing_positive(self):
        self._charge(self.agreement, -5)
        credit = self._generate().filtered("charge_id")
        self.assertIn("-5.00", self._found(credit, "total_not_positive")["A-1"])

    def test_difference_to_the_last_bill(self):
        """130.81 in 31 days, then 155.00 in 28: 31.2 % more by day; with 500 kW
        1,505.00: 1,173.8 % more."""
        self._turn_on("difference_to_last", limit=31)
        self._invoice(self._generate())
        second = self._generate(period=self.february)
        self.assertIn("31.2 %", self._found(second, "difference_to_last")["A-1"])
        self._turn_on("difference_to_last", limit=32)
        second.action_check()
        self.assertFalse(self._found(second, "difference_to_last"))

    def test_days_nobody_billed(self):
        self._generate()
        march = self._generate(period=self.cycle.period_ids[2])
        self.assertEqual(
            self._found(march, "days_not_billed"),
            {"A-1": "Nobody billed the days from 02/01/2026 to 02/28/2026 before."},
        )
        self._generate(period=self.february)
        march.action_check()
        self.assertFalse(march.result_ids)

    def test_nothing_consumed_for_n_segments(self):
        """A metered agreement of which nothing is measured: found from the second
        segment on."""
        self._turn_on("zero_quantity", limit=2)
        self.agreement_type.segment_type_id = self.env.ref(
            "billing_base.segment_type_metered"
        )
        first = self._generate()
        second = self._generate(period=self.february)
        self.assertFalse(self._found(first, "zero_quantity"))
        self.assertIn("2 segments", self._found(second, "zero_quantity")["A-1"])


@tagged("post_install", "-at_install")
class TestExceptions(CheckCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.check = cls.env.ref("billing_base.check_total_over_limit")
        cls.check.write({"limit": 100, "level": "error"})
        cls.household, cls.business = cls.env["billing.customer.category"].create(
            [
                {"name": "Household", "code": "TH"},
                {"name": "Business", "code": "TB"},
            ]
        )
        cls.agreement.partner_id.billing_category_id = cls.business

    def _limit(self, **values):
        return self.env["billing.check.limit"].create(
            {"check_id": self.check.id, **values}
        )

    def test_limit_of_a_category(self):
        """130.81 is over 100 for everybody, not over 500 for business."""
        self._limit(category_id=self.business.id, limit=500)
        other = self._create_agreement("A-2", 50)
        segments = self._generate(self.agreement | other)
        self.assertEqual(
            self._found(segments, "total_over_limit"),
            {"A-2": "The total 130.81 is over 100.00."},
        )

    def test_level_of_a_category_follows_and_keeps_the_waiver(self):
        segment = self._generate()
        segment.result_ids._waive("large customer")
        self._limit(category_id=self.business.id, limit=100, level="warning")
        segment.action_check()
        self.assertEqual(segment.result_ids.level, "warning")
        self.assertTrue(segment.result_ids.waived_by_id)

    def test_company_turns_it_off_and_category_counts_before_company(self):
        self._limit(company_id=self.company.id, is_on=False, limit=0)
        self.assertEqual(self._generate().state, "ready")
        self._limit(category_id=self.business.id, limit=130)
        self.agreement.segment_ids.action_check()
        self.assertEqual(self.agreement.segment_ids.state, "error")
        self._limit(company_id=self.company.id, category_id=self.business.id, limit=131)
        self.agreement.segment_ids.action_check()
        self.assertEqual(self.agreement.segment_ids.state, "ready")

    def test_off_but_on_for_a_company(self):
        self.check.active = False
        self.assertEqual(self._generate().state, "ready")
        self._limit(company_id=self.company.id, limit=100)
        self.agreement.segment_ids.action_check()
        self.assertEqual(self.agreement.segment_ids.state, "error")

    @mute_logger("odoo.sql_db")
    def test_one_exception_for_each(self):
        self._limit(category_id=self.business.id, limit=1)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._limit(category_id=self.business.id, limit=2)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._limit(limit=2)


@tagged("post_install", "-at_install")
class TestCatalogue(CheckCase):
    def test_every_check_looks_at_all_segments_at_once(self):
        """As many queries for twenty segments as for two."""
        self.env["billing.check"].with_context(active_test=False).search(
            [("scope", "=", "check")]
        ).active = True
        agreements = self.agreement
        for number in range(2, 21):
            agreements |= self._create_agreement(f"A-{number}", 10)
        segments = self._generate(agreements)

        def count(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["billing.check"]._run(some)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count(segments)
        few = count(segments[:2])
        self.assertLessEqual(count(segments), few + 2)

    def test_own_check_starts_off_and_finds_by_its_domain(self):
        check = self.env["billing.check"].create(
            {
                "name": "Bills of A-1",
                "code": "own_a1",
                "domain": "[('agreement_id.code', '=', 'A-1')]",
                "message": "It is A-1.",
            }
        )
        self.assertFalse(check.active)
        segments = self._generate(self.agreement | self._create_agreement("A-2", 1))
        self.assertFalse(self._found(segments, "own_a1"))
        check.active = True
        segments.action_check()
        self.assertEqual(self._found(segments, "own_a1"), {"A-1": "It is A-1."})

    def test_unreadable_domain_is_refused(self):
        with self.assertRaisesRegex(UserError, "cannot be read"):
            self.env["billing.check"].create(
                {
                    "name": "Broken",
                    "code": "broken",
                    "domain": "[('nothing', '=', 1)]",
                    "message": "-",
                }
            )

    def test_the_agreement_shows_the_worst(self):
        self.january.action_activate()
        self._create_agreement("A-2", 1)
        self.env.ref("billing_base.check_total_over_limit").limit = 100
        segment = self._generate()
        self.assertEqual(segment.worst_check, "warning")
        self.assertEqual(self.agreement.worst_check, "warning")
        self.assertEqual(segment.date_end, date(2026, 1, 31))
