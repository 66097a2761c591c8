from odoo import fields, models


class BillingAnnexValue(models.TransientModel):
    _name = "billing.annex.value"
    _description = "Parameter of New Terms"

    annex_id = fields.Many2one("billing.annex", required=True, ondelete="cascade")
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Parameter",
        required=True,
        domain="[('kind', '=', 'level')]",
    )
    uom_id = fields.Many2one(related="quantity_type_id.uom_id")
    old_value = fields.Float(
        string="Now", digits="Product Unit", min_display_digits=2, readonly=True
    )
    value = fields.Float(
        string="New", digits="Product Unit", min_display_digits=2, required=True
    )
