from odoo import fields, models


class BillingPriceViewLine(models.TransientModel):
    _name = "billing.price.view.line"
    _description = "Price on a Date"
    _order = "id"

    view_id = fields.Many2one("billing.price.view", required=True, ondelete="cascade")
    item_id = fields.Many2one(
        "billing.tariff.item", string="Charge", required=True, ondelete="cascade"
    )
    tree_name = fields.Char(related="item_id.tree_name")
    kind = fields.Selection(related="item_id.kind")
    price_id = fields.Many2one(
        "billing.tariff.price", string="Price Version", ondelete="cascade"
    )
    date_start = fields.Date(related="price_id.date_start")
    date_end = fields.Date(related="price_id.date_end")
    has_price = fields.Boolean()
    list_price = fields.Float(digits="Billing Price", min_display_digits=2)
    discount = fields.Char()
    net_price = fields.Float(
        string="Price", digits="Billing Price", min_display_digits=2
    )
    has_gross = fields.Boolean()
    gross_price = fields.Float(
        string="With Tax", digits="Billing Price", min_display_digits=2
    )
    unit = fields.Char()
    bands = fields.Char()
    tax_names = fields.Char(string="Taxes")
    problem = fields.Char()
