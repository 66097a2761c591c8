"""The list of networks comes and goes as a workbook."""

import base64
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.billing_base.sheets import write_file

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestNetworkList(EnergyCase):
    def _import(self, content, code="network"):
        wizard = self.env["billing.list.import"].create(
            {
                "list_code": code,
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

    def _add(self, code, row):
        """Import one new row, then the same again, which changes nothing."""
        ((sheet, rows),) = (
            self.env["billing.list"]._get_lists()[code].get_tables(self.env)
        )
        content = write_file([(sheet, [*rows, row])])
        wizard = self._import(content, code)
        self.assertFalse(wizard.error_count, wizard.line_ids.mapped("text"))
        wizard.action_import()
        self.assertEqual(wizard.new_count, 1)
        again = self._import(content, code)
        self.assertEqual((again.new_count, again.changed_count), (0, 0))

    def test_calorific_values(self):
        self.network.commodity = "gas"
        self._add(
            "gas_factor",
            {
                "network_id": "N",
                "date_start": date(2026, 1, 1),
                "date_end": date(2026, 1, 31),
                "calorific": Decimal("10.55"),
                "factor": Decimal("0.98"),
            },
        )
        found = self.env["energy.gas.factor"].search([])
        self.assertEqual((found.network_id, found.calorific), (self.network, 10.55))

    def test_distribution_rates(self):
        self._add(
            "network_rate",
            {"network_id": "N", "code": "D02d", "name": "Small", "tariff_id": "E"},
        )
        self.assertEqual(self.network.rate_ids.tariff_id, self.energy_tariff)

    def test_excise_certificates(self):
        customer = self.env["res.partner"].create({"name": "Glass Works"})
        self.env["billing.tax.exemption"].create({"code": "E24", "name": "Art. 24"})
        self._add(
            "excise_certificate",
            {
                "name": "EC-7",
                "partner_id": customer.name,
                "commodity": "electricity",
                "ground_id": "E24",
                "percent": Decimal(100),
                "date_start": date(2026, 1, 1),
                "date_end": date(2026, 12, 31),
                "active": True,
            },
        )
        found = self.env["energy.excise.certificate"].search([("name", "=", "EC-7")])
        self.assertEqual((found.partner_id, found.percent), (customer, 100))
