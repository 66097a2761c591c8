import hashlib
import io

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.energy_billing.fields import Array
from odoo.addons.energy_billing.market.errors import MarketError
from odoo.addons.energy_billing.market.tables import parse_intervals

from .energy_forecast_day import as_text


class EnergySettlementDay(models.Model):
    """Settled energy of a point on a local day, in the order of time."""

    _name = "energy.settlement.day"
    _description = "Settlement Day"
    _order = "day, point_id"
    _log_access = False
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "energy.settlement", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    day = fields.Date(required=True, readonly=True)
    resolution = fields.Integer(string="Minutes", readonly=True, aggregator=None)
    energy = Array(string="Values (kWh)", readonly=True)

    # the key of a row; also serves "the points of a settlement's day"
    _day_unique = models.UniqueIndex(
        "(settlement_id, day, point_id)", "A day of a settlement is stored once."
    )

    @api.depends("point_id", "day")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.point_id.code or ''} {row.day or ''}"


class EnergySettlement(models.Model):
    _inherit = "energy.settlement"

    @api.model
    def _import(self, area, kind, profile, filename, content):
        """A new version from a file, all of it or nothing.

        :param profile: energy.table.profile of intervals
        :param bytes content: the file
        :return: energy.settlement
        :raises UserError: when the file cannot be used; findings of rows are kept with
            the settlement, their days are left out
        """
        digest = hashlib.sha256(content).hexdigest()
        known = self.search(
            [
                ("area_id", "=", area.id),
                ("kind", "=", kind),
                ("file_hash", "=", digest),
            ]
        )
        if known:
            raise UserError(
                self.env._(
                    "%(file)s was imported before, as %(name)s. Nothing changed.",
                    file=filename,
                    name=known.name,
                )
            )
        try:
            parsed = parse_intervals(profile._to_table_profile(), io.BytesIO(content))
            rows, unknown = self._read(area, parsed)
        except MarketError as error:
            raise UserError(
                self.env._(
                    "%(file)s: %(reason)s",
                    file=filename,
                    reason=error.message(self.env._),
                )
            ) from error
        if not rows:
            raise UserError(
                self.env._(
                    "%(file)s has no value of a known metering point: %(codes)s",
                    file=filename,
                    codes=", ".join(sorted(unknown)[:10]) or "–",
                )
            )
        days = [day for _point, day in rows]
        settlement = self.create(
            {
                "area_id": area.id,
                "kind": kind,
                "date_start": min(days),
                "date_end": max(days),
                "version": self._get_next_version(area, kind, min(days), max(days)),
                "file_name": filename,
                "file_hash": digest,
                "point_count": len({point for point, _day in rows}),
                "unknown_codes": "\n".join(sorted(unknown)) or False,
                "finding_text": "\n".join(
                    f"{finding.row or ''}: {finding.message(self.env._)}"
                    for finding in parsed.findings
                )
                or False,
            }
        )
        settlement._copy_in(rows)
        settlement.message_post(
            body=self.env._("Imported %(file)s", file=filename),
            attachments=[(filename, content)],
        )
        return settlement

    @api.model
    def _read(self, area, parsed):
        """:return: ``{(point id, day): (minutes, text of values)}``, unknown codes"""
        chunks = list(parsed)
        asked = {code for chunk in chunks for code in chunk.points}
        ids = {
            point.code: point.id
            for point in self.env["energy.metering.point"].search(
                [
                    ("company_id", "=", area.company_id.id),
                    ("commodity", "=", "electricity"),
                    ("code", "in", list(asked)),
                ]
            )
        }
        rows = {}
        for chunk in chunks:
            for number, code in enumerate(chunk.points):
                key = (code, chunk.channels[number], chunk.days[number])
                if code in ids and key not in parsed.bad_days:
                    rows[ids[code], chunk.days[number]] = (
                        chunk.minutes,
                        as_text(chunk.values[number]),
                    )
        return rows, asked - set(ids)

    def _copy_in(self, rows):
        self.flush_recordset()
        lines = "".join(
            f"{self.id}\t{self.company_id.id}\t{point}\t{day}\t{minutes}\t{values}\n"
            for (point, day), (minutes, values) in rows.items()
        )
        self.env.cr.copy_expert(
            "COPY energy_settlement_day (settlement_id, company_id, point_id, day,"
            " resolution, energy) FROM STDIN",
            io.StringIO(lines),
        )
        self.env["energy.settlement.day"].invalidate_model()
