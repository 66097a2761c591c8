from odoo import models
from odoo.tools import SQL


class ConnectionRegisterXlsx(models.AbstractModel):
    """The register of components as of a day in Excel."""

    _name = "report.energy_connection.register_xlsx"
    _inherit = "report.billing_base.period_xlsx"
    _description = "Register of Components in Excel"

    def generate_xlsx_report(self, workbook, data, days):
        days.check_access("read")
        formats = self._prepare_formats(workbook)
        for choice in days:
            self._write_sheet(
                workbook,
                formats,
                str(choice.day),
                *self._payers(choice.day),
            )

    def _payers(self, day):
        """Columns of ``(title, width, format)`` and rows of values."""
        _ = self.env._
        columns = [
            (_("Asset Code"), 18, "text"),
            (_("Component"), 40, "text"),
            (_("Completed On"), 12, "date"),
            (_("Shared Until"), 12, "date"),
            (_("Payer"), 40, "text"),
            (_("Case"), 14, "text"),
            (_("Paid In On"), 12, "date"),
            (_("Points or kW"), 12, "quantity"),
            (_("Contributed"), 16, "money"),
            (_("Paid Back"), 16, "money"),
            (_("Net of Refunds"), 16, "money"),
        ]
        register = self.env["connection.component.register"].with_context(
            register_day=day
        )
        register.check_access("read")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT r.code, c.name, r.date_completed, r.date_expiry,
                       p.complete_name, k.name, r.date, r.weight,
                       r.contribution, r.refunded, r.paid
                  FROM (%(register)s) r
                  JOIN connection_component c ON c.id = r.component_id
                  JOIN res_partner p ON p.id = r.partner_id
             LEFT JOIN connection_case k ON k.id = r.case_id
                 WHERE r.company_id = ANY(%(companies)s)
              ORDER BY r.code, r.date, r.id
                """,
                register=register._table_query,
                companies=self.env.companies.ids,
            )
        )
        return columns, rows
