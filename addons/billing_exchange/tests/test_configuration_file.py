"""An exchange profile travels with its columns, but never sends by itself."""

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.billing_base.tests.test_configuration_file import ConfigurationCase


@tagged("post_install", "-at_install")
class TestExchangeProfileFile(ConfigurationCase):
    def test_a_profile_travels_without_where_and_when(self):
        account = self.company_data["default_account_revenue"]
        profile = self.env["billing.exchange.profile"].create(
            {
                "name": "Warehouse",
                "code": "WH",
                "model_id": self.env["ir.model"]._get("billing.agreement").id,
                "domain": "[('active', '=', True)]",
                "schedule": "daily",
                "next_date": "2026-02-01",
                "delimiter": ",",
                "folder": "out",
                "column_ids": [
                    Command.create({"name": "Code", "path": "code", "sequence": 1}),
                    Command.create(
                        {"name": "Customer", "path": "partner_id.ref", "sequence": 2}
                    ),
                ],
                "code_ids": [
                    Command.create(
                        {"kind": "account", "account_id": account.id, "code": "601"}
                    )
                ],
            }
        )
        content = self._export(profile)
        profile.unlink()
        self._import(content)
        profile = self.env["billing.exchange.profile"].search([("code", "=", "WH")])
        self.assertEqual(profile.column_ids.mapped("path"), ["code", "partner_id.ref"])
        self.assertEqual(profile.code_ids.account_id, account)
        self.assertEqual((profile.schedule, profile.delimiter), ("never", ","))
        self.assertFalse(profile.folder)
        self.assertEqual(profile.user_id, self.env.user)

        # the other company has no account of this code
        text = self._get_refusal(content, env=self.other_env)
        self.assertIn("There is no Account", text)
        self.assertIn(account.code, text)
