from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    billing_mail_sender = fields.Char(
        related="company_id.billing_mail_sender", readonly=False
    )
    billing_mails_per_minute = fields.Integer(
        string="Mails per Minute",
        config_parameter="billing_base.mails_per_minute",
        help="0: as many as the mail server takes.",
    )
    billing_delivery_test_address = fields.Char(
        string="Test Address",
        config_parameter="billing_base.delivery_test_address",
        help="While it is filled in, invoices are mailed to it alone.",
    )
    billing_return_fee = fields.Monetary(
        related="company_id.billing_return_fee",
        readonly=False,
    )
    billing_return_fee_product_id = fields.Many2one(
        related="company_id.billing_return_fee_product_id", readonly=False
    )
    billing_return_charges_passed_on = fields.Boolean(
        related="company_id.billing_return_charges_passed_on", readonly=False
    )
    billing_return_charge_account_id = fields.Many2one(
        related="company_id.billing_return_charge_account_id", readonly=False
    )
    billing_tax_rounding = fields.Selection(
        related="company_id.tax_calculation_rounding_method",
        string="Taxes Are Rounded",
        readonly=False,
    )
