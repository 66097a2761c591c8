from odoo import fields, models

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
