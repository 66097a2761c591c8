from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Span


class BillingAgreement(models.Model):
    """Floating billing: the orders of the point say what is billed."""

    _inherit = "billing.agreement"

    @api.model
    def _get_billable_domain(self, period):
        """Agreements billed on orders are billable while they have a valid one, or a
        charge that waits; the last bill may be ordered after the end."""
        domain = super()._get_billable_domain(period)
        on_order = Domain("type_id.billed_on", "=", "order")
        ordered = Domain("cycle_id", "=", period.cycle_id.id) & Domain(
            "point_id.order_ids.state", "=", "open"
        )
        waiting = Domain("charge_ids.state", "=", "waiting") | Domain(
            "account_id.charge_ids.state", "=", "waiting"
        )
        return (domain & (~on_order | waiting)) | (on_order & ordered)

    def _get_spans_to_bill(self, period):
        floating = self.filtered(lambda a: a.type_id.billed_on == "order")
        spans = super(BillingAgreement, self - floating)._get_spans_to_bill(period)
        return spans | floating._get_ordered_spans(period)

    def _get_ordered_spans(self, period):
        """Days that valid orders ask for, of the agreement's own days.

        Orders whose days are invoiced, or have a segment in another period, are left
        out: those days are billed once, and again only after a cancellation.

        :return: ``{agreement id: [Span, …]}``
        """
        for model in ("energy.billing.order", "billing.agreement", "billing.segment"):
            self.env[model].flush_model()
        spans = defaultdict(list)
        for agreement_id, start, end in self.env.execute_query(
            SQL(
                """
                SELECT a.id, GREATEST(a.date_start, o.date_start),
                       LEAST(a.date_end, o.date_end)
                  FROM billing_agreement a
                  JOIN energy_billing_order o ON o.point_id = a.point_id
                   AND o.state = 'open'
                   AND daterange(o.date_start, o.date_end, '[]')
                       && daterange(a.date_start, a.date_end, '[]')
                 WHERE a.id = ANY(%s)
                   AND NOT EXISTS (
                       SELECT 1 FROM billing_segment s
                        WHERE s.agreement_id = a.id AND s.is_exclusive
                          AND s.state NOT IN ('cancelling', 'cancelled')
                          AND (s.state = 'frozen' OR s.invoice_id IS NOT NULL
                               OR s.period_id <> %s)
                          AND daterange(s.date_start, s.date_end, '[]')
                              && daterange(o.date_start, o.date_end, '[]'))
              ORDER BY a.id, 2
                """,
                self.ids,
                period.id,
            )
        ):
            spans[agreement_id].append(Span(start, end))
        return dict(spans)
