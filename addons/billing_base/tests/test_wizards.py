"""The wizards do what their buttons say, as an ordinary clerk."""

from base64 import b64encode
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestWizards(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("clerk")
        cls.manager = cls._user("manager")
        cls.segment = cls.env["billing.generator"]._generate(cls.agreement, cls.january)

    # === Waive ===

    def _find_error(self):
        self.env["billing.check"].create(
            {
                "name": "Over a hundred",
                "code": "over_hundred",
                "level": "error",
                "domain": "[('amount', '>', 100)]",
                "message": "Over a hundred.",
                "active": True,
            }
        )
        self.segment.action_check()

    def _waive(self, records):
        return (
            self.env["billing.waive"]
            .with_user(self.clerk)
            .with_context(active_model=records._name, active_ids=records.ids)
        )

    def test_errors_of_selected_segments_are_waived_with_a_reason(self):
        self._find_error()
        self.assertEqual(self.segment.state, "error")
        self.assertEqual(self.segment.check_id.name, "Over a hundred")
        with Form(self._waive(self.segment)) as form:
            form.reason_id = self.env.ref("billing_base.reason_waive_checked")
            form.note = "seen the meter"
        form.record.action_waive()
        result = self.segment.result_ids
        self.assertEqual(self.segment.state, "ready")
        self.assertEqual(result.waived_by_id, self.clerk)
        self.assertEqual(result.waive_note, "Checked, it is right: seen the meter")
        self.assertIn("seen the meter", self.segment.message_ids[0].body)

    def test_without_a_word_nothing_is_waived(self):
        self._find_error()
        wizard = self._waive(self.segment).create({})
        with self.assertRaises(UserError):
            wizard.action_waive()
        self.assertEqual(self.segment.state, "error")

    def test_what_cannot_be_waived_is_left_out(self):
        self._find_error()
        self.fee_item.price_ids.date_start = "2026-02-01"
        other = self._create_agreement("A-2", 1)
        broken = self._generate(other)
        wizard = self._waive(self.segment | broken).create({"note": "seen"})
        self.assertEqual(wizard.fixed_count, 1)
        self.assertEqual(wizard.result_ids, self.segment.result_ids)
        wizard.action_waive()
        self.assertEqual(broken.state, "error")

    def test_finding_leads_to_the_price_that_is_missing(self):
        self._find_error()
        self.fee_item.price_ids.date_start = "2026-02-01"
        broken = self._generate(self._create_agreement("A-2", 1))
        action = broken.result_ids.action_fix()
        self.assertEqual(
            (action["res_model"], action["res_id"]),
            ("billing.tariff.item", self.fee_item.id),
        )
        self.assertEqual(
            self.segment.result_ids.action_fix()["res_model"], "billing.agreement"
        )

    # === Cancel ===

    def _cancel(self, mode):
        wizard = Form(
            self.env["billing.cancel"]
            .with_user(self.clerk)
            .with_context(active_model="billing.segment", active_ids=self.segment.ids)
        )
        wizard.reason_id = self.reason
        wizard.mode = mode
        return wizard.save().action_cancel()

    def test_what_is_not_invoiced_is_not_cancelled(self):
        with self.assertRaises(UserError):
            self._cancel("credit")

    def test_credit_note_at_once(self):
        invoice = self._invoice(self.segment)
        action = self._cancel("credit")
        self.assertEqual(self.segment.state, "cancelled")
        credit_note = self.segment.reversal_id
        self.assertEqual(action["res_id"], credit_note.id)
        self.assertEqual(credit_note.amount_total, invoice.amount_total)

    def test_cancel_and_rebill_shows_both_and_their_difference(self):
        """The fee goes from 5.00 to 6.00: 130.81 becomes 131.81."""
        self._invoice(self.segment)
        self.fee_item.price_ids.price = 6.0
        self._cancel("rebill")
        self.assertEqual(self.segment.state, "cancelling")
        replacement = self.segment.replaced_by_ids
        self.assertEqual(replacement.state, "ready")
        self.assertEqual(replacement.amount, 131.81)
        rows = {row["name"]: row["difference"] for row in
                replacement._prepare_comparison_rows()}  # fmt: skip
        self.assertEqual(rows["Fee"], 1.0)
        self.assertIn("131.81", replacement.comparison_html)
        self._invoice(replacement)
        self.assertEqual(self.segment.state, "cancelled")

    def test_left_pending_can_be_undone(self):
        self._invoice(self.segment)
        self._cancel("pending")
        self.assertEqual(self.segment.state, "cancelling")
        self.segment.with_user(self.clerk).action_undo_cancel()
        self.assertEqual(self.segment.state, "frozen")

    # === New terms ===

    def _annex(self):
        return Form(
            self.env["billing.annex"]
            .with_user(self.clerk)
            .with_context(active_model="billing.agreement", active_id=self.agreement.id)
        )

    def test_new_terms_begin_where_the_old_ones_end(self):
        wizard = self._annex()
        wizard.date_start = "2026-01-20"
        self.assertEqual(wizard.tariff_id, self.tariff)
        self.assertIn("end on 01/19/2026", wizard.effect)
        self.assertIn("1 segments are not invoiced yet", wizard.effect)
        with wizard.value_ids.edit(0) as value:
            self.assertEqual(value.old_value, 50)
            value.value = 60
        wizard.document = b64encode(b"signed")
        wizard.note = "Annex 1"
        annex = wizard.save()
        annex.document_name = "annex.pdf"
        self.assertEqual(annex.segment_ids, self.segment)
        annex.action_apply()
        old, new = self.agreement.term_ids.sorted("date_start")
        self.assertEqual(old.date_end, date(2026, 1, 19))
        self.assertEqual(new.date_start, date(2026, 1, 20))
        self.assertEqual((old.value_ids.value, new.value_ids.value), (50, 60))
        message = self.agreement.message_ids[0]
        self.assertIn("Annex 1", message.body)
        self.assertEqual(message.attachment_ids.name, "annex.pdf")
        self.assertEqual(message.attachment_ids.raw, b"signed")

    def test_terms_that_begin_on_that_day_are_named(self):
        wizard = self._annex()
        wizard.date_start = "2026-01-01"
        with self.assertRaisesRegex(UserError, "01/01/2026"):
            wizard.save().action_apply()

    def test_tariff_must_be_allowed(self):
        other = self.env["billing.tariff"].create({"name": "Other", "code": "O"})
        self.agreement_type.tariff_ids = [Command.set(self.tariff.ids)]
        wizard = self._annex()
        wizard.date_start = "2026-02-01"
        wizard.tariff_id = other
        with self.assertRaisesRegex(UserError, "not allowed"):
            wizard.save().action_apply()

    # === New prices ===

    def _price_change(self):
        return Form(
            self.env["billing.price.change"]
            .with_user(self.manager)
            .with_context(active_model="billing.tariff", active_id=self.tariff.id)
        )

    def test_new_prices_by_percent_and_by_hand(self):
        """3.00 + 2.5 % = 3.075, to two decimals 3.08; the fee is set by hand."""
        wizard = self._price_change()
        wizard.date_start = "2027-01-01"
        wizard.percent = 2.5
        wizard.digits = 2
        fee = [
            line["item_id"] for line in wizard.line_ids._records
        ].index(self.fee_item.id)  # fmt: skip
        with wizard.line_ids.edit(fee) as line:
            self.assertEqual((line.old_price, line.new_price), (5.0, 5.13))
            line.new_price = 5.5
        wizard.save().action_apply()
        last = self.capacity_item.price_ids.sorted("date_start")[-1]
        self.assertEqual((last.date_start, last.price), (date(2027, 1, 1), 3.08))
        old, new = self.fee_item.price_ids.sorted("date_start")
        self.assertEqual(old.date_end, date(2026, 12, 31))
        self.assertEqual(new.price, 5.5)
        self.assertIn("5.5", self.fee_item.message_ids[0].body)
        with self.assertRaisesRegex(UserError, "already has a price"):
            wizard = self._price_change()
            wizard.date_start = "2027-01-01"
            wizard.save().action_apply()

    def test_new_prices_in_a_new_tariff_keep_tree_and_references(self):
        category = self.env["billing.tariff.item"].create(
            {
                "tariff_id": self.tariff.id,
                "name": "Network",
                "code": "NET",
                "kind": "category",
            }
        )
        self.capacity_item.parent_id = category
        self._create_item(
            "Levy",
            [("2026-01-01", False, 4.0)],
            basis="percent",
            percent_of_ids=[Command.set(self.capacity_item.ids)],
        )
        wizard = self._price_change()
        wizard.date_start = "2027-01-01"
        wizard.percent = 10
        wizard.mode = "copy"
        wizard.name = "Basic 2027"
        wizard.code = "B27"
        action = wizard.save().action_apply()
        tariff = self.env["billing.tariff"].browse(action["res_id"])
        items = {item.code: item for item in tariff.item_ids}
        self.assertEqual(items["CAPACITY"].parent_id, items["NET"])
        self.assertEqual(items["LEVY"].percent_of_ids, items["CAPACITY"])
        self.assertEqual(items["CAPACITY"].price_ids.price, 3.3)
        self.assertEqual(items["LEVY"].price_ids.price, 4.0)
        self.assertFalse(self.fee_item.price_ids.date_end)

    # === Held back ===

    def test_a_clean_segment_of_a_held_bill_says_so(self):
        other = self._create_agreement("A-2", 1, partner=self.agreement.partner_id)
        other.term_ids.date_start = "2026-01-10"
        broken = self._generate(other)
        self.assertEqual(broken.state, "error")
        self.assertTrue(self.segment.is_held)
        action = self.segment.with_user(self.clerk).action_invoice()
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(self.segment.invoice_id)
        self.profile.hold = "segment"
        self.segment.invalidate_recordset(["is_held"])
        self.assertFalse(self.segment.is_held)
