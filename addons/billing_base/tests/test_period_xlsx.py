import io

from openpyxl import load_workbook

from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestPeriodXlsx(BillingCase):
    def _workbook(self):
        content, kind = self.env["ir.actions.report"]._render_xlsx(
            "billing_base.period_xlsx", self.january.ids, {}
        )
        self.assertEqual(kind, "xlsx")
        return load_workbook(io.BytesIO(content))

    def test_real_numbers_dates_and_totals(self):
        self._invoice(self._generate())
        book = self._workbook()
        segments, charges, _findings = book.worksheets
        self.assertEqual(segments["I2"].value, 130.81)
        self.assertEqual(str(segments["C2"].value.date()), "2026-01-01")
        self.assertEqual(segments["I3"].value, "=SUBTOTAL(9,I2:I2)")
        self.assertEqual(segments.freeze_panes, "B2")
        amounts = [charges[f"H{row}"].value for row in (2, 3, 4)]
        self.assertEqual(amounts, [48.39, 77.42, 5])

    def test_a_name_like_a_formula_stays_a_text(self):
        self.agreement.partner_id.name = "=1+1"
        self._generate()
        cell = self._workbook().worksheets[0]["B2"]
        self.assertEqual((cell.value, cell.data_type), ("=1+1", "s"))

    def test_findings_say_what_to_do(self):
        self.fee_item.price_ids.unlink()
        self._generate()
        findings = self._workbook().worksheets[2]
        self.assertIn("no price", findings["E2"].value)
        self.assertIn("Enter the price", findings["F2"].value)
