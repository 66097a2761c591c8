from odoo import fields, models


class BillingTariffPrice(models.Model):
    _inherit = "billing.tariff.price"

    band_mode = fields.Selection(
        selection_add=[("item", "Each item in its band")],
        ondelete={"item": "set default"},
    )
