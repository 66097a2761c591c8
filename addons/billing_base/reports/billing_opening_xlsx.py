from odoo import models


class BillingOpeningXlsx(models.AbstractModel):
    """The proof of opening balances in Excel: totals, rows with their entries."""

    _name = "report.billing_base.opening_xlsx"
    _inherit = "report.billing_base.period_xlsx"
    _description = "Proof of Opening Balances in Excel"

    def generate_xlsx_report(self, workbook, data, openings):
        formats = self._prepare_formats(workbook)
        for title, section in (
            (self.env._("Proof"), self._proof),
            (self.env._("Rows"), self._rows),
        ):
            self._write_sheet(workbook, formats, title, *section(openings))

    def _proof(self, openings):
        """Columns of ``(title, width, format)`` and rows of values."""
        _ = self.env._
        columns = [
            (_("Import"), 24, "text"),
            (_("Kind"), 20, "text"),
            (_("Rows in the old system"), 12, "quantity"),
            (_("Rows in the file"), 12, "quantity"),
            (_("Rows imported"), 12, "quantity"),
            (_("Difference in rows"), 12, "quantity"),
            (_("Old ledger"), 16, "money"),
            (_("File"), 16, "money"),
            (_("This ledger"), 16, "money"),
            (_("Difference"), 16, "money"),
        ]
        kinds = dict(openings._selection_kind())
        rows = (
            (
                total.opening_id.name,
                kinds[total.kind],
                total.control_count,
                total.file_count,
                total.done_count,
                total.count_difference,
                total.control_amount,
                total.file_amount,
                total.done_amount,
                total.difference,
            )
            for total in openings.total_ids
        )
        return columns, rows

    def _rows(self, openings):
        _ = self.env._
        columns = [
            (_("Kind"), 20, "text"),
            (_("Sheet"), 18, "text"),
            (_("Row"), 8, "quantity"),
            (_("Customer"), 36, "text"),
            (_("Agreement"), 18, "text"),
            (_("Number"), 18, "text"),
            (_("Date"), 11, "date"),
            (_("Due"), 11, "date"),
            (_("Amount"), 16, "money"),
            (_("Value"), 14, "quantity"),
            (_("Entry"), 20, "text"),
            (_("State"), 14, "text"),
        ]
        kinds = dict(openings._selection_kind())
        lines = openings.line_ids
        states = dict(lines._fields["state"]._description_selection(self.env))
        rows = (
            (
                kinds[line.kind],
                line.sheet,
                line.row,
                line.partner_id.display_name,
                line.agreement_id.code,
                line.number,
                line.date,
                line.date_due,
                line.amount,
                line.value,
                line.move_line_id.move_id.name,
                states[line.state],
            )
            for line in lines
        )
        return columns, rows
