import base64
import io
from itertools import islice

from odoo import api, fields, models

from ..market.errors import MarketError
from ..market.tables import TableProfile, preview
from .energy_table_profile import LISTS, NUMBERS, PLAIN, TEXTS

ROWS = 12


class EnergyTableProfile(models.Model):
    """The editor of profiles shows what a profile makes of an uploaded sample."""

    _inherit = "energy.table.profile"

    sample = fields.Binary(
        attachment=True,
        copy=False,
        help="A file of this kind: its first rows are shown as the profile reads them.",
    )
    sample_name = fields.Char(copy=False)
    preview_html = fields.Html(
        string="Preview", compute="_compute_preview_html", sanitize=False
    )

    # every setting changes what is seen; the form asks again after each change
    @api.depends(
        "sample",
        "delimiter",
        "thousands",
        *PLAIN,
        *TEXTS,
        *LISTS,
        *NUMBERS,
        "column_ids.field",
        "column_ids.group",
        "column_ids.reference",
        "text_ids.kind",
        "text_ids.text",
        "text_ids.value",
    )
    def _compute_preview_html(self):
        for profile in self.with_context(bin_size=False):
            profile.preview_html = profile._render_preview()

    def _render_preview(self):
        self.ensure_one()
        if not self.sample or self.kind == "market":
            return False
        content = base64.b64decode(self.sample)
        error = found = None
        try:
            shown = preview(self._to_table_profile(), io.BytesIO(content), ROWS)
            error, found = shown.error, self._describe_parsed(shown.parsed)
        except MarketError as problem:
            error, shown = problem, None
        if error and not (shown and shown.rows):
            # the file is what tells how the columns are called
            shown = self._preview_rows(content) or shown
        return self.env["ir.qweb"]._render(
            "energy_billing.profile_preview",
            {
                "letters": shown.letters if shown else [],
                "header": shown.header if shown else [],
                "rows": shown.rows if shown else [],
                "error": error and error.message(self.env._),
                "found": found,
                "findings": [
                    (f.row or "", f.column or "", f.point or "", f.message(self.env._))
                    for f in (shown.findings[:ROWS] if found else ())
                ],
            },
        )

    def _preview_rows(self, content):
        """The rows of a sample as they stand in it, whatever the columns are named."""
        values = self._to_dict() | {
            "kind": "readings",
            "layout": "long",
            "columns": {"point": "@A", "date_to": "@A", "quantity": "@A"},
            "register_columns": [],
            "default_register": "-",
        }
        try:
            return preview(TableProfile.from_dict(values), io.BytesIO(content), ROWS)
        except MarketError:
            return None

    def _describe_parsed(self, parsed):
        """Rows of texts: what was understood."""
        if self.kind == "readings":
            return [
                (
                    row.point,
                    row.register,
                    f"{row.date_from or '…'} – {row.date_to}",
                    f"{row.quantity:f} kWh"
                    if row.quantity is not None
                    else f"{row.reading_from or '…'} → {row.reading_to}",
                )
                for row in parsed
            ]
        if self.kind in ("services", "confirmations"):
            return [
                (
                    row.point,
                    getattr(row, "component", None) or getattr(row, "status", ""),
                    f"{row.date_from or '…'} – {row.date_to or '…'}",
                    f"{row.amount:f}"
                    if self.kind == "services"
                    else row.customer or "",
                )
                for row in parsed
            ]
        return [
            (point, channel, str(day), f"{values.size} × {chunk.minutes} min")
            for chunk in parsed
            for point, channel, day, values in islice(_day_rows(chunk), ROWS)
        ]


def _day_rows(chunk):
    return zip(chunk.points, chunk.channels, chunk.days, chunk.values, strict=True)
