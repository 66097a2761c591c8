"""One action on a whole selection, and what it leaves out with the reason."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestMass(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._user("clerk")
        cls.other = cls._create_agreement("A-2", 10)
        cls.agreements = cls.agreement | cls.other

    def _mass(self, records, action, user=None, **values):
        form = Form(
            self.env["billing.mass"]
            .with_user(user or self.clerk)
            .with_context(active_model=records._name, active_ids=records.ids)
        )
        form.action = action
        for name, value in values.items():
            form[name] = value
        return form.save()

    def _segments(self):
        return self.agreements.segment_ids

    def test_generate_for_selected_agreements(self):
        self.other.date_start = "2026-02-15"
        mass = self._mass(self.agreements, "generate", period_id=self.january)
        self.assertEqual(mass.todo_agreement_ids, self.agreement)
        self.assertIn("1: not in force", mass.skipped_text)
        mass.action_apply()
        self.assertEqual(self._segments().mapped("agreement_id"), self.agreement)

    def test_the_active_period_is_proposed(self):
        self.january.action_activate()
        mass = self._mass(self.agreements, "generate")
        self.assertEqual(mass.period_id, self.january)
        figures = self.january.figure_ids.filtered(
            lambda figure: figure.agreement_id == self.agreement
        )
        self.assertEqual(
            self._mass(figures, "generate").todo_agreement_ids, self.agreement
        )

    def test_regenerate_leaves_out_what_is_invoiced(self):
        first, second = self._generate(self.agreements)
        self._invoice(first)
        self.agreements.term_ids.value_ids.value = 60
        mass = self._mass(first | second, "regenerate")
        self.assertEqual(mass.todo_ids, second)
        self.assertEqual(mass.skipped_text, "1: invoiced: cancel and rebill instead")
        mass.action_apply()
        self.assertEqual((first.amount, second.amount), (130.81, 155.96))

    def test_delete_and_figures_follow(self):
        self.january.action_activate()
        segments = self._generate(self.agreements)
        self._mass(segments, "delete").action_apply()
        self.assertFalse(segments.exists())
        self.assertEqual(self.agreement.active_figure_id.segment_count, 0)

    def test_waive_cancel_and_undo_of_a_selection(self):
        limit = self.env.ref("billing_base.check_total_over_limit")
        limit.write({"level": "error", "limit": 100})
        first, second = self._generate(self.agreements)
        reason = self.env.ref("billing_base.reason_waive_checked")
        mass = self._mass(first | second, "waive", reason_id=reason)
        self.assertEqual(mass.todo_ids, first)
        mass.action_apply()
        self.assertEqual(first.state, "ready")
        self._mass(first | second, "invoice").action_apply()
        self.assertEqual((first | second).mapped("state"), ["frozen", "frozen"])
        self._mass(first | second, "rebill", reason_id=self.reason).action_apply()
        self.assertEqual((first | second).mapped("state"), ["cancelling"] * 2)
        self.assertEqual(len((first | second).replaced_by_ids), 2)
        self._mass(first, "undo").action_apply()
        self.assertEqual((first.state, second.state), ("frozen", "cancelling"))
        mass = self._mass(first | second, "credit", reason_id=self.reason)
        self.assertEqual(mass.todo_ids, first)
        mass.action_apply()
        self.assertEqual(first.state, "cancelled")

    def test_held_back_segments_are_not_invoiced(self):
        self.env.ref("billing_base.check_total_over_limit").write(
            {"level": "error", "limit": 100}
        )
        twin = self._create_agreement("A-4", 1, partner=self.agreement.partner_id)
        error, ready = self._generate(self.agreement | twin)
        mass = self._mass(error | ready, "invoice")
        self.assertFalse(mass.todo_ids)
        self.assertIn("1: held back", mass.skipped_text)
        self.assertIn("1: with an error", mass.skipped_text)
        with self.assertRaisesRegex(UserError, "held back"):
            mass.action_apply()

    def test_without_a_reason_nothing_is_cancelled(self):
        segments = self._generate(self.agreements)
        self._invoice(segments)
        with self.assertRaisesRegex(UserError, "why"):
            self._mass(segments, "credit").action_apply()
        self.assertEqual(segments.mapped("state"), ["frozen", "frozen"])

    def test_a_clerk_without_permission_does_not_cancel(self):
        plain = new_test_user(
            self.env,
            login="plain",
            groups="billing_base.group_billing_viewer,account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        segment = self._generate()
        self._invoice(segment)
        segment._cancel(self.reason)
        for name in ("action_undo_cancel", "action_rebill"):
            with self.assertRaises(AccessError):
                getattr(segment.with_user(plain), name)()
        with self.assertRaises(AccessError):
            segment.with_user(plain).action_complete_cancellation()

    def test_difference_by_charge(self):
        """60 instead of 50 kW: 58.06 and 92.90 for 48.39 and 77.42: 25.15 more."""
        segment = self._generate()
        self._invoice(segment)
        self.agreement.term_ids.value_ids.value = 60
        segment._cancel(self.reason)
        replacement = segment._rebill()
        rows = {
            row["name"]: row["difference"]
            for row in replacement._prepare_comparison_rows()
        }
        self.assertEqual(rows, {"Capacity": 25.15, "Fee": 0.0})
        self.assertIn("25.15", replacement.comparison_html)
