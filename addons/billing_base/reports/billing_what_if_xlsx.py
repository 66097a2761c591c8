from odoo import models
from odoo.tools import SQL


class BillingWhatIfXlsx(models.AbstractModel):
    """A what-if calculation in Excel: totals, charges, customers, agreements."""

    _name = "report.billing_base.what_if_xlsx"
    _inherit = "report.billing_base.period_xlsx"
    _description = "What If in Excel"

    def generate_xlsx_report(self, workbook, data, what_ifs):
        what_ifs.check_access("read")
        formats = self._prepare_formats(workbook)
        for title, section in (
            (self.env._("Totals"), self._totals),
            (self.env._("Charges"), self._what_if_charges),
            (self.env._("Customers"), self._customers),
            (self.env._("Agreements"), self._agreements),
        ):
            self._write_sheet(workbook, formats, title, *section(what_ifs))

    def _amounts(self):
        _ = self.env._
        return [
            (_("Billed"), 16, "money"),
            (_("With these prices"), 16, "money"),
            (_("Difference"), 16, "money"),
        ]

    def _totals(self, what_ifs):
        """Columns of ``(title, width, format)`` and rows of values."""
        _ = self.env._
        columns = [
            (_("Calculation"), 40, "text"),
            (_("Period"), 20, "text"),
            (_("Compared"), 12, "quantity"),
            (_("Not comparable"), 12, "quantity"),
            *self._amounts(),
            (_("Difference %"), 12, "quantity"),
            (_("Currency"), 9, "text"),
        ]
        rows = (
            (
                what_if.name,
                what_if.period_id.display_name,
                what_if.line_count,
                what_if.problem_count,
                what_if.amount,
                what_if.new_amount,
                what_if.difference,
                what_if.percent,
                what_if.currency_id.name,
            )
            for what_if in what_ifs
        )
        return columns, rows

    def _what_if_charges(self, what_ifs):
        _ = self.env._
        columns = [
            (_("Code"), 18, "text"),
            (_("Charge"), 40, "text"),
            *self._amounts(),
        ]
        rows = (
            (
                charge.code,
                charge.item_id.name,
                charge.amount,
                charge.new_amount,
                charge.difference,
            )
            for charge in what_ifs.charge_ids
        )
        return columns, rows

    def _customers(self, what_ifs):
        columns = [(self.env._("Customer"), 40, "text"), *self._amounts()]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT p.complete_name, sum(l.amount), sum(l.new_amount),
                       sum(l.difference)
                  FROM billing_what_if_line l
             LEFT JOIN res_partner p ON p.id = l.partner_id
                 WHERE l.what_if_id = ANY(%s) AND l.problem IS NULL
              GROUP BY l.partner_id, p.complete_name
              ORDER BY abs(sum(l.difference)) DESC, l.partner_id
                """,
                what_ifs.ids,
            )
        )
        return columns, rows

    def _agreements(self, what_ifs):
        _ = self.env._
        columns = [
            (_("Agreement"), 16, "text"),
            (_("Customer"), 40, "text"),
            *self._amounts(),
            (_("Difference %"), 12, "quantity"),
            (_("Not comparable"), 60, "text"),
        ]
        rows = self.env.execute_query(
            SQL(
                """
                SELECT a.code, p.complete_name, l.amount, l.new_amount,
                       l.difference, l.percent, l.problem
                  FROM billing_what_if_line l
                  JOIN billing_agreement a ON a.id = l.agreement_id
             LEFT JOIN res_partner p ON p.id = l.partner_id
                 WHERE l.what_if_id = ANY(%s)
              ORDER BY l.impact DESC NULLS LAST, l.id
                """,
                what_ifs.ids,
            )
        )
        return columns, rows
