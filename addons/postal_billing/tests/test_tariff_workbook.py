"""The workbook of a postal price list has the fields of its services."""

import base64

from odoo.tests import tagged

from odoo.addons.billing_base.sheets import write_file

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestTariffWorkbook(PostalCase):
    def test_a_price_list_comes_back_with_the_kinds_of_its_services(self):
        self.letter.write({"zone": "Inland", "is_extra": True})
        found = self.env["billing.list"]._get_lists()["tariff"]
        tables = found.get_tables(self.env, self.tariff)
        before = {sheet.key: rows for sheet, rows in tables}
        for sheet, rows in tables:
            if sheet.key == "tariff":
                rows[0]["code"] = "POST2"
        content = write_file(tables)
        for expected_new in (True, False):
            wizard = self.env["billing.list.import"].create(
                {
                    "list_code": "tariff",
                    "file": base64.b64encode(content),
                    "file_name": "post.xlsx",
                }
            )
            wizard.action_preview()
            self.assertFalse(wizard.error_count, wizard.line_ids.mapped("text"))
            self.assertEqual(bool(wizard.new_count), expected_new)
            self.assertEqual(wizard.changed_count, 0)
            wizard.action_import()
        copy = self.env["billing.tariff"].search([("code", "=", "POST2")])
        copy.invalidate_recordset()
        after = {sheet.key: rows for sheet, rows in found.get_tables(self.env, copy)}
        self.assertEqual(after, before)
        kinds = {row["code"]: row["service_kind"] for row in after["items"]}
        self.assertEqual((kinds["L1"], kinds["L2"]), ("letter", "registered"))
