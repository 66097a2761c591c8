"""The list of networks comes and goes as a workbook."""

import base64

from odoo.tests import tagged

from odoo.addons.billing_base.sheets import write_file

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestNetworkList(EnergyCase):
    def _import(self, content):
        wizard = self.env["billing.list.import"].create(
            {
                "list_code": "network",
                "file": base64.b64encode(content),
                "file_name": "networks.xlsx",
            }
        )
        wizard.action_preview()
        return wizard

    def test_networks_are_added_and_changed_by_code(self):
        found = self.env["billing.list"]._get_lists()["network"]
        ((sheet, rows),) = found.get_tables(self.env)
        self.assertIn("North", [row["name"] for row in rows])
        before = len(rows)
        distributor = self.env["res.partner"].create({"name": "Distributor of South"})
        rows[0]["due_days"] = 12
        rows.append(
            {
                **rows[0],
                "code": "SOUTH",
                "name": "South",
                "partner_id": distributor.name,
                "code_scheme": "any",
                "code_pattern": None,
            }
        )
        content = write_file([(sheet, rows)])
        wizard = self._import(content)
        self.assertFalse(wizard.error_count, wizard.line_ids.mapped("text"))
        wizard.action_import()
        self.assertEqual((wizard.new_count, wizard.changed_count), (1, 1))
        south = self.env["energy.network"].search([("code", "=", "SOUTH")])
        self.assertEqual(south.partner_id, distributor)
        self.assertEqual((south.company_id, south.due_days), (self.company, 12))
        again = self._import(content)
        self.assertEqual(again.unchanged_count, before + 1)

    def test_an_unknown_distributor_is_told(self):
        found = self.env["billing.list"]._get_lists()["network"]
        ((sheet, rows),) = found.get_tables(self.env)
        rows[0]["partner_id"] = "Nobody of this name"
        wizard = self._import(write_file([(sheet, rows)]))
        self.assertEqual(wizard.error_count, 1)
        self.assertIn("Nobody of this name", wizard.line_ids[0].text)
