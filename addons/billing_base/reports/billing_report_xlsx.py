from odoo import models


class BillingReportXlsx(models.AbstractModel):
    """Reports in Excel: the rows, and the totals by what the report groups."""

    _name = "report.billing_base.report_xlsx"
    _inherit = "report.billing_base.period_xlsx"
    _description = "Report in Excel"

    STYLES = {
        "monetary": (16, "money"),
        "float": (14, "quantity"),
        "integer": (10, "quantity"),
        "date": (11, "date"),
        "datetime": (11, "date"),
    }

    def generate_xlsx_report(self, workbook, data, reports):
        formats = self._prepare_formats(workbook)
        for report in reports:
            self._write_sheet(
                workbook, formats, self._title(workbook, report), *self._rows(report)
            )
            if report.sudo().group_field_id:
                self._write_sheet(
                    workbook,
                    formats,
                    self._title(workbook, report, self.env._("Totals")),
                    *self._totals(report),
                )

    def _title(self, workbook, report, prefix=""):
        """A name Excel takes for a sheet: short, without its own signs, not used."""
        text = f"{prefix} {report.name}".strip()
        text = "".join(" " if sign in "[]:*?/\\'" else sign for sign in text)[:28]
        taken = {sheet.get_name().lower() for sheet in workbook.worksheets()}
        title, number = text, 1
        while title.lower() in taken:
            number += 1
            title = f"{text} {number}"
        return title

    def _column(self, model, name, title):
        field = model._fields[name]
        width, style = self.STYLES.get(field.type, (28, "text"))
        return title, width, style

    def _rows(self, report):
        model = report._get_model()
        names = report._get_columns()
        columns = [self._column(model, name, title) for name, title in names]
        labels = self._labels(model, [name for name, _title in names])
        readers = [self._reader(model, name, labels) for name, _title in names]
        return columns, (
            [
                reader(value) if reader else value
                for reader, value in zip(readers, row, strict=True)
            ]
            for row in report._iter_rows()
        )

    def _labels(self, model, names):
        return {
            name: dict(model._fields[name]._description_selection(self.env))
            for name in names
            if model._fields[name].type == "selection"
        }

    def _reader(self, model, name, labels):
        """What makes the text of a column from its value; None where it is one."""
        field = model._fields[name]
        if name in labels:
            return lambda value: labels[name].get(value, "")
        if field.type == "boolean":
            return lambda value: self.env._("Yes") if value else ""
        return None

    def _totals(self, report):
        """Sums of the columns that add up, by the group of the report."""
        model = report._get_model()
        group = report.sudo().group_field_id.name
        summed = [
            (name, title)
            for name, title in report._get_columns()
            if model._fields[name].aggregator == "sum"
            and (model._fields[name].store or model._fields[name].related)
        ]
        columns = [
            self._column(
                model, group, model.fields_get([group], ["string"])[group]["string"]
            ),
            (self.env._("Rows"), 10, "quantity"),
            *(self._column(model, name, title) for name, title in summed),
        ]
        labels = self._labels(model, [group])
        rows = model._read_group(
            report._get_domain(),
            [group],
            ["__count", *(f"{name}:sum" for name, _title in summed)],
        )
        return columns, (
            [self._group_value(value, group, labels), *figures]
            for value, *figures in rows
        )

    def _group_value(self, value, group, labels):
        if isinstance(value, models.BaseModel):
            return value.display_name
        return labels.get(group, {}).get(value, value)
