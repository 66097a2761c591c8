from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    connection_charge_type_id = fields.Many2one(
        "connection.charge.type", string="Charge Type of Work", ondelete="restrict"
    )
    connection_key = fields.Char(
        string="Part of the Basis", help="Which share or cost of the case it is."
    )
