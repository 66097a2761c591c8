"""What a segment is rated with: basis of proration, quantities, estimates."""

from datetime import date
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.billing_base.models.billing_agreement import BillingAgreement
from odoo.addons.billing_base.models.billing_generator_rater import SegmentRater
from odoo.addons.billing_base.rating import Quantity, Span, to_decimal

from .common import BillingCase


def _span(start, end):
    return Span(date.fromisoformat(start), date.fromisoformat(end))


@tagged("post_install", "-at_install")
class TestBasis(BillingCase):
    """The days that a price "per billing period" is divided by."""

    def _basis(self, start, end, period=None):
        rater = SegmentRater(
            self.env, period or self.january, self.env["billing.agreement"], {}
        )
        basis = rater.basis(_span(start, end))
        return (str(basis.start), str(basis.end))

    def test_part_of_the_period(self):
        self.assertEqual(
            self._basis("2026-01-16", "2026-01-31"), ("2026-01-01", "2026-01-31")
        )

    def test_days_of_another_period_keep_their_own(self):
        june = self.cycle.period_ids[5]
        self.assertEqual(
            self._basis("2026-01-01", "2026-01-15", june), ("2026-01-01", "2026-01-31")
        )

    def test_consumption_period_across_the_calendar(self):
        """Jul 2–Aug 1 is a period of its own (31 days)."""
        self.assertEqual(
            self._basis("2026-07-02", "2026-08-01"), ("2026-07-02", "2026-08-01")
        )

    def test_short_days_across_the_calendar(self):
        """22 days from Jan 20 to Feb 10 are a part of the period they end in."""
        self.assertEqual(
            self._basis("2026-01-20", "2026-02-10"), ("2026-02-01", "2026-02-28")
        )

    def test_half_a_month_costs_half_a_period(self):
        """50 kW × 16/31 × 3.00 = 77.42 and the fee 5.00 × 16/31 = 2.58."""
        self.agreement.date_start = "2026-01-16"
        self.assertEqual(self._generate().line_ids.mapped("amount"), [77.42, 2.58])

    def test_price_change_inside_a_consumption_period(self):
        """Jul 2–Aug 1 ordered by a message, the price changes on Jul 20: 18 and 13
        of 31 days. 50 × 18/31 × 3.00 = 87.10; 50 × 13/31 × 4.00 = 83.87."""
        prices = self.capacity_item.price_ids
        prices[1].date_end = "2026-07-19"
        self.env.flush_all()
        prices.create(
            {
                "item_id": self.capacity_item.id,
                "date_start": "2026-07-20",
                "price": 4.0,
            }
        )
        july = self.cycle.period_ids[6]
        span = _span("2026-07-02", "2026-08-01")
        with patch.object(
            BillingAgreement,
            "_get_spans_to_bill",
            lambda agreements, period: {agreements.id: [span]},
        ):
            segment = self._generate(period=july)
        lines = segment.line_ids.filtered(
            lambda line: line.item_id == self.capacity_item
        )
        self.assertEqual(lines.mapped("amount"), [87.10, 83.87])
        self.assertEqual(lines.mapped("factor"), [0.5806452, 0.4193548])

    def test_january_rebilled_when_it_is_closed(self):
        """In February, at January's prices and with January's days: 60 kW."""
        segment = self._generate()
        self._invoice(segment)
        self.january.action_close()
        self.agreement.term_ids.value_ids.value = 60
        segment._cancel(self.reason)
        replacement = segment._rebill()
        self.assertEqual(replacement.period_id, self.february)
        self.assertEqual(replacement.amount, 155.96)
        # the run of February makes its own segment beside it, and keeps this one
        self._generate(period=self.february)
        self.assertTrue(replacement.exists())
        self.assertEqual(
            self.agreement.segment_ids.filtered(lambda s: s.state == "ready").mapped(
                "amount"
            ),
            [185.0, 155.96],
        )


@tagged("post_install", "-at_install")
class TestQuantities(BillingCase):
    def test_level_as_main_quantity_is_not_prorated(self):
        """50 kW until January 19, then 60: the segment shows 60."""
        self.agreement_type.quantity_type_id = self.capacity
        self.agreement._add_term(date(2026, 1, 20), values={self.capacity: 60})
        self.assertEqual(self._generate().quantity, 60)

    def test_level_of_half_a_month_is_whole(self):
        self.agreement_type.quantity_type_id = self.capacity
        self.agreement.date_end = "2026-01-15"
        self.assertEqual(self._generate().quantity, 50)

    def test_terms_are_agreed_not_measured(self):
        text = self._generate().line_ids[0].explanation_text
        self.assertIn("(agreed)", text)
        self.assertNotIn("measured", text)

    def test_names_and_findings_show_dates_as_the_user_writes_them(self):
        self.env["res.lang"]._activate_lang("cs_CZ")
        segment = self._generate()
        self.assertEqual(segment.display_name, "A-1 01/01/2026 – 01/31/2026")
        czech = segment.with_context(lang="cs_CZ")
        self.assertIn("31.01.2026", czech.display_name)
        segment.unlink()
        self.fee_item.price_ids.unlink()
        broken = self._generate().with_context(lang="cs_CZ")
        self.assertIn("31.01.2026", broken.result_ids.message)

    def test_changed_account_is_taken_up(self):
        segment = self._generate()
        partner = self.agreement.partner_id
        account = self.env["billing.account"].create(
            {"code": "NEW", "partner_id": partner.id, "profile_id": self.profile.id}
        )
        self.agreement.account_id = account
        self._generate()
        self.assertEqual(segment.account_id, account)


@tagged("post_install", "-at_install")
class TestEstimates(BillingCase):
    """Energy at 0.10 per kWh, delivered by a meter that stands in for an add-on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.energy = cls.env["billing.quantity.type"].create(
            {
                "name": "Energy",
                "code": "test_energy",
                "kind": "flow",
                "uom_id": cls.unit.id,
            }
        )
        cls.energy_tariff = cls.env["billing.tariff"].create(
            {"name": "Energy", "code": "E"}
        )
        cls._create_item(
            "Energy",
            [("2026-01-01", False, 0.10)],
            basis="unit",
            quantity_type_id=cls.energy.id,
        ).tariff_id = cls.energy_tariff
        cls.agreement.term_ids.tariff_id = cls.energy_tariff
        cls.agreement_type.quantity_type_id = cls.energy
        cls.readings = {}

    def setUp(self):
        super().setUp()
        original = BillingAgreement._get_quantities
        readings = self.readings

        def measured(agreements, spans):
            quantities = original(agreements, spans)
            for agreement_id in spans:
                quantities[agreement_id] += list(readings.values())
            return quantities

        patcher = patch.object(BillingAgreement, "_get_quantities", measured)
        patcher.start()
        self.addCleanup(patcher.stop)
        self._read("2026-01-01", "2026-01-31", 300, "estimated")

    def _read(self, start, end, value, quality):
        """A usage arrives; segments of its days are stale, as add-ons mark them."""
        self.readings[start] = Quantity(
            code="test_energy",
            span=_span(start, end),
            value=to_decimal(value),
            unit="kWh",
            quality=quality,
        )
        self.env["billing.segment"]._mark_stale(self.agreement, start, end)

    def _bill_january(self):
        segment = self._generate()
        self._invoice(segment)
        return segment

    def test_estimate_is_corrected_by_the_next_real_quantity(self):
        """300 kWh estimated at 0.10 = 30.00; 280 kWh read = 28.00, billed with
        February's 250 kWh = 25.00; the credit note takes 30.00 back."""
        estimated = self._bill_january()
        self.assertTrue(estimated.is_estimated)
        self.assertEqual(estimated.amount, 30.0)
        self._read("2026-01-01", "2026-01-31", 280, "measured")
        self._read("2026-02-01", "2026-02-28", 250, "measured")
        made = self._generate(period=self.february)
        self.assertEqual(sorted(made.mapped("amount")), [25.0, 28.0])
        self.assertEqual(estimated.state, "cancelling")
        correction = estimated.replaced_by_ids
        self.assertEqual(correction.amount, 28.0)
        self.assertFalse(correction.is_estimated)
        self.assertFalse(self._generate(period=self.february))
        move = self._invoice(made)
        self.assertEqual(move.amount_untaxed, 53.0)
        self.assertEqual(estimated.state, "cancelled")
        self.assertEqual(estimated.reversal_id.amount_untaxed, 30.0)

    def test_another_estimate_changes_nothing(self):
        estimated = self._bill_january()
        self._read("2026-01-01", "2026-01-31", 310, "estimated")
        self._read("2026-02-01", "2026-02-28", 250, "measured")
        self._generate(period=self.february)
        self.assertEqual(estimated.state, "frozen")

    def test_real_quantity_of_half_the_days_changes_nothing(self):
        estimated = self._bill_january()
        self._read("2026-01-01", "2026-01-15", 140, "measured")
        self._read("2026-02-01", "2026-02-28", 250, "measured")
        self._generate(period=self.february)
        self.assertEqual(estimated.state, "frozen")

    def test_type_that_only_lists(self):
        self.agreement_type.estimate_correction = "list"
        estimated = self._bill_january()
        self._read("2026-01-01", "2026-01-31", 280, "measured")
        self._read("2026-02-01", "2026-02-28", 250, "measured")
        self._generate(period=self.february)
        self.assertEqual((estimated.state, estimated.is_stale), ("frozen", True))

    def test_not_invoiced_yet_it_is_simply_made_anew(self):
        segment = self._generate()
        self._read("2026-01-01", "2026-01-31", 280, "measured")
        self.assertTrue(segment.is_stale)
        self._generate()
        self.assertEqual((segment.amount, segment.is_estimated), (28.0, False))

    # === Checks of quantities ===

    def _codes(self, segment):
        return set(segment.result_ids.check_id.mapped("code"))

    def test_estimate_is_refused_where_the_type_waits(self):
        self.agreement_type.estimation = "never"
        segment = self._generate()
        self.assertEqual(segment.state, "error")
        self.assertIn("estimate_not_allowed", self._codes(segment))
        self._read("2026-01-01", "2026-01-31", 280, "measured")
        self._generate()
        self.assertEqual(segment.state, "ready")

    def test_estimated_more_than_twice_in_a_row(self):
        self._read("2026-02-01", "2026-02-28", 250, "estimated")
        self._read("2026-03-01", "2026-03-31", 250, "estimated")
        january, february, march = (
            self._generate(period=period) for period in self.cycle.period_ids[:3]
        )
        self.assertNotIn("estimated_again", self._codes(january | february))
        self.assertIn("estimated_again", self._codes(march))

    def test_measured_days_that_differ_from_the_days_billed(self):
        """43 days of 430 kWh from December 20 on: 310 kWh are of January, 31.00."""
        self.env.ref("billing_base.check_interval_differs").active = True
        self.readings.clear()
        self._read("2025-12-20", "2026-01-31", 430, "measured")
        segment = self._generate()
        self.assertEqual(segment.amount, 31.0)
        self.assertIn("interval_differs", self._codes(segment))
        self.assertIn("12/20/2025", segment.finding)
        self.readings.clear()
        self._read("2026-01-01", "2026-01-31", 310, "measured")
        self._generate()
        self.assertNotIn("interval_differs", self._codes(segment))
