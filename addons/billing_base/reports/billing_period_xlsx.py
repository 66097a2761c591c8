from odoo import models

MONEY = "#,##0.00"
QUANTITY = "#,##0.######"


class BillingPeriodXlsx(models.AbstractModel):
    """A period in Excel: its segments, its charges and its findings."""

    _name = "report.billing_base.period_xlsx"
    _inherit = "report.report_xlsx.abstract"
    _description = "Period in Excel"

    def get_workbook_options(self):
        return {"constant_memory": True, "remove_timezone": True}

    def _prepare_formats(self, workbook):
        return {
            "head": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "date": workbook.add_format({"num_format": "yyyy-mm-dd"}),
            "money": workbook.add_format({"num_format": MONEY}),
            "quantity": workbook.add_format({"num_format": QUANTITY}),
            "price": workbook.add_format({"num_format": "0.00######"}),
            "total": workbook.add_format({"num_format": MONEY, "bold": True, "top": 1}),
            "text": workbook.add_format(),
        }

    def generate_xlsx_report(self, workbook, data, periods):
        formats = self._prepare_formats(workbook)
        segments = self.env["billing.segment"].search(
            [("period_id", "in", periods.ids)], order="agreement_id, date_start"
        )
        self._write_sheet(
            workbook, formats, self.env._("Segments"), *self._segments(segments)
        )
        self._write_sheet(
            workbook, formats, self.env._("Charges"), *self._charges(segments)
        )
        self._write_sheet(
            workbook, formats, self.env._("Findings"), *self._findings(segments)
        )

    def _segments(self, segments):
        """Columns of ``(title, width, format)`` and rows of values."""
        _ = self.env._
        columns = [
            (_("Agreement"), 14, "text"),
            (_("Customer"), 32, "text"),
            (_("From"), 11, "date"),
            (_("To"), 11, "date"),
            (_("State"), 14, "text"),
            (_("Checks"), 14, "text"),
            (_("Quantity"), 14, "quantity"),
            (_("Unit"), 8, "text"),
            (_("Untaxed amount"), 14, "money"),
            (_("Currency"), 9, "text"),
            (_("Invoice"), 18, "text"),
            (_("Finding"), 60, "text"),
        ]
        states = dict(segments._fields["state"]._description_selection(self.env))
        checks = dict(segments._fields["worst_check"]._description_selection(self.env))
        rows = (
            (
                segment.agreement_id.code,
                segment.partner_id.display_name,
                segment.date_start,
                segment.date_end,
                states[segment.state],
                checks[segment.worst_check],
                segment.quantity,
                segment.quantity_uom_id.name,
                segment.amount,
                segment.currency_id.name,
                segment.invoice_id.name,
                segment.finding,
            )
            for segment in segments
        )
        return columns, rows

    def _charges(self, segments):
        _ = self.env._
        columns = [
            (_("Agreement"), 14, "text"),
            (_("Charge"), 40, "text"),
            (_("From"), 11, "date"),
            (_("To"), 11, "date"),
            (_("Quantity"), 14, "quantity"),
            (_("Unit"), 8, "text"),
            (_("Unit price"), 14, "price"),
            (_("Amount"), 14, "money"),
            (_("How it was calculated"), 90, "text"),
        ]
        rows = (
            (
                line.segment_id.agreement_id.code,
                line.item_id.name or line.name,
                line.date_start,
                line.date_end,
                line.quantity,
                line.uom_id.name,
                line.unit_price,
                line.amount,
                line.explanation_text,
            )
            for line in segments.line_ids
        )
        return columns, rows

    def _findings(self, segments):
        _ = self.env._
        columns = [
            (_("Agreement"), 14, "text"),
            (_("Customer"), 32, "text"),
            (_("Check"), 30, "text"),
            (_("Level"), 10, "text"),
            (_("Finding"), 70, "text"),
            (_("What to do"), 50, "text"),
            (_("Waived by"), 20, "text"),
            (_("Reason"), 40, "text"),
        ]
        results = segments.result_ids
        levels = dict(results._fields["level"]._description_selection(self.env))
        rows = (
            (
                result.agreement_id.code,
                result.segment_id.partner_id.display_name,
                result.check_id.name,
                levels[result.level],
                result.message,
                result.remedy,
                result.waived_by_id.name,
                result.waive_note,
            )
            for result in results
        )
        return columns, rows

    def _write_sheet(self, workbook, formats, title, columns, rows):
        """Frozen header, filter, real numbers and dates, totals as formulas."""
        sheet = workbook.add_worksheet(title)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for index, (name, width, _style) in enumerate(columns):
            sheet.set_column(index, index, width)
            sheet.write_string(0, index, name, formats["head"])
        number = 0
        for number, row in enumerate(rows, start=1):
            for index, (value, column) in enumerate(zip(row, columns, strict=True)):
                self._write_cell(sheet, number, index, value, column[2], formats)
        if not number:
            return
        sheet.autofilter(0, 0, number, len(columns) - 1)
        for index, column in enumerate(columns):
            if column[2] == "money":
                letter = chr(ord("A") + index)
                sheet.write_formula(
                    number + 1,
                    index,
                    f"=SUBTOTAL(9,{letter}2:{letter}{number + 1})",
                    formats["total"],
                )

    def _write_cell(self, sheet, row, column, value, style, formats):
        if value is False or value is None:
            sheet.write_blank(row, column, None, formats[style])
        elif style == "date":
            sheet.write_datetime(row, column, value, formats[style])
        elif style == "text":
            # as a text even where it looks like a formula
            sheet.write_string(row, column, str(value), formats[style])
        else:
            sheet.write_number(row, column, value, formats[style])
