from odoo import fields, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    document_renderer = fields.Selection(
        selection_add=[("billing_offer", "Offer letter")],
        ondelete={"billing_offer": "set null"},
    )
