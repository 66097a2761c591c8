import io

from openpyxl import load_workbook

from odoo.tests import tagged

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestReport(PostalCase):
    """Letters: 10 at Podgorica invoiced alone, 20 at Budva not yet invoiced."""

    def setUp(self):
        super().setUp()
        self.first = self._letters(10)
        self.second = self._letters(20, cost_centre_id=self.centre_b.id)
        self.first.action_invoice()
        self.env.flush_all()

    def _sums(self, *names):
        rows = self.env["postal.report"]._read_group(
            [("company_id", "=", self.company.id)], names, ["amount:sum"]
        )
        return {row[:-1]: row[-1] for row in rows}

    def test_any_grouping(self):
        self.assertEqual(
            self._sums("document"), {("none",): 12.0, ("individual",): 6.0}
        )
        self.assertEqual(
            self._sums("cost_centre_id", "item_id"),
            {(self.centre_a, self.letter): 6.0, (self.centre_b, self.letter): 12.0},
        )
        self.assertEqual(self._sums("region_id"), {(self.region,): 18.0})
        self.assertEqual(self._sums("category_id"), {(self.letters,): 18.0})

    def test_services_at_any_level_of_the_tree(self):
        found = self.env["postal.report"].search(
            [("item_id", "child_of", self.letters.id)]
        )
        self.assertEqual(sum(found.mapped("amount")), 18.0)

    def test_a_credit_note_takes_back(self):
        segment = self.first.segment_ids
        segment._cancel(self.reason)
        segment.action_complete_cancellation()
        self.env.flush_all()
        sums = self._sums("document")
        self.assertEqual((sums["individual",], sums["credit",]), (6.0, -6.0))
        # entered still, and not invoiced any more
        self.assertEqual(sums["none",], 18.0)

    def test_consolidated_and_pro_forma(self):
        third = self._letters(5, period_id=self.february.id)
        fourth = self._letters(
            5, period_id=self.february.id, cost_centre_id=self.centre_b.id
        )
        (third | fourth).action_invoice()
        self.second.action_make_draft()
        self.env.flush_all()
        self.assertEqual(
            self._sums("document"),
            {("individual",): 6.0, ("consolidated",): 6.0, ("proforma",): 12.0},
        )

    def test_who_has_not_reported(self):
        rows = self.env["postal.completeness"].search(
            [
                ("period_id", "=", self.january.id),
                ("cost_centre_id", "in", (self.centre_a | self.centre_b).ids),
            ]
        )
        self.assertEqual(
            {row.cost_centre_id: row.state for row in rows},
            {self.centre_a: "c_checked", self.centre_b: "b_draft"},
        )

    def test_excel_with_one_click(self):
        content, _kind = self.env["ir.actions.report"]._render_xlsx(
            "postal_billing.universal_xlsx", self.january.ids, {}
        )
        services, partners, centres, invoices, entries = load_workbook(
            io.BytesIO(content)
        ).worksheets
        self.assertEqual(
            [services[f"{column}2"].value for column in "ABDFH"],
            ["Letters", "L1", 30, 18, 18],
        )
        self.assertEqual(partners["E2"].value, 18)
        self.assertEqual(
            {centres[f"B{row}"].value: centres[f"E{row}"].value for row in (2, 3)},
            {"[PG] Podgorica": 6, "[BD] Budva": 12},
        )
        names = {invoices["A2"].value, invoices["A3"].value}
        self.assertIn(self.first.invoice_ids.name, names)
        self.assertEqual(entries.max_row, 4)

    def test_excel_compares_with_the_period_before(self):
        self._letters(15, period_id=self.february.id)
        self.env.flush_all()
        content, _kind = self.env["ir.actions.report"]._render_xlsx(
            "postal_billing.universal_xlsx", self.february.ids, {}
        )
        services = load_workbook(io.BytesIO(content)).worksheets[0]
        self.assertEqual(
            [services[f"{column}2"].value for column in "FGH"], [9, 18, -9]
        )
