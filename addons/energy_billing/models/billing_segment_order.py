from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date


class BillingSegment(models.Model):
    """What a floating segment was ordered by and its distribution was invoiced with:
    they may decide on its tax date."""

    _inherit = "billing.segment"

    order_id = fields.Many2one(
        "energy.billing.order",
        string="Billing Order",
        compute="_compute_order_id",
        help="The valid message or order that asks for these days.",
    )
    network_invoice_id = fields.Many2one(
        "energy.network.invoice",
        string="Distribution Invoice",
        compute="_compute_network_invoice_id",
        help="The distributor's last invoice for the point and these days.",
    )

    def _compute_order_id(self):
        self._flush_ordered()
        found = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, o.id
                      FROM billing_segment s
                      JOIN billing_agreement a ON a.id = s.agreement_id
                      JOIN billing_agreement_type t ON t.id = a.type_id
                       AND t.billed_on = 'order'
                      JOIN energy_billing_order o ON o.point_id = a.point_id
                       AND o.state = 'open'
                       AND daterange(o.date_start, o.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                     WHERE s.id = ANY(%s) AND s.is_exclusive
                  ORDER BY s.id, o.received_on DESC, o.id DESC
                    """,
                    self._origin.ids,
                )
            )
        )
        for segment in self:
            segment.order_id = found.get(segment._origin.id)

    def _compute_network_invoice_id(self):
        self._flush_ordered()
        found = dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, i.id
                      FROM billing_segment s
                      JOIN billing_agreement a ON a.id = s.agreement_id
                      JOIN energy_network_invoice_line l ON l.point_id = a.point_id
                       AND daterange(l.date_start, l.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                      JOIN energy_network_invoice i ON i.id = l.invoice_id
                       AND i.type = 'invoice'
                     WHERE s.id = ANY(%s)
                  ORDER BY s.id, i.date_issued DESC, i.id DESC
                    """,
                    self._origin.ids,
                )
            )
        )
        for segment in self:
            segment.network_invoice_id = found.get(segment._origin.id)

    def _flush_ordered(self):
        for model in (
            "billing.agreement",
            "billing.segment",
            "energy.billing.order",
            "energy.network.invoice",
            "energy.network.invoice.line",
        ):
            self.env[model].flush_model()

    # === Tax date ===

    def _get_tax_date_rule(self, profile):
        """What the order says goes before what the customer's profile says."""
        return self.order_id.tax_date_rule or super()._get_tax_date_rule(profile)

    def _get_tax_date(self, profile, invoice_date, tax_date):
        if self._get_tax_date_rule(profile) == "network":
            return self._get_network_date()
        return super()._get_tax_date(
            profile, invoice_date, self.order_id.tax_date or tax_date
        )

    def _get_network_date(self):
        """:raises UserError: without a received invoice of these days"""
        invoice = self.network_invoice_id
        if not invoice.date_issued:
            raise UserError(
                self.env._(
                    "%(point)s, %(start)s – %(end)s: its tax date is that of the "
                    "distributor's invoice, which was not received. Import it, or "
                    "choose another tax date on the billing order.",
                    point=self.point_id.display_name or self.agreement_id.display_name,
                    start=format_date(self.env, self.date_start),
                    end=format_date(self.env, self.date_end),
                )
            )
        return invoice.date_issued
