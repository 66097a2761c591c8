"""Settings travel as a file: the same there, nothing half done, never a stranger's."""

import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCase

PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    b"YPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class ConfigurationCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("cs_CZ")
        cls.other = cls.env["res.company"].create(
            {"name": "Other", "currency_id": cls.company.currency_id.id}
        )
        cls.env.user.company_ids |= cls.other
        cls.other_env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.other.ids}
        )

    def _export(self, *records, env=None):
        """The file of some records."""
        env = env or self.env
        wizard = env["billing.configuration.export"].create({})
        wizard.line_ids.is_taken = False
        kinds = {
            found.model: kind
            for kind, found in env["billing.configuration"]._get_travelling().items()
        }
        for record in records:
            line = wizard.line_ids.filtered(
                lambda line, record=record: (
                    line.kind == kinds[record._name] and line.record_number == record.id
                )
            )
            self.assertEqual(len(line), 1, record)
            line.is_taken = True
        return wizard._make_file()

    def _preview(self, content, env=None):
        wizard = (env or self.env)["billing.configuration.import"].create(
            {"file": base64.b64encode(content), "file_name": "settings.json"}
        )
        wizard.action_preview()
        return wizard

    def _import(self, content, env=None):
        """Preview and import, and again: the second time nothing differs."""
        wizard = self._preview(content, env)
        self.assertFalse(wizard.refused_count, wizard.line_ids.mapped("text"))
        wizard.action_import()
        self.assertEqual(wizard.state, "done")
        again = self._preview(content, env)
        states = set(again.line_ids.mapped("state"))
        self.assertEqual(states, {"same"}, again.line_ids.mapped("text"))
        return wizard

    def _edit(self, content, change):
        """The file with its one record changed by ``change(record)``."""
        document = json.loads(content)
        (record,) = document["records"]
        change(record)
        return json.dumps(document).encode()

    def _get_refusal(self, content, env=None):
        """What the one refused record says."""
        wizard = self._preview(content, env)
        line = wizard.line_ids.filtered(lambda line: line.state == "refused")
        self.assertEqual(len(line), 1, wizard.line_ids.mapped("text"))
        with self.assertRaises(UserError), self.cr.savepoint():
            wizard.action_import()
        return line.text


@tagged("post_install", "-at_install")
class TestConfigurationFile(ConfigurationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.category = cls.env["billing.customer.category"].create(
            {"name": "Households", "code": "HH"}
        )
        cls.check = cls.env["billing.check"].create(
            {
                "name": "Large bills",
                "code": "own_large",
                "domain": "[('amount', '>', 1000)]",
                "message": "More than usual",
                "level": "warning",
                "limit": 0.1,
                "company_id": cls.company.id,
                "active": True,
                "limit_ids": [
                    Command.create({"category_id": cls.category.id, "limit": 2.5}),
                    Command.create({"company_id": cls.company.id, "level": "error"}),
                ],
            }
        )
        cls.check.with_context(lang="cs_CZ").name = "Velké účty"
        segment = cls.env["ir.model"]._get("billing.segment")
        fields = cls.env["ir.model.fields"]
        cls.report = cls.env["billing.report"].create(
            {
                "name": "Segments of the month",
                "company_id": cls.company.id,
                "model_id": segment.id,
                "date_field_id": fields._get("billing.segment", "date_start").id,
                "span": "month",
                "column_ids": [
                    Command.create(
                        {
                            "field_id": fields._get("billing.segment", name).id,
                            "name": title,
                        }
                    )
                    for name, title in (("date_end", "Until"), ("quantity", False))
                ],
            }
        )
        column = cls.report.column_ids[0]
        column.with_context(lang="cs_CZ").name = "Do"

    def test_after_deleting_everything_is_as_it_was(self):
        content = self._export(self.check, self.report)
        self.check.unlink()
        self.report.unlink()
        wizard = self._import(content)
        self.assertEqual((wizard.new_count, wizard.changed_count), (2, 0))
        check = self.env["billing.check"].search([("code", "=", "own_large")])
        self.assertEqual(check.company_id, self.company)
        self.assertEqual(check.with_context(lang="cs_CZ").name, "Velké účty")
        self.assertEqual(check.limit_ids.category_id, self.category)
        self.assertEqual(sorted(check.limit_ids.mapped("limit")), [0.0, 2.5])
        report = self.env["billing.report"].search(
            [("name", "=", "Segments of the month")]
        )
        titles = report.with_context(lang="cs_CZ").column_ids.mapped("name")
        self.assertEqual(titles, ["Do", False])
        self.assertEqual(report.user_id, self.env.user)
        self.assertEqual(self._export(check, report), content)

    def test_from_one_company_to_another(self):
        profile = self.env["billing.profile"].create(
            {
                "name": "Business",
                "grouping": "partner",
                "line_detail": "charge",
                "tax_date_shift": 3,
            }
        )
        self.company.write(
            {
                "logo": PIXEL,
                "primary_color": "#123456",
                "report_footer": "<p>Bank <b>1234</b></p>",
            }
        )
        self._import(
            self._export(profile, self.report, self.company), env=self.other_env
        )
        there = self.env["billing.profile"].search(
            [("name", "=", "Business"), ("company_id", "=", self.other.id)]
        )
        self.assertEqual(
            (there.grouping, there.line_detail, there.tax_date_shift),
            ("partner", "charge", 3),
        )
        self.assertEqual(self.other.primary_color, "#123456")
        self.assertIn("<b>1234</b>", self.other.report_footer)
        self.assertEqual(self.other.logo, self.company.logo)
        report = self.env["billing.report"].search(
            [("name", "=", self.report.name), ("company_id", "=", self.other.id)]
        )
        self.assertEqual(len(report.column_ids), 2)
        self.assertEqual(
            self._export(there, report, self.other, env=self.other_env),
            self._export(profile, self.report, self.company),
        )

    def test_roles_travel_by_the_names_of_their_permissions(self):
        viewer = self.env.ref("billing_base.group_billing_viewer")
        export = self.env.ref("billing_base.group_billing_export")
        role = self.env["billing.role"].create(
            {"name": "Reader", "permission_ids": [Command.set((viewer + export).ids)]}
        )
        content = self._export(role)
        role.permission_ids = viewer
        self._import(content)
        self.assertEqual(role.permission_ids, viewer + export)
        strange = self._edit(
            content,
            lambda record: record["values"]["permission_ids"].append(
                {"external_id": "base.group_system"}
            ),
        )
        self.assertIn("no permission of billing", self._get_refusal(strange))

    def test_what_differs_is_shown_and_nothing_else_is_changed(self):
        content = self._export(self.check)
        self.check.write({"limit": 5, "remedy": "Ask", "sequence": 77})
        self.check.limit_ids[0].unlink()
        stranger = self.env["billing.check.limit"].create(
            {"check_id": self.check.id, "company_id": self.other.id, "limit": 9}
        )
        content = self._edit(content, lambda record: record["values"].pop("sequence"))
        wizard = self._preview(content)
        text = wizard.line_ids.text
        self.assertEqual(wizard.line_ids.state, "changed")
        self.assertIn("Limit: 5.0 → 0.1", text)
        self.assertIn("Remedy: Ask → –", text)
        self.assertIn("Exceptions: 0 removed, 1 added", text)
        self.assertEqual(self.check.limit, 5, "a preview writes nothing")
        self._import(content)
        self.assertEqual((self.check.limit, self.check.sequence), (0.1, 77))
        self.assertTrue(stranger.exists(), "another company's exception stays")
        self.assertEqual(len(self.check.limit_ids), 3)

    def test_a_missing_reference_is_told_with_its_place_and_nothing_is_done(self):
        content = self._export(self.check, self.report)
        self.check.unlink()
        self.category.code = "OTHER"
        text = self._get_refusal(content)
        self.assertIn("Exceptions", text)
        self.assertIn("There is no Customer Category HH here. Enter it first.", text)
        self.assertFalse(self.env["billing.check"].search([("code", "=", "own_large")]))

    def test_values_that_do_not_fit_are_get_refusal(self):
        content = self._export(self.check)
        for name, value, words in (
            ("level", "fatal", "no value of this field"),
            ("limit", "much", "no value of this field"),
            ("limit", True, "no value of this field"),
            ("name", {"cs_CZ": "x"}, "no value of this field"),
            ("company_id", {"id": 1}, "no value of this field"),
            ("limit_ids", "none", "no value of this field"),
            ("limit_ids", ["none"], "no value of this field"),
            ("create_uid", 2, "no field “create_uid”"),
            ("domain", "[('no_field', '=', 1)]", "cannot be read"),
        ):
            with self.subTest(name=name, value=value):
                changed = self._edit(
                    content,
                    lambda record, n=name, v=value: record["values"].update({n: v}),
                )
                self.assertIn(words, self._get_refusal(changed))

    def test_what_no_addon_knows_names_the_addon(self):
        content = self._export(self.check)

        def unknown(record):
            record.update(kind="postage", addon="postal_future")

        self.assertIn("postal_future", self._get_refusal(self._edit(content, unknown)))

        def built_in(record):
            record["key"]["code"] = "future"
            record["values"]["scope"] = "check"

        text = self._get_refusal(self._edit(content, built_in))
        self.assertIn("built into add-on billing_base", text)

    def test_a_broken_file_is_get_refusal(self):
        content = self._export(self.check)
        for broken, words in (
            (content[: len(content) // 2], "Line"),
            (b"PK\x03\x04\xff", "UTF-8"),
            (b"{}", "no file of settings"),
        ):
            with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
                self._preview(broken)

    def test_the_key_of_another_company_is_not_taken(self):
        content = self._export(self.check)
        text = self._get_refusal(content, env=self.other_env)
        self.assertIn("Another company has one", text)
        self.assertEqual(self.check.company_id, self.company)

    def test_another_companys_settings_are_not_exported(self):
        wizard = self.other_env["billing.configuration.export"].create({})
        for record in (self.check, self.report, self.profile):
            self.assertNotIn(record.name, wizard.line_ids.mapped("name"))
        line = wizard.line_ids.filtered(lambda line: line.kind == "check")[:1]
        line.record_number = self.check.id
        wizard.line_ids.is_taken = False
        line.is_taken = True
        self.assertNotIn(b"own_large", wizard._make_file())

    def test_everything_at_once_comes_back_unchanged(self):
        wizard = self.env["billing.configuration.export"].create({})
        content = wizard._make_file()
        self.assertNotRegex(content.decode(), r'"id": \d')
        again = self._preview(content)
        self.assertEqual(
            again.same_count, len(again.line_ids), again.line_ids.mapped("text")
        )
        action = wizard.action_export()
        self.assertIn(str(wizard.id), action["url"])
        self.assertEqual(base64.b64decode(wizard.file), content)
        wizard.action_take_none()
        with self.assertRaises(UserError):
            wizard.action_export()

    def test_only_administrators_of_billing_travel(self):
        content = self._export(self.check)
        manager = self._user("manager")
        for model in ("billing.configuration.export", "billing.configuration.import"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(manager).create({})
        configuration = self.env["billing.configuration"].with_user(manager)
        with self.assertRaises(AccessError):
            configuration._plan([])
        admin = self._user("admin")
        self.check.limit = 7
        env = self.env(user=admin)
        wizard = self._import(content, env=env)
        self.assertEqual(wizard.changed_count, 1)
        self.assertEqual(self.check.limit, 0.1)
        self.company.primary_color = "#000001"
        layout = self._export(self.company, env=env)
        self.company.primary_color = "#000002"
        self._import(layout, env=env)
        self.assertEqual(self.company.primary_color, "#000001")
