from odoo import models

from ..rating import Span


class BillingAgreement(models.Model):
    """Estimated quantities are billed where the type allows it, and give way to the
    real ones as soon as those are known."""

    _inherit = "billing.agreement"

    def _replace_estimates(self):
        """Cancel invoiced estimates of which every quantity is real by now.

        They become pending cancel; the caller makes their replacements in the period
        being billed, and posting those takes the estimates back.

        :return: ``{agreement id: [Span, …]}``, the days to be billed again
        """
        candidates = self.env["billing.segment"].search(
            [
                ("agreement_id", "in", self.ids),
                ("agreement_id.type_id.estimate_correction", "=", "rebill"),
                ("state", "=", "frozen"),
                ("is_estimated", "=", True),
                ("is_stale", "=", True),
            ]
        )
        if not candidates:
            return {}
        spans = {}
        for segment in candidates:
            spans.setdefault(segment.agreement_id.id, []).append(
                Span(segment.date_start, segment.date_end)
            )
        quantities = candidates.agreement_id._get_quantities(spans)
        real = candidates.filtered(
            lambda segment: segment._is_covered_by_real(
                quantities[segment.agreement_id.id]
            )
        )
        if not real:
            return {}
        real._begin_cancel(self.env.ref("billing_base.reason_cancel_estimate"))
        replaced = {}
        for segment in real:
            replaced.setdefault(segment.agreement_id.id, []).append(
                segment.agreement_id._clip(Span(segment.date_start, segment.date_end))
            )
        return replaced
