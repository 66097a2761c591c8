from odoo import fields, models


class AccountBankingMandate(models.Model):
    """A mandate shows which of its debits came back, and why."""

    _inherit = "account.banking.mandate"

    returned_debit_ids = fields.One2many(
        "billing.returned.debit",
        "mandate_id",
        string="Returned Debits",
        readonly=True,
        groups="billing_base.group_billing_viewer",
    )
