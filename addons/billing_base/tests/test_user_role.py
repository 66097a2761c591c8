"""Roles composed of permissions, and users, by who is no administrator of Odoo."""

from xmlrpc.client import Fault

from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestUserRole(BillingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.keeper = cls._user("admin")
        cls.as_keeper = cls.env(user=cls.keeper)

    def _group(self, name):
        return self.env.ref(
            name if "." in name else f"billing_base.group_billing_{name}"
        )

    def _create_role(self, name, *permissions):
        return self.as_keeper["billing.role"].create(
            {
                "name": name,
                "permission_ids": [
                    Command.set([self._group(code).id for code in permissions])
                ],
            }
        )

    def _create_user(self, login, role):
        with Form(self.as_keeper["billing.user"]) as form:
            form.name = login.title()
            form.login = login
            form.role_ids.add(role)
        return self.env["res.users"].browse(form.record.id)

    def _get_buttons(self, user):
        arch = self.env["billing.segment"].with_user(user).get_view(view_type="form")
        return set(etree.fromstring(arch["arch"]).xpath("//header/button/@name"))

    def test_a_role_that_may_waive_but_not_invoice(self):
        self.assertFalse(self.keeper.has_group("base.group_erp_manager"))
        user = self._create_user("olga", self._create_role("Waiver", "viewer", "waive"))
        waive = str(self.env.ref("billing_base.billing_waive_action").id)
        buttons = self._get_buttons(user)
        self.assertIn(waive, buttons)
        self.assertNotIn("action_invoice", buttons)
        self.assertIn("action_invoice", self._get_buttons(self._user("clerk")))

        bad = self._create_agreement("BAD", 10)
        bad.term_ids.value_ids.unlink()
        self.env["billing.check"].search([]).is_waivable = True
        segments = self._generate(self.agreement | bad)
        ready = segments.filtered(lambda s: s.state == "ready")
        error = segments - ready
        results = error.result_ids.filtered(lambda result: result.level == "error")
        self.assertTrue(ready and results)
        user.password = "olga-and-her-password"
        for method in ("action_invoice", "action_regenerate"):
            with (
                mute_logger("odoo.http", "odoo.addons.base.models.ir_model"),
                self.assertRaisesRegex(Fault, "needs the permission"),
            ):
                self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname,
                    user.id,
                    "olga-and-her-password",
                    "billing.segment",
                    method,
                    [ready.ids],
                )
        wizard = (
            self.env["billing.waive"]
            .with_user(user)
            .with_context(active_model="billing.segment", active_ids=error.ids)
            .create({"note": "agreed by telephone"})
        )
        wizard.action_waive()
        self.assertEqual(set(results.mapped("waived_by_id")), {user})
        with self.assertRaises(AccessError):
            self.env["billing.invoicer"].with_user(user)._create_invoices(ready)
        self.assertFalse(ready.invoice_id)

    def test_who_may_invoice_alone_does_nothing_else(self):
        user = self._create_user("ivan", self._create_role("I", "viewer", "invoice"))
        segment = self._generate()
        for method in ("action_regenerate", "action_check"):
            with self.assertRaises(AccessError):
                getattr(segment.with_user(user), method)()
        segment.with_user(user).action_invoice()
        self.assertEqual(segment.invoice_id.state, "posted")
        with self.assertRaises(AccessError):
            segment.with_user(user)._cancel(self.reason)
        with self.assertRaises(AccessError):
            self.agreement.with_user(user).date_end = "2026-12-31"

    def test_permissions_that_change_with_a_role_change_its_users(self):
        role = self._create_role("Prices", "viewer")
        user = self._create_user("petar", role)
        tariff = self.tariff.with_user(user)
        with self.assertRaises(AccessError):
            tariff.name = "Cheap"
        role.permission_ids = [Command.link(self._group("price").id)]
        tariff.name = "Cheap"
        role.permission_ids = [Command.unlink(self._group("price").id)]
        with self.assertRaises(AccessError):
            tariff.name = "Dear"

    def test_nothing_outside_billing_is_granted(self):
        for name in ("base.group_system", "base.group_erp_manager", "base.group_user"):
            with self._refused(ValidationError, "no permission of billing"):
                self._create_role("Root", "viewer", name)
        role = self._create_role("Small", "viewer")
        with self._refused(ValidationError, "no permission of billing"):
            role.permission_ids = [Command.link(self._group("base.group_system").id)]
        with self._refused(ValidationError, "nobody could log in"):
            self._create_role("Nothing", "waive")
        # a group that is marked by mistake does not help either
        self._group("base.group_system").billing_kind = "permission"
        with self._refused(ValidationError, "no permission of billing"):
            self._create_role("Root", "viewer", "base.group_system")
        user = self._create_user("vera", role)
        for model in ("res.groups", "res.users.role", "res.users.role.line"):
            with self._refused(AccessError, ""):
                self.as_keeper[model].create({})
        with self._refused(AccessError, ""):
            user.with_user(self.keeper).login = "vera2"

    def test_neither_administrators_nor_users_of_others_are_touched(self):
        Users = self.as_keeper["billing.user"]
        system = new_test_user(
            self.env,
            "sys",
            groups="base.group_system",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        foreign = new_test_user(
            self.env,
            "hr",
            groups="base.group_user,base.group_allow_export",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertNotIn(system.id, Users.search([]).ids)
        with self._refused(AccessError, ""):
            Users.browse(system.id).login = "mine"
        self.assertTrue(Users.browse(foreign.id).is_foreign)
        with self._refused(AccessError, "rights outside billing"):
            Users.browse(foreign.id).login = "mine"
        with self._refused(AccessError, "rights outside billing"):
            Users.browse(foreign.id).action_invite()
        user = self._create_user("jana", self._create_role("V", "viewer"))
        other = self.env["res.company"].create({"name": "Another"})
        with self._refused(AccessError, "Companies"):
            Users.browse(user.id).company_ids = [Command.link(other.id)]
        with self._refused(AccessError, "only what the form shows"):
            Users.browse(user.id).write({"password": "x"})
        with self._refused(ValidationError, "at least one role"):
            Users.browse(user.id).role_ids = [Command.clear()]
        clerk = self._user("clerk")
        with self._refused(AccessError, ""):
            self.env["billing.user"].with_user(clerk).search([])
        with self._refused(AccessError, ""):
            self.env["billing.role"].with_user(clerk).create({"name": "x"})

    def test_a_user_is_invited_changed_and_archived(self):
        role = self._create_role("V", "viewer")
        user = self._create_user("lena", role)
        self.assertEqual(user.company_ids, self.company)
        row = self.as_keeper["billing.user"].browse(user.id)
        row.email = "lena@example.com"
        row.action_invite()
        self.assertEqual(user.partner_id.signup_type, "signup")
        with Form(row) as form:
            form.role_ids.remove(role.id)
            form.role_ids.add(self.env.ref("billing_base.role_clerk"))
        self.assertTrue(user.has_group("billing_base.group_billing_invoice"))
        row.active = False
        self.assertFalse(user.active)
        logged = self.env["auditlog.log"].search(
            [("model_model", "=", "res.users"), ("res_id", "=", user.id)]
        )
        self.assertEqual(logged.user_id, self.keeper)
        roles = self.env["auditlog.log"].search(
            [("model_model", "=", "billing.role"), ("res_id", "=", role.id)]
        )
        self.assertEqual(roles.user_id, self.keeper)

    def test_who_may_do_what(self):
        role = self._create_role("Waiver", "viewer", "waive")
        user = self._create_user("olga", role)
        clerk = self._user("clerk")
        rows = self.as_keeper["billing.permission"].search(
            [("user_id", "in", (user | clerk).ids)]
        )
        self.assertEqual(
            rows.filtered(lambda row: row.user_id == user).mapped(
                lambda row: (row.role_id, row.permission_id)
            ),
            [(role, self._group("waive"))],
        )
        direct = rows.filtered(lambda row: row.user_id == clerk)
        self.assertFalse(direct.role_id)
        self.assertIn(self._group("invoice"), direct.permission_id)
        self.assertNotIn(self._group("price"), direct.permission_id)
        unused = self.as_keeper["billing.permission"].search(
            [("user_id", "=", False), ("role_id", "=", role.id)]
        )
        self.assertEqual(unused.permission_id, self._group("waive"))
