from odoo import models


class PostalReportXlsx(models.AbstractModel):
    """What the universal report's wizard asks for, in one sheet of Excel."""

    _name = "report.postal_billing.report_xlsx"
    _inherit = "report.billing_base.period_xlsx"
    _description = "Universal Report in Excel"

    def generate_xlsx_report(self, workbook, data, wizards):
        for wizard in wizards:
            self._write_sheet(
                workbook,
                self._prepare_formats(workbook),
                self.env._("Universal report"),
                *self._prepare_table(wizard),
            )

    def _prepare_table(self, wizard):
        """Columns of ``(title, width, format)`` and rows of values."""
        _ = self.env._
        groups = wizard._get_groups()
        labels = dict(wizard._fields["group_1"]._description_selection(self.env))
        columns = [(labels[name], 34, "text") for name in groups]
        columns += [
            (_("Pieces"), 14, "quantity"),
            (_("Paid out"), 16, "money"),
            (_("Untaxed amount"), 16, "money"),
        ]
        now = self._sums(wizard, wizard.period_ids, groups)
        if not wizard.compare_ids:
            rows = ((*self._texts(groups, key), *now[key]) for key in now)
            return columns, rows
        columns += [
            (_("Compared with"), 16, "money"),
            (_("Change"), 16, "money"),
            (_("Change %"), 10, "quantity"),
        ]
        before = self._sums(wizard, wizard.compare_ids, groups)
        rows = (
            (
                *self._texts(groups, key),
                *now.get(key, (0, 0, 0)),
                *self._change(now.get(key), before.get(key)),
            )
            for key in dict.fromkeys([*now, *before])
        )
        return columns, rows

    def _sums(self, wizard, periods, groups):
        """``{group values: (pieces, paid out, amount)}``"""
        return {
            tuple(row[: len(groups)]): tuple(value or 0 for value in row[len(groups) :])
            for row in self.env["postal.report"]._read_group(
                wizard._get_domain(periods),
                groups,
                ["quantity:sum", "money:sum", "amount:sum"],
            )
        }

    def _change(self, now, before):
        """``(earlier amount, change, change in percent or nothing)``"""
        currency = self.env.company.currency_id
        amount, earlier = (row[2] if row else 0.0 for row in (now, before))
        change = currency.round(amount - earlier)
        percent = round(100 * change / earlier, 1) if earlier else None
        return earlier, change, percent

    def _texts(self, groups, key):
        report = self.env["postal.report"]
        for name, value in zip(groups, key, strict=True):
            field = report._fields[name]
            if field.type == "selection":
                yield dict(field._description_selection(self.env)).get(value, "")
            elif field.type == "many2one":
                yield self._show_record(name, value)
            else:
                yield value or ""

    def _show_record(self, name, record):
        if name == "move_id":
            return record.name or record.sudo().proforma_number or ""
        return record.display_name or ""
