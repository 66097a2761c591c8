from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestAccess(PostalCase):
    def test_a_cost_centres_clerk_sees_only_his_own(self):
        own = self._letters()
        other = self._letters(cost_centre_id=self.centre_b.id)
        Specification = self.env["postal.specification"].with_user(self.clerk_a)
        self.assertEqual(Specification.search([]), own)
        lines = self.env["postal.specification.line"].with_user(self.clerk_a)
        self.assertEqual(lines.search([]), own.line_ids)
        for record in (other, other.line_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.clerk_a).read(["quantity"])
            with self.assertRaises(AccessError):
                record.with_user(self.clerk_a).write({"reference": "x"})
        report = self.env["postal.report"].with_user(self.clerk_a).search([])
        self.assertEqual(report.cost_centre_id, self.centre_a)

    def test_he_cannot_move_an_entry_to_another_cost_centre(self):
        with self.assertRaises(AccessError):
            self._letters(user=self.clerk_a, cost_centre_id=self.centre_b.id)
        own = self._letters()
        with self.assertRaises(AccessError):
            own.with_user(self.clerk_a).cost_centre_id = self.centre_b

    def test_he_enters_by_keyboard_and_checks(self):
        with Form(
            self.env["postal.specification"]
            .with_user(self.clerk_a)
            .with_context(default_kind="on_account", default_period_id=self.january.id)
        ) as form:
            self.assertEqual(form.cost_centre_id, self.centre_a)
            form.partner_id = self.bank
            with form.line_ids.new() as line:
                line.item_id = self.registered
                line.quantity = 10
                self.assertEqual(line.amount, 12.0)
        specification = form.record
        self.assertEqual(specification.amount, 12.0)
        specification.action_check()
        self.assertEqual(specification.state, "checked")

    def test_he_neither_invoices_nor_waives_nor_changes_prices(self):
        own = self._letters(user=self.clerk_a)
        with self.assertRaises(AccessError):
            own.action_invoice()
        with self.assertRaises(AccessError):
            own._waive("because")
        with self.assertRaises(AccessError):
            self.registered.price_ids.with_user(self.clerk_a).price = 0

    def test_by_rpc_he_gets_around_nothing(self):
        """Flags that buttons write, checked entries, other centres by any door."""
        own = self._letters(user=self.clerk_a)
        with self.assertRaisesRegex(AccessError, "by the buttons"):
            own.is_checked = True
        with self.assertRaisesRegex(AccessError, "by the buttons"):
            own.write({"waive_reason": "because"})
        with self.assertRaisesRegex(AccessError, "by the buttons"):
            self._letters(
                user=self.clerk_a, period_id=self.february.id, is_checked=True
            )
        own.action_check()
        other = self._letters(cost_centre_id=self.centre_b.id)
        with self.assertRaises(AccessError):
            other.with_user(self.clerk_a).action_check()
        with self.assertRaises(AccessError):
            other.with_user(self.clerk_a).action_reopen()
        for values in ({"amount": 0}, {"quantity": 0}, {"reference": "x"}):
            with self.assertRaisesRegex(UserError, "is checked"):
                own.line_ids.write(values)
        for values in ({"partner_id": self.clerk_a.partner_id.id}, {"kind": "direct"}):
            with self.assertRaisesRegex(UserError, "is checked"):
                own.write(values)
        with self.assertRaises(AccessError):
            own.segment_ids.sudo(False).with_user(self.clerk_a).read(["amount"])
        with self.assertRaises(AccessError):
            other.line_ids.with_user(self.clerk_a).copy(
                {"specification_id": own.id, "cost_centre_id": self.centre_b.id}
            )

    def test_an_approved_cost_centre_takes_nothing_more(self):
        own = self._letters(user=self.clerk_a)
        row = self.env["postal.completeness"].search(
            [
                ("period_id", "=", self.january.id),
                ("cost_centre_id", "=", self.centre_a.id),
            ]
        )
        with self.assertRaisesRegex(UserError, "is not checked yet"):
            row.action_approve()
        own.action_check()
        with self.assertRaises(AccessError):
            row.with_user(self.clerk_a).action_approve()
        self.january.action_activate()
        row.action_approve()
        self.assertEqual((row.state, row.amount), ("d_approved", 6.0))
        late = {"partner_id": self.env["res.partner"].create({"name": "L"}).id}
        with self.assertRaises(UserError) as refused:
            self._letters(user=self.clerk_a, **late)
        self.assertIn("in the next period", str(refused.exception))
        with self.assertRaisesRegex(UserError, "in the next period"):
            own.with_user(self.clerk_a).action_reopen()
        # what comes late goes into the next period by itself
        Specification = self.env["postal.specification"].with_user(self.clerk_a)
        self.assertEqual(Specification._default_period_id(), self.february)
        # and what is checked is billed all the same
        own.with_user(self.env.user).action_invoice()
        self.assertEqual(own.state, "invoiced")
        row.action_withdraw()
        self._letters(user=self.clerk_a, **late)

    def test_a_viewer_reads_all_and_writes_nothing(self):
        specification = self._letters()
        viewer = self._user("viewer")
        specification.with_user(viewer).read(["amount"])
        with self.assertRaises(AccessError):
            specification.with_user(viewer).reference = "x"

    def test_a_role_of_permissions_alone(self):
        """Who records all cost centres approves none and invoices nothing."""
        recorder = self._user("viewer")
        approver = recorder.copy({"login": "approver"})
        recorder.group_ids |= self.env.ref("postal_billing.group_postal_record")
        approver.group_ids |= self.env.ref("postal_billing.group_postal_approve")
        specification = self._letters(user=recorder)
        specification.action_check()
        row = self.env["postal.completeness"].search(
            [
                ("period_id", "=", self.january.id),
                ("cost_centre_id", "=", self.centre_a.id),
            ]
        )
        for refused in (
            specification.action_invoice,
            row.with_user(recorder).action_approve,
            specification.with_user(approver).action_reopen,
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                refused()
        row.with_user(approver).action_approve()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            row.with_user(approver).action_withdraw()
        self.assertEqual(row.state, "d_approved")

    def test_another_company_sees_nothing(self):
        specification = self._letters()
        other = self.setup_other_company()["company"]
        manager = self._user("manager")
        manager.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        found = self.env["postal.specification"].with_user(manager).search([])
        self.assertNotIn(specification, found)
