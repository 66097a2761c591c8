import io

from openpyxl import load_workbook

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

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

    def _wizard(self, **values):
        return self.env["postal.report.wizard"].create(
            {"period_ids": [Command.set(self.january.ids)], **values}
        )

    def _cells(self, wizard):
        content, _kind = self.env["ir.actions.report"]._render_xlsx(
            "postal_billing.report_xlsx", wizard.ids, {}
        )
        (sheet,) = load_workbook(io.BytesIO(content)).worksheets
        # the last row holds the totals
        return list(sheet.iter_rows(values_only=True))[:-1]

    def test_any_selection_and_grouping_in_excel(self):
        head, *rows = self._cells(self._wizard(group_1="cost_centre_id"))
        self.assertEqual(head[0], "Cost centre")
        self.assertEqual(
            {row[0]: row[1:] for row in rows},
            {"[PG] Podgorica": (10, 0, 6), "[BD] Budva": (20, 0, 12)},
        )
        for values, total in (
            ({"cost_centre_ids": [Command.set(self.centre_a.ids)]}, 6),
            ({"is_individual": True}, 6),
            ({"is_none": True}, 12),
            ({"is_individual": True, "is_none": True}, 18),
            ({"is_payout": True}, None),
            ({"item_ids": [Command.set(self.letters.ids)]}, 18),
            ({"item_ids": [Command.set(self.registered.ids)]}, None),
            ({"partner_ids": [Command.set(self.bank.ids)]}, 18),
            ({"region_ids": [Command.set(self.region.ids)]}, 18),
        ):
            with self.subTest(values):
                rows = self._cells(self._wizard(**values))[1:]
                self.assertEqual([row[3] for row in rows], [total] if total else [])
        rows = self._cells(
            self._wizard(group_1="main_category_id", group_2="item_id", group_3="kind")
        )
        self.assertEqual(
            rows[1],
            ("L Letters", "L1 Letter", "On-account services", 30, 0, 18),
        )

    def test_compared_with_earlier_periods(self):
        self._letters(15, period_id=self.february.id)
        wizard = self._wizard(
            period_ids=[Command.set(self.february.ids)],
            compare_ids=[Command.set(self.january.ids)],
            group_1="item_id",
        )
        (row,) = self._cells(wizard)[1:]
        self.assertEqual(row, ("L1 Letter", 15, 0, 9, 18, -9, -50))
        wizard.group_2 = "period_id"
        with self.assertRaisesRegex(UserError, "Grouped by period"):
            wizard.action_excel()

    def test_the_period_before_is_offered(self):
        with Form(self.env["postal.report.wizard"]) as form:
            form.period_ids.clear()
            form.period_ids.add(self.february)
        self.assertEqual(form.record.compare_ids, self.january)

    def test_shown_with_the_same_selection(self):
        wizard = self._wizard(
            cost_centre_ids=[Command.set(self.centre_b.ids)], group_2="item_id"
        )
        action = wizard.action_show()
        found = self.env["postal.report"].search(action["domain"])
        self.assertEqual(sum(found.mapped("amount")), 12)
        self.assertEqual(
            action["context"]["pivot_row_groupby"], ["partner_id", "item_id"]
        )

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
