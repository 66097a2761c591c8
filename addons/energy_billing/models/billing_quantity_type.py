from odoo import fields, models


class BillingQuantityType(models.Model):
    _inherit = "billing.quantity.type"

    total_id = fields.Many2one(
        "billing.quantity.type",
        string="Part Of",
        domain="[('kind', '=', 'flow'), ('id', '!=', id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Day and night energy are parts of energy: what charges the whole takes "
        "their sum where the whole itself is not measured.",
    )

    _total_not_itself = models.Constraint(
        "CHECK (total_id <> id)", "A quantity cannot be a part of itself."
    )
