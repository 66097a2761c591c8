from odoo import fields, models

ENTRY_ROWS = 100_000
"""Beyond so many entries the sheet of single ones is left out: nobody reads it, and a
sheet of Excel ends at 1,048,576 rows."""


class PostalUniversalXlsx(models.AbstractModel):
    """The universal report in Excel: totals by all that is asked, and the entries."""

    _name = "report.postal_billing.universal_xlsx"
    _inherit = "report.billing_base.period_xlsx"
    _description = "Postal Report in Excel"

    def generate_xlsx_report(self, workbook, data, periods):
        _ = self.env._
        formats = self._prepare_formats(workbook)
        sections = [
            (_("Services"), self._by_service),
            (_("Partners"), self._by_partner),
            (_("Cost centres"), self._by_centre),
            (_("Invoices"), self._by_invoice),
        ]
        entries = self.env["postal.specification.line"].search_count(
            [("period_id", "in", periods.ids)], limit=ENTRY_ROWS + 1
        )
        if entries <= ENTRY_ROWS:
            sections.append((_("Entries"), self._by_entry))
        for title, section in sections:
            self._write_sheet(workbook, formats, title, *section(periods))

    def _grouped(self, periods, names):
        """Sums over the periods: ``[(group values…, pieces, money, amount), …]``"""
        return self.env["postal.report"]._read_group(
            [("period_id", "in", periods.ids)],
            names,
            ["quantity:sum", "money:sum", "amount:sum"],
        )

    def _figures(self):
        _ = self.env._
        return [
            (_("Pieces"), 14, "quantity"),
            (_("Paid out"), 16, "money"),
            (_("Untaxed amount"), 16, "money"),
        ]

    def _get_previous(self, periods):
        """The period before the first one of these, for comparison."""
        first = periods.sorted("date_start")[:1]
        return self.env["billing.period"].search(
            [
                ("cycle_id", "=", first.cycle_id.id),
                ("date_end", "=", fields.Date.subtract(first.date_start, days=1)),
            ]
        )

    def _by_service(self, periods):
        """Columns of ``(title, width, format)`` and rows of values."""
        _ = self.env._
        columns = [
            (_("Category"), 30, "text"),
            (_("Code"), 14, "text"),
            (_("Service"), 40, "text"),
            *self._figures(),
            (_("Period before"), 16, "money"),
            (_("Change"), 16, "money"),
        ]
        names = ["category_id", "item_id"]
        before = {
            item: amount
            for _category, item, _pieces, _money, amount in self._grouped(
                self._get_previous(periods), names
            )
        }
        rows = (
            (
                category.name,
                item.code,
                item.name,
                pieces,
                money,
                amount,
                before.get(item, 0),
                item.currency_id.round(amount - before.get(item, 0)),
            )
            for category, item, pieces, money, amount in self._grouped(periods, names)
        )
        return columns, rows

    def _by_partner(self, periods):
        _ = self.env._
        columns = [
            (_("Partner"), 40, "text"),
            (_("Specification"), 22, "text"),
            *self._figures(),
        ]
        kinds = self._labels("kind")
        rows = (
            (partner.display_name, kinds[kind], *figures)
            for partner, kind, *figures in self._grouped(
                periods, ["partner_id", "kind"]
            )
        )
        return columns, rows

    def _by_centre(self, periods):
        _ = self.env._
        columns = [
            (_("Region"), 24, "text"),
            (_("Cost centre"), 36, "text"),
            *self._figures(),
        ]
        rows = (
            (region.name, centre.display_name, *figures)
            for region, centre, *figures in self._grouped(
                periods, ["region_id", "cost_centre_id"]
            )
        )
        return columns, rows

    def _by_invoice(self, periods):
        _ = self.env._
        columns = [
            (_("Invoice"), 20, "text"),
            (_("Date"), 11, "date"),
            (_("Type"), 22, "text"),
            (_("Specification"), 22, "text"),
            (_("Partner"), 40, "text"),
            *self._figures(),
        ]
        kinds, documents = self._labels("kind"), self._labels("document")
        rows = (
            (
                move.name or move.proforma_number,
                move.invoice_date,
                documents[document],
                kinds[kind],
                partner.display_name,
                *figures,
            )
            for move, document, kind, partner, *figures in self._grouped(
                periods, ["move_id", "document", "kind", "partner_id"]
            )
        )
        return columns, rows

    def _by_entry(self, periods):
        _ = self.env._
        columns = [
            (_("Period"), 12, "text"),
            (_("Specification"), 22, "text"),
            (_("Cost centre"), 36, "text"),
            (_("Partner"), 40, "text"),
            (_("Service"), 40, "text"),
            (_("Type"), 22, "text"),
            *self._figures(),
        ]
        kinds, documents = self._labels("kind"), self._labels("document")
        rows = (
            (
                period.name,
                kinds[kind],
                centre.display_name,
                partner.display_name,
                item.display_name,
                documents[document],
                *figures,
            )
            for period, kind, centre, partner, item, document, *figures in (
                self._grouped(
                    periods,
                    [
                        "period_id",
                        "kind",
                        "cost_centre_id",
                        "partner_id",
                        "item_id",
                        "document",
                    ],
                )
            )
        )
        return columns, rows

    def _labels(self, name):
        field = self.env["postal.report"]._fields[name]
        return dict(field._description_selection(self.env))
