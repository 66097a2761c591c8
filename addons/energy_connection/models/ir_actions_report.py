from odoo import fields, models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    document_renderer = fields.Selection(
        selection_add=[("connection_offer", "Offer letter")],
        ondelete={"connection_offer": "set null"},
    )
