from odoo import api, models

from ..market import price_xml
from ..market.errors import ERROR, Finding, MarketError
from ..market.tables import parse_intervals
from .energy_import import ImportResult

PER_KWH = {"kWh": 1.0, "MWh": 1000.0}


class EnergyImportPrices(models.AbstractModel):
    """Price series and load profiles, from tables and publication documents."""

    _name = "energy.import.prices"
    _inherit = "energy.import"
    _description = "Import of Price Series"

    @api.model
    def _import(self, message, fileobj):
        profile = message.profile_id
        head = fileobj.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
        fileobj.seek(0)
        if head.startswith(b"<"):
            found = price_xml.parse_prices(fileobj, profile.timezone)
            chunks, findings = found.chunks, found.report.findings
            bad_days, units = found.report.bad_days, found.units
            if units - {"MWH"}:
                raise MarketError(
                    "price_unit", params={"units": ", ".join(sorted(units))}
                )
        else:
            parsed = parse_intervals(profile._to_table_profile(), fileobj)
            chunks = list(parsed)
            findings, bad_days = parsed.findings, parsed.bad_days
        curves = self._get_curves(profile)
        rows, unknown = [], {}
        for chunk in chunks:
            for code, channel, day, row, values in zip(
                chunk.points,
                chunk.channels,
                chunk.days,
                chunk.rows,
                chunk.values,
                strict=True,
            ):
                curve = curves.get(code.upper())
                if curve is None:
                    unknown.setdefault(code, row)
                elif (code, channel, day) not in bad_days:
                    factor = PER_KWH[curve.unit] if curve.kind == "price" else 1.0
                    rows.append((curve.id, day, chunk.minutes, values / factor))
        findings = findings + [
            Finding(ERROR, "curve_unknown", row=row, params={"code": code})
            for code, row in unknown.items()
        ]
        new = replaced = unchanged = 0
        if rows:
            new, replaced, unchanged = self.env["energy.curve"]._store(rows, message)
        days = [row[1] for row in rows]
        return ImportResult(
            findings,
            counts={
                "row_count": len(rows),
                "value_count": sum(len(row[3]) for row in rows),
                "new_count": new,
                "replaced_count": replaced,
                "unchanged_count": unchanged,
                "date_start": min(days, default=False),
                "date_end": max(days, default=False),
            },
        )

    @api.model
    def _get_curves(self, profile):
        """Series of the profile's company, by the code files name them with."""
        return {
            (curve.file_code or curve.code).upper(): curve
            for curve in self.env["energy.curve"].search(
                [("company_id", "=", profile.company_id.id)]
            )
        }
