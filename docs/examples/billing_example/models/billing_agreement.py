from odoo import fields, models


class BillingAgreement(models.Model):
    """Own fields have a prefix, so that none of billing ever has the same name."""

    _inherit = "billing.agreement"

    example_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Currency of the Example"
    )
    example_amount_limit = fields.Monetary(
        string="Agreed Maximum",
        currency_field="example_currency_id",
        help="A bill above it is shown to a clerk before it is invoiced; 0: none.",
    )
