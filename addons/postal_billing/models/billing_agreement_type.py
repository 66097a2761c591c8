from odoo import api, fields, models

KINDS = [
    ("on_account", "On-account services"),
    ("payout", "Benefit payouts"),
    ("hybrid", "Hybrid mail"),
    ("direct", "Direct sale"),
]


class BillingAgreementType(models.Model):
    _inherit = "billing.agreement.type"

    postal_kind = fields.Selection(
        KINDS,
        string="Specifications",
        help="Specifications of this kind are billed by agreements of this type.",
    )
    counter_partner_id = fields.Many2one(
        "res.partner",
        string="Counter Customer",
        check_company=True,
        help="Who stands on direct sales to people who give no name.",
    )

    @api.model
    def _get_cycle_ids(self):
        """Ids of the billing cycles of postal services in this company."""
        return (
            self.sudo()
            .search(
                [
                    ("postal_kind", "!=", False),
                    ("company_id", "=", self.env.company.id),
                ]
            )
            .cycle_id.ids
        )
