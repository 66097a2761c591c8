from datetime import timedelta

from odoo import fields, models

from ..rating import Span


class BillingAgreement(models.Model):
    _inherit = "billing.agreement"

    opening_billed_to = fields.Date(
        string="Billed Before To",
        tracking=True,
        help="The last day that the system before this one billed. Billing here "
        "begins the day after.",
    )

    def _get_spans_to_bill(self, period):
        spans = super()._get_spans_to_bill(period)
        for agreement in self.filtered("opening_billed_to"):
            first = agreement.opening_billed_to + timedelta(days=1)
            spans[agreement.id] = [
                Span(max(span.start, first), span.end)
                for span in spans.get(agreement.id, ())
                if span.end >= first
            ]
        return spans
