from odoo import fields, models


class BillingProfile(models.Model):
    _inherit = "billing.profile"

    tax_date = fields.Selection(
        selection_add=[("network", "Date of the received distribution invoice")],
        ondelete={"network": "set default"},
    )
