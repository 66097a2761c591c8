from odoo import fields, models


class BillingProfile(models.Model):
    _inherit = "billing.profile"

    grouping = fields.Selection(
        selection_add=[("cost_centre", "One invoice per cost centre")],
        ondelete={"cost_centre": "set default"},
    )
