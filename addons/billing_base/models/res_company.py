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
    billing_return_charges_passed_on = fields.Boolean(
        string="Customers Pay the Bank's Charges",
        help="What the bank charges for a returned debit is added to the fee.",
    )
    billing_return_charge_account_id = fields.Many2one(
        "account.account",
        string="Account of Bank Charges",
        domain="[('account_type', 'in', ('expense', 'expense_direct_cost'))]",
        check_company=True,
        help="Of returned debits. Empty: the company's account of expenses.",
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

    def _get_return_charge_account(self):
        self.ensure_one()
        return self.billing_return_charge_account_id or self.expense_account_id
