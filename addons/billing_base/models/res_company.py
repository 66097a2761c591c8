from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_mail_sender = fields.Char(
        string="Sender of Invoice Mail",
        help="Empty: whoever sends the invoices.",
    )

    billing_return_fee = fields.Monetary(
        string="Fee of Returned Debits", help="Without tax; proposed for each return."
    )
    billing_return_fee_product_id = fields.Many2one(
        "product.product",
        string="Product of Returned Debits",
        help="Its account and taxes stand on the fee.",
    )

    @api.constrains("billing_mail_sender")
    def _check_billing_mail_sender(self):
        for company in self:
            sender = company.billing_mail_sender
            if sender and not email_normalize(sender):
                raise ValidationError(
                    self.env._(
                        "“%(sender)s” is no mail address. Enter one like "
                        "billing@example.com or Billing <billing@example.com>.",
                        sender=sender,
                    )
                )
