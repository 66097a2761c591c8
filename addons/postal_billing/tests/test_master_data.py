"""Master data come and go as a workbook; the second time changes nothing."""

import base64
from datetime import date
from decimal import Decimal

from odoo.tests import tagged

from odoo.addons.billing_base.sheets import write_file

from .common import PostalCase

IBAN = "ME25505000012345678951"

ROWS = {
    "kinds": [{"code": "court", "name": "Court"}],
    "regions": [{"code": "N", "name": "North"}],
    "centres": [{"code": "BP", "name": "Bijelo Polje", "region": "N"}],
    "cities": [{"country": "ME", "zip": "84000", "name": "Bijelo Polje"}],
    "partners": [
        {
            "ref": "COURT",
            "name": "Basic Court",
            "kinds": ("court", "state"),
            "street": "Slobode 1",
            "zip": "84000",
            "country": "ME",
            "terms": "8 days",
            "account": "20001",
            "profile": "Standard",
        }
    ],
    "banks": [{"partner": "COURT", "iban": "ME25 5050 0001 2345 6789 51"}],
    "contracts": [
        {
            "number": "U-1/26",
            "partner": "COURT",
            "name": "Letters of the court",
            "start": date(2026, 1, 1),
            "end": date(2026, 12, 31),
            "discount": Decimal("7.5"),
            "terms": "8 days",
            "ceiling": Decimal(100),
        }
    ],
    "services": [{"contract": "U-1/26", "type": "on_account", "tariff": "POST"}],
}


@tagged("post_install", "-at_install")
class TestMasterData(PostalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.terms = cls.env["account.payment.term"].create({"name": "8 days"})
        cls.terms.line_ids.nb_days = 8
        cls.list = cls.env["billing.list"]._get_lists()["postal_master"]

    def _import(self, rows, user=None):
        sheets = self.list.get_sheets(self.env)
        content = write_file([(sheet, rows.get(sheet.key, ())) for sheet in sheets])
        return self._import_file(content, user)

    def _import_file(self, content, user=None):
        wizard = (
            self.env["billing.list.import"]
            .with_user(user or self.env.user)
            .create(
                {
                    "list_code": "postal_master",
                    "file": base64.b64encode(content),
                    "file_name": "master.xlsx",
                }
            )
        )
        wizard.action_preview()
        if not wizard.error_count:
            wizard.action_import()
        return wizard

    def _findings(self, **changes):
        """Findings of the rows, of which one of each sheet is changed."""
        rows = {key: [dict(row) for row in found] for key, found in ROWS.items()}
        for key, values in changes.items():
            rows[key][0].update(values)
        wizard = self._import(rows)
        self.assertTrue(wizard.error_count)
        self.assertFalse(self.env["res.partner"].search([("ref", "=", "COURT")]))
        errors = wizard.line_ids.filtered(lambda line: line.kind == "error")
        return [(line.place, line.text) for line in errors]

    def test_everything_is_made(self):
        wizard = self._import(ROWS)
        self.assertFalse(wizard.error_count, wizard.line_ids.mapped("text"))
        self.assertEqual(wizard.new_count, 8)
        court = self.env["res.partner"].search([("ref", "=", "COURT")])
        self.assertEqual(set(court.postal_kind_ids.mapped("code")), {"court", "state"})
        self.assertEqual((court.city, court.city_id.zipcode), ("Bijelo Polje", "84000"))
        self.assertEqual(court.bank_ids.acc_type, "iban")
        self.assertEqual(court.bank_ids.sanitized_acc_number, IBAN)
        centre = self.env["account.analytic.account"].search([("code", "=", "BP")])
        self.assertTrue(centre.is_cost_centre)
        self.assertEqual(centre.postal_region_id.code, "N")
        agreement = court.billing_account_ids.agreement_ids
        self.assertEqual(agreement.account_id.code, "20001")
        self.assertEqual(agreement.date_end, date(2026, 12, 31))
        self.assertEqual(agreement.term_ids.tariff_id, self.tariff)
        # 10 letters at 0.60, 7.5 % off, due after 8 days
        letters = self._letters(partner_id=court.id)
        self.assertEqual(letters.amount, 5.55)
        letters.action_invoice()
        self.assertEqual(letters.invoice_ids.invoice_date_due, date(2026, 2, 8))

    def test_a_second_time_changes_nothing(self):
        self._import(ROWS)
        again = self._import(ROWS)
        self.assertEqual(
            (again.new_count, again.changed_count, again.error_count), (0, 0, 0)
        )
        self.assertEqual(again.unchanged_count, 8)

    def test_what_is_exported_comes_back_unchanged(self):
        self._import(ROWS)
        before = self.list.get_tables(self.env)
        wizard = self._import_file(write_file(before))
        self.assertFalse(wizard.error_count, wizard.line_ids.mapped("text"))
        self.assertFalse(wizard.new_count, wizard.line_ids.mapped("text"))
        self.assertFalse(wizard.changed_count, wizard.line_ids.mapped("text"))
        after = self.list.get_tables(self.env)
        self.assertEqual([rows for _s, rows in after], [rows for _s, rows in before])

    def test_a_changed_contract_is_changed_and_no_other(self):
        self._import(ROWS)
        rows = dict(ROWS)
        rows["contracts"] = [
            {
                **ROWS["contracts"][0],
                "end": date(2027, 6, 30),
                "discount": Decimal(10),
                "ceiling": None,
            }
        ]
        wizard = self._import(rows)
        self.assertEqual((wizard.new_count, wizard.changed_count), (0, 1))
        self.assertIn("Discount % 7.5 → 10", wizard.line_ids.text)
        contract = self.env["contract.contract"].search([("code", "=", "U-1/26")])
        self.assertEqual(contract.ceiling, 0)
        self.assertEqual(contract.agreement_ids.date_end, date(2027, 6, 30))
        discount = self.env["billing.discount"].search(
            [("contract_id", "=", contract.id)]
        )
        self.assertEqual(discount.percent, 10)

    def test_errors_name_row_and_column(self):
        wrong = IBAN.replace("51", "52")
        self.assertEqual(
            [place for place, _text in self._findings(banks={"iban": wrong})],
            ["Bank Accounts!B2 (IBAN)"],
        )
        ((place, text),) = self._findings(partners={"kinds": ("circus",)})
        self.assertEqual(place, "Partners!C2 (Kinds)")
        self.assertIn("circus", text)
        ((place, text),) = self._findings(contracts={"end": date(2025, 1, 1)})
        self.assertEqual(place, "Contracts!E2 (To)")
        ((place, _text),) = self._findings(services={"tariff": "NONE"})
        self.assertEqual(place, "Services of Contracts!C2 (Price List)")
        ((place, _text),) = self._findings(centres={"region": "X"})
        self.assertEqual(place, "Cost Centres!C2 (Region)")

    def test_a_contract_needs_services_and_an_account(self):
        found = self._findings(
            contracts={"number": "U-2/26"}, services={"contract": "U-1/26"}
        )
        self.assertIn("Contracts!A2 (Number)", [place for place, _text in found])
        ((place, text),) = self._findings(partners={"account": None, "profile": None})
        self.assertEqual(place, "Contracts!B2 (Partner)")
        self.assertIn("no billing account", text)

    def test_the_manager_imports(self):
        manager = self._user("manager")
        manager.group_ids |= self.env.ref("base.group_partner_manager")
        wizard = self._import(ROWS, user=manager)
        self.assertEqual(wizard.state, "done", wizard.line_ids.mapped("text"))

    def test_beyond_the_ceiling_nothing_is_invoiced_but_when_waived(self):
        """100 may be billed; 90 letters of 0.60 with 7.5 % off are 49.95 each time."""
        self._import(ROWS)
        court = self.env["res.partner"].search([("ref", "=", "COURT")])
        contract = court.billing_account_ids.agreement_ids.contract_id
        for centre in (self.centre_a, self.centre_b):
            self._letters(
                90, partner_id=court.id, cost_centre_id=centre.id
            ).action_invoice()
        self.assertEqual((contract.ceiling_used, contract.ceiling_left), (99.9, 0.1))
        more = self._letters(1, partner_id=court.id, period_id=self.february.id)
        more.action_check()
        segment = more._make_segments()
        self.assertEqual(segment.state, "error")
        self.assertIn("its ceiling is 100.00", segment.finding)
        contract.ceiling = 200
        self.env["billing.check"]._run(segment)
        self.assertEqual(segment.state, "ready")
