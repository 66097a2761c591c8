from odoo import fields, models


class BillingExportCancel(models.TransientModel):
    _inherit = "billing.export.cancel"

    res_model = fields.Selection(
        selection_add=[("billing.exchange.batch", "Batch")],
        ondelete={"billing.exchange.batch": "cascade"},
    )
