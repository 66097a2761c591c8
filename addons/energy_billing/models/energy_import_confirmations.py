from odoo import api, models

from ..market.errors import WARNING, Finding
from ..market.tables import parse_confirmations
from .energy_import import ImportResult

SAME = (
    "status",
    "customer",
    "company_number",
    "street",
    "zip",
    "city",
    "voltage",
    "measurement",
    "load_profile",
    "annual_quantity",
    "reason",
)
"""What is stored under the name it has in the parser."""


class EnergyImportConfirmations(models.AbstractModel):
    """Monthly confirmations of distributors: kept by point, as they came."""

    _name = "energy.import.confirmations"
    _inherit = "energy.import"
    _description = "Import of Confirmations"

    @api.model
    def _import(self, message, fileobj):
        parsed = parse_confirmations(message.profile_id._to_table_profile(), fileobj)
        rows = list(parsed)
        findings = parsed.findings + self._check_known(message.profile_id, rows)
        new = self.env["energy.confirmation"]._store(
            message, [self._prepare(row) for row in rows]
        )
        days = [day for row in rows for day in (row.date_from, row.date_to) if day]
        return ImportResult(
            findings,
            counts={
                "row_count": parsed.rows_read,
                "point_count": len(rows),
                "new_count": new,
                "replaced_count": len(rows) - new,
                "date_start": min(days, default=False),
                "date_end": max(days, default=False),
            },
        )

    @api.model
    def _prepare(self, row):
        values = {name: getattr(row, name) for name in SAME}
        return values | {
            "point_code": row.point,
            "row_number": row.row,
            "date_start": row.date_from,
            "date_end": row.date_to,
            "capacity_kw": row.capacity,
        }

    @api.model
    def _check_known(self, profile, rows):
        """Points that are to change or leave are entered already."""
        expected = [row for row in rows if row.status in ("changed", "leaving")]
        known = self._get_points(profile, {row.point for row in expected})
        return [
            Finding(
                WARNING,
                "confirmed_unknown",
                row=row.row,
                point=row.point,
                params={"customer": row.customer or "–"},
            )
            for row in expected
            if row.point not in known
        ]
