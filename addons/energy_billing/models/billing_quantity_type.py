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
    gross_id = fields.Many2one(
        "billing.quantity.type",
        string="Calculated From",
        domain="[('kind', '=', 'flow'), ('id', '!=', id)]",
        index="btree_not_null",
        ondelete="restrict",
        help="Nobody measures it: it is this quantity, less what sub-meters measure. "
        "Sewage is calculated from water.",
    )
    less_ids = fields.Many2many(
        "billing.quantity.type",
        "billing_quantity_type_less_rel",
        "type_id",
        "less_id",
        domain="[('kind', '=', 'flow'), ('id', '!=', id)]",
        help="What the registers of sub-meters count: water that does not become "
        "sewage.",
    )

    _total_not_itself = models.Constraint(
        "CHECK (total_id <> id)", "A quantity cannot be a part of itself."
    )
    _gross_not_itself = models.Constraint(
        "CHECK (gross_id <> id)", "A quantity cannot be calculated from itself."
    )
