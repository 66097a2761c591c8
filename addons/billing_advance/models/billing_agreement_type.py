from odoo import fields, models

DOCUMENTS = [
    ("invoice", "Advance invoice, taxed when it is issued"),
    ("proforma", "Pro-forma, taxed when the payment is received"),
]


class BillingAgreementType(models.Model):
    _inherit = "billing.agreement.type"

    advance_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        help="The product of advances: its taxes are those of what is paid for.",
    )
    advance_document = fields.Selection(
        DOCUMENTS, string="Advances Are Requested By", default="invoice", required=True
    )
