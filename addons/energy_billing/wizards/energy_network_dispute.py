import re
from datetime import timedelta

from odoo import fields, models

from ..models.energy_network_letter import ClaimBuilder


class EnergyNetworkDispute(models.TransientModel):
    """Amounts of a distributor are approved, or disputed by a claim."""

    _name = "energy.network.dispute"
    _description = "Decision on Distribution"

    # rows of a query have no table that a relation could point to
    comparison_ids = fields.Json(string="Differences")
    decision = fields.Selection(
        [("approved", "Approve"), ("disputed", "Dispute")],
        default="disputed",
        required=True,
    )
    reason = fields.Char(required=True)
    deadline = fields.Date(
        string="Answer Until",
        default=lambda self: fields.Date.context_today(self) + timedelta(days=15),
    )

    def action_approve(self):
        """Accept the amounts received, with the reason."""
        self.ensure_one()
        comparisons = self.env["energy.network.comparison"].browse(self.comparison_ids)
        comparisons._decide("approved", self.reason)
        return {"type": "ir.actions.act_window_close"}

    def action_dispute(self):
        """Mark the lines as disputed and write to the distributor."""
        self.ensure_one()
        comparisons = self.env["energy.network.comparison"].browse(self.comparison_ids)
        # each invoice's letter has its own rows
        letters = {
            invoice: [
                (
                    row.point_id.code,
                    row.component_id.display_name,
                    row.date_start,
                    row.date_end,
                    row.received,
                    row.charged,
                )
                for row in found
            ]
            for invoice, found in comparisons.grouped("invoice_id").items()
        }
        comparisons._decide("disputed", self.reason, self.deadline)
        for invoice, rows in letters.items():
            number = re.sub(r"[^\w.-]+", "_", invoice.number or str(invoice.id))
            letter = ClaimBuilder(invoice).draw(rows, self.reason, self.deadline)
            invoice.message_post(
                attachments=[(f"{self.env._('Claim')}_{number}.pdf", letter)],
                subject=self.env._(
                    "Claim about invoice %(number)s", number=invoice.number
                ),
                body=self.env["ir.qweb"]._render(
                    "energy_billing.network_claim",
                    {
                        "invoice": invoice,
                        "rows": rows,
                        "reason": self.reason,
                        "deadline": self.deadline,
                    },
                ),
                partner_ids=invoice.partner_id.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return {"type": "ir.actions.act_window_close"}
