"""Floating billing: a message makes its point billable for its own days."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .market import MarketCase


@tagged("post_install", "-at_install")
class TestFloating(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floating = cls._create_floating_agreement(cls, cls.exchanged)
        cls.energy_tariff.item_ids.price_ids.filtered(
            lambda price: str(price.date_start) == "2026-01-01"
        ).date_start = "2025-01-01"
        cls.february.action_activate()

    def _row(self):
        self.env.invalidate_all()
        return self.env["energy.billing.work"].search(
            [("agreement_id", "=", self.floating.id)]
        )

    def test_the_span_is_the_messages(self):
        """January's data are billed in February's processing, uncut:
        150 kWh × 0.10 + 160 kWh × 0.20 = 47.00"""
        self._import_duf()
        segment = self._generate(self.floating, self.february)
        self.assertEqual(
            (str(segment.date_start), str(segment.date_end)),
            ("2026-01-01", "2026-01-31"),
        )
        self.assertEqual((segment.state, segment.amount), ("ready", 47))
        self.assertEqual(self._row().status, "to_bill")

    def test_without_a_message_nothing_is_billed(self):
        self.assertFalse(self._generate(self.floating, self.february))
        self.assertEqual(self._row().status, "missing")

    def test_a_point_that_is_not_due_is_not_missing(self):
        self.floating.date_start = "2026-01-01"
        self.assertEqual(self._row().status, "idle")

    def test_manual_order(self):
        self.env["energy.usage"].create(
            {
                "point_id": self.exchanged.id,
                "quantity_type_id": self.energy.id,
                "date_start": "2026-01-01",
                "date_end": "2026-01-15",
                "value": 100,
            }
        )
        order = self.env["energy.billing.order"].create(
            {
                "point_id": self.exchanged.id,
                "date_start": "2026-01-01",
                "date_end": "2026-01-15",
                "reason": "moving out",
            }
        )
        order.action_generate()
        self.assertEqual(order.segment_id.amount, 10)
        self.assertEqual(order.measurement, "ordered")

    def test_taken_back_order_removes_the_open_segment(self):
        message = self._import_duf()
        self._generate(self.floating, self.february)
        message.order_ids.action_cancel()
        self._generate(self.floating, self.february)
        self.assertFalse(self.floating.segment_ids)

    def test_correction_before_invoicing_is_billed_instead(self):
        self._import_duf()
        segment = self._generate(self.floating, self.february)
        self._import_duf(
            id="D-2", sent="2026-02-03T08:00:00+01:00", new="1620", quantity="620"
        )
        row = self._row()
        self.assertEqual((row.variants, row.status), (2, "variants"))
        self.assertTrue(segment.is_stale)
        row.action_generate()
        self.assertEqual(self.floating.segment_ids, segment)
        self.assertEqual(segment.amount, 94)

    def test_an_older_message_that_comes_late_bills_nothing(self):
        self._import_duf(
            id="D-2", sent="2026-02-03T08:00:00+01:00", new="1620", quantity="620"
        )
        late = self._import_duf()
        self.assertEqual(late.order_ids.state, "replaced")
        self.assertEqual(self._usages(self.exchanged, is_current=True).value, 620)

    def test_correction_after_invoicing_is_proposed_and_rebilled(self):
        self._import_duf()
        segment = self._generate(self.floating, self.february)
        self._invoice(segment)
        self.assertEqual(segment.state, "frozen")
        self.assertEqual(self._row().status, "billed")
        corrected = self._import_duf(
            id="D-2", sent="2026-02-03T08:00:00+01:00", new="1620", quantity="620"
        )
        # what was invoiced on is not rewritten before somebody decides
        self.assertEqual(self._usages(self.exchanged, is_current=True).value, 310)
        self.env.invalidate_all()
        order = corrected.order_ids
        self.assertEqual(order.measurement, "different")
        self.assertTrue(order.is_to_rebill)
        self.assertEqual(self._row().status, "corrected")
        self.assertFalse(self._generate(self.floating, self.february))
        self._row().action_rebill()
        self.assertEqual(segment.state, "cancelling")
        self.assertEqual(segment.cancel_reason_id.code, "message")
        replacement = segment.replaced_by_ids
        self.assertEqual(replacement.amount, 94)
        self.assertEqual(self._usages(self.exchanged, is_current=True).value, 620)
        self.assertFalse(self._row().status == "corrected")

    def test_cancel_message_after_invoicing_is_listed(self):
        self._import_duf()
        segment = self._generate(self.floating, self.february)
        self._invoice(segment)
        self._import_duf(
            id="D-2",
            sent="2026-02-02T08:00:00+01:00",
            reference='<Reference cancels="D-1"/>',
            ean=self.two_tariff.code,
            meter="70123456",
        )
        self.assertEqual(self._row().status, "corrected")
        self._row().action_rebill()
        self.assertEqual(segment.state, "cancelling")

    def test_write_message_into_measurement(self):
        """The stored measurement differs until a clerk writes the message into it."""
        self.market_profile.measurement_rule = "manual"
        self.env["energy.usage"].create(
            {
                "point_id": self.exchanged.id,
                "quantity_type_id": self.energy.id,
                "date_start": "2026-01-01",
                "date_end": "2026-01-31",
                "value": 300,
            }
        )
        self._import_duf()
        self.assertEqual(self._row().status, "different")
        self._row().action_write_measurement()
        self.assertEqual(self._row().measurement, "same")
        usages = self._usages(self.exchanged)
        self.assertEqual(usages.mapped("version"), [1, 2])
        self.assertEqual(usages.mapped("is_current"), [False, True])

    def test_writing_that_would_cut_another_usage_is_refused(self):
        self.market_profile.measurement_rule = "manual"
        self.env["energy.usage"].create(
            {
                "point_id": self.exchanged.id,
                "quantity_type_id": self.energy.id,
                "date_start": "2026-01-01",
                "date_end": "2026-02-28",
                "value": 300,
            }
        )
        self._import_duf()
        with self.assertRaisesRegex(UserError, self.exchanged.code):
            self._row().action_write_measurement()

    def test_final_bill_of_an_ended_agreement(self):
        self.floating.date_end = "2026-01-31"
        self._import_duf()
        found = self.env["billing.agreement"].search(
            self.env["billing.agreement"]._get_billable_domain(self.february)
        )
        self.assertIn(self.floating, found)
        self.assertEqual(self._generate(self.floating, self.february).amount, 47)

    def test_days_are_never_billed_twice(self):
        self._import_duf()
        segment = self._generate(self.floating, self.february)
        self._invoice(segment)
        self.cycle.period_ids[2].action_activate()
        self.assertFalse(self._generate(self.floating, self.cycle.period_ids[2]))
