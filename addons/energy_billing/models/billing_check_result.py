from odoo import api, models
from odoo.tools import format_date

DATES = {"date_start", "day"}
"""Figures of findings that are days."""
MOST_SPANS = 10


class BillingCheckResult(models.Model):
    _inherit = "billing.check.result"

    @api.depends("check_id.message", "params")
    @api.depends_context("lang")
    def _compute_message(self):
        """Fill in what depends on the reader's language."""
        nothing = super()._compute_message()
        for result in self.filtered(lambda result: result._has_translated_params()):
            params = result._get_translated_params()
            try:
                result.message = (result.check_id.message or "") % params
            except (KeyError, TypeError, ValueError):
                # a message reworded by the administrator names an unknown figure
                result.message = result.check_id.message
        return nothing

    def _get_record_to_fix(self):
        """What was measured, or not, is corrected at the point."""
        code = self.check_id.code or ""
        point = self.agreement_id.point_id
        if point and (code.startswith("energy_") or code == "missing_quantity"):
            return point
        return super()._get_record_to_fix()

    def _has_translated_params(self):
        return bool(self.params) and (self.check_id.code or "").startswith("energy_")

    def _get_translated_params(self):
        """The figures of the finding, with names for what they refer to."""
        self.ensure_one()
        params = dict(self.params)
        if "finding_code" in params:
            params["reason"] = self.env["energy.message.finding"]._render(
                params["finding_code"], params.get("finding_params") or {}
            )
        if "quantity_type_id" in params:
            params["quantity"] = (
                self.env["billing.quantity.type"]
                .browse(params["quantity_type_id"])
                .exists()
                .name
            )
        if "quality" in params:
            labels = dict(
                self.env["energy.usage"]
                ._fields["quality"]
                ._description_selection(self.env)
            )
            params["quality"] = labels.get(params["quality"], params["quality"])
        if "gaps" in params:
            params["gaps"] = self._format_spans(params["gaps"])
        for name in DATES & params.keys():
            params[name] = format_date(self.env, params[name])
        return params

    def _format_spans(self, spans):
        """Days from–to as text, a single day as one; the first ten of them.

        :param list spans: ``[[first day, last day], …]``, ISO dates
        """
        texts = [
            format_date(self.env, start)
            if start == end
            else f"{format_date(self.env, start)} – {format_date(self.env, end)}"
            for start, end in spans[:MOST_SPANS]
        ]
        if len(spans) > MOST_SPANS:
            texts.append("…")
        return ", ".join(texts)
