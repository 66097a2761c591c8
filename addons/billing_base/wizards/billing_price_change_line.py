from odoo import fields, models


class BillingPriceChangeLine(models.TransientModel):
    _name = "billing.price.change.line"
    _description = "New Price"

    change_id = fields.Many2one(
        "billing.price.change", required=True, ondelete="cascade"
    )
    price_id = fields.Many2one("billing.tariff.price", required=True)
    item_id = fields.Many2one(related="price_id.item_id", string="Charge")
    basis = fields.Selection(related="price_id.basis")
    band_text = fields.Char(related="price_id.band_text")
    old_price = fields.Float(
        related="price_id.price", string="Now", min_display_digits=2
    )
    new_price = fields.Float(
        string="New", digits="Billing Price", min_display_digits=2, required=True
    )
