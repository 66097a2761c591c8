from psycopg2 import IntegrityError
from psycopg2.errors import RestrictViolation

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestSegment(BillingCase):
    def test_price_change_inside_the_period_splits_the_charge(self):
        """50 kW × 15/31 × 2.00 + 50 kW × 16/31 × 3.00 + 5.00.

        24.193548 × 2.00 = 48.39; 25.806452 × 3.00 = 77.42; together 130.81.
        """
        segment = self._generate()
        self.assertEqual(segment.state, "ready")
        self.assertEqual(segment.amount, 130.81)
        lines = segment.line_ids
        self.assertEqual(lines.mapped("amount"), [48.39, 77.42, 5.0])
        self.assertEqual(
            [str(day) for day in lines.mapped("date_start")],
            ["2026-01-01", "2026-01-16", "2026-01-01"],
        )

    def test_line_explains_itself(self):
        text = self._generate().line_ids[0].explanation_text
        self.assertIn("50", text)
        self.assertIn("48.39", text)

    def test_second_generation_changes_nothing(self):
        segment = self._generate()
        self.assertFalse(self._generate())
        self.assertEqual(self.agreement.segment_ids, segment)

    def test_missing_price_is_an_error_never_zero(self):
        self.fee_item.price_ids.unlink()
        segment = self._generate()
        self.assertEqual(segment.state, "error")
        self.assertFalse(segment.line_ids)
        self.assertIn("FEE", segment.finding)
        self.assertIn("01/01/2026", segment.finding)

    def test_explicit_zero_is_a_price(self):
        self.fee_item.price_ids.price = 0.0
        segment = self._generate()
        self.assertEqual(segment.state, "ready")
        self.assertEqual(segment.line_ids.mapped("amount"), [48.39, 77.42, 0.0])

    def test_days_without_terms_are_an_error(self):
        self.agreement.term_ids.date_start = "2026-01-10"
        segment = self._generate()
        self.assertEqual(segment.state, "error")
        self.assertIn("01/09/2026", segment.finding)

    def test_corrected_source_regenerates_only_what_it_touches(self):
        other = self._create_agreement("A-2", 10)
        both = self.agreement | other
        self._generate(both)
        self.agreement.term_ids.value_ids.value = 60
        changed = self._generate(both)
        self.assertEqual(changed, self.agreement.segment_ids)
        # 60 × 15/31 = 29.032258 × 2 = 58.06; 30.967742 × 3 = 92.90; 5.00
        self.assertEqual(changed.amount, 155.96)

    def test_agreement_ending_inside_the_period_is_billed_to_its_end(self):
        self.agreement.date_end = "2026-01-15"
        segment = self._generate()
        self.assertEqual(str(segment.date_end), "2026-01-15")
        # 48.39 and 5.00 × 15/31 = 2.42
        self.assertEqual(segment.amount, 50.81)

    def test_posting_freezes(self):
        segment = self._generate()
        move = self._invoice(segment)
        self.assertEqual(segment.state, "frozen")
        self.assertEqual(segment.invoice_id, move)
        self.assertEqual(move.amount_untaxed, 130.81)
        self.assertEqual(move.amount_tax, 26.16)
        self.assertFalse(self._generate())

    def test_deleted_draft_gives_the_segment_back(self):
        segment = self._generate()
        draft = self.env["billing.invoicer"]._create_invoices(segment)
        self.assertFalse(self.env["billing.invoicer"]._create_invoices(segment))
        draft.unlink()
        self.assertFalse(segment.invoice_id)
        self.assertFalse(segment.line_ids.charge_move_line_id)
        self.assertTrue(self.env["billing.invoicer"]._create_invoices(segment))

    @mute_logger("odoo.sql_db")
    def test_frozen_segment_is_guarded_by_the_database(self):
        segment = self._generate()
        self._invoice(segment)
        self.env.flush_all()
        for statement in (
            "UPDATE billing_segment SET amount = 1 WHERE id = %s",
            "UPDATE billing_segment SET state = 'ready' WHERE id = %s",
            "UPDATE billing_segment SET state = 'cancelled' WHERE id = %s",
            "DELETE FROM billing_segment WHERE id = %s",
            "UPDATE billing_segment_line SET amount = 1 WHERE segment_id = %s",
            "DELETE FROM billing_segment_line WHERE segment_id = %s",
            "UPDATE billing_segment_line SET charge_move_line_id = NULL"
            " WHERE segment_id = %s",
        ):
            with (
                self.subTest(statement),
                self.assertRaises(RestrictViolation),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement, [segment.id])

    @mute_logger("odoo.sql_db")
    def test_a_day_is_billed_once(self):
        segment = self._generate()
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            segment.sudo().copy({"date_start": "2026-01-31", "date_end": "2026-02-10"})

    def test_posted_invoice_of_segments_is_not_reset(self):
        move = self._invoice(self._generate())
        with self.assertRaisesRegex(UserError, "Cancel them"):
            move.button_draft()

    def test_segment_on_invoice_is_not_deleted(self):
        segment = self._generate()
        self._invoice(segment)
        with self.assertRaisesRegex(UserError, "was invoiced"):
            segment.unlink()


@tagged("post_install", "-at_install")
class TestCancellation(BillingCase):
    def setUp(self):
        super().setUp()
        self.segment = self._generate()
        self.move = self._invoice(self.segment)

    def test_cancel_without_replacement_credits_at_once(self):
        self.segment._cancel(self.reason)
        credit_note = self.segment._complete_cancellation()
        self.assertEqual(self.segment.state, "cancelled")
        self.assertEqual(credit_note.state, "posted")
        self.assertEqual(credit_note.amount_total, self.move.amount_total)
        self.assertEqual(credit_note.reversed_entry_id, self.move)
        self.assertEqual(
            self.segment.line_ids.reversal_move_line_id, credit_note.invoice_line_ids
        )

    def test_rebill_replaces_and_credits_when_the_new_one_is_posted(self):
        self.agreement.term_ids.value_ids.value = 60
        self.segment._cancel(self.reason)
        self.assertEqual(self.segment.state, "cancelling")
        replacement = self.segment._rebill()
        self.assertEqual(replacement.replaces_id, self.segment)
        self.assertEqual(replacement.amount, 155.96)
        self.assertFalse(self.segment.reversal_id)
        self._invoice(replacement)
        self.assertEqual(replacement.state, "frozen")
        self.assertEqual(self.segment.state, "cancelled")
        self.assertEqual(self.segment.reversal_id.state, "posted")
        self.assertEqual(
            self.move.amount_untaxed - self.segment.reversal_id.amount_untaxed, 0
        )

    def test_undo_restores_and_drops_the_replacement(self):
        self.segment._cancel(self.reason)
        replacement = self.segment._rebill()
        self.segment._undo_cancel()
        self.assertEqual(self.segment.state, "frozen")
        self.assertFalse(replacement.exists())
        self.assertIn("undone", self.segment.message_ids[0].body)

    def test_undo_ends_with_cancelled(self):
        self.segment._cancel(self.reason)
        self.segment._complete_cancellation()
        with self.assertRaisesRegex(UserError, "cannot become"):
            self.segment._undo_cancel()

    def test_cancel_needs_reason_and_permission(self):
        with self.assertRaisesRegex(UserError, "why"):
            self.segment._cancel(self.env["billing.reason"])
        viewer = self._user("viewer")
        with self.assertRaises(AccessError):
            self.segment.with_user(viewer)._cancel(self.reason)

    def test_original_price_is_credited_after_a_price_change(self):
        """The credit note repeats the invoice, not today's prices."""
        self.fee_item.price_ids.price = 99
        self.segment._cancel(self.reason)
        credit_note = self.segment._complete_cancellation()
        self.assertEqual(credit_note.amount_untaxed, 130.81)


@tagged("post_install", "-at_install")
class TestChecks(BillingCase):
    def _fail_fee(self):
        self.env["billing.check"].create(
            {
                "name": "Small bill",
                "code": "small",
                "domain": "[('amount', '<', 1000)]",
                "message": "The bill is small.",
                "active": True,
            }
        )

    def test_error_blocks_and_a_waiver_lets_through(self):
        self._fail_fee()
        segment = self._generate()
        self.assertEqual((segment.state, segment.worst_check), ("error", "error"))
        self.assertFalse(self.env["billing.invoicer"]._create_invoices(segment))
        clerk = self._user("clerk")
        segment.result_ids.with_user(clerk)._waive("agreed with the customer")
        self.assertEqual((segment.state, segment.worst_check), ("ready", "waived"))
        self.assertEqual(segment.result_ids.waived_by_id, clerk)
        self.assertTrue(self._invoice(segment))

    def test_viewer_may_not_waive(self):
        self._fail_fee()
        segment = self._generate()
        with self.assertRaises(AccessError):
            segment.result_ids.with_user(self._user("viewer"))._waive("please")

    def test_waiver_needs_a_reason(self):
        self._fail_fee()
        segment = self._generate()
        with self.assertRaisesRegex(UserError, "why"):
            segment.result_ids._waive("  ")

    def test_missing_price_is_never_waived(self):
        self.fee_item.price_ids.unlink()
        segment = self._generate()
        with self.assertRaisesRegex(UserError, "cannot be waived"):
            segment.result_ids._waive("bill it anyway")

    def test_waiver_survives_as_long_as_the_finding_stays(self):
        limit = self.env.ref("billing_base.check_total_over_limit")
        limit.write({"level": "error", "limit": 100})
        segment = self._generate()
        segment.result_ids._waive("large customer")
        self.env["billing.check"]._run(segment)
        self.assertEqual(segment.state, "ready")
        self.agreement.term_ids.value_ids.value = 60
        self._generate()
        self.assertEqual(segment.state, "error")

    def test_finding_disappears_with_its_cause(self):
        price = self.fee_item.price_ids.price
        self.fee_item.price_ids.unlink()
        segment = self._generate()
        self.assertEqual(segment.state, "error")
        self.fee_item.price_ids.create(
            {"item_id": self.fee_item.id, "date_start": "2026-01-01", "price": price}
        )
        self._generate()
        self.assertEqual(segment.state, "ready")
        self.assertFalse(segment.result_ids)

    def test_check_of_another_company_finds_nothing(self):
        self._fail_fee()
        check = self.env["billing.check"].search([("code", "=", "small")])
        check.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertEqual(self._generate().state, "ready")
