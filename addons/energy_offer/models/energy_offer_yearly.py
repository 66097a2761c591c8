from odoo import fields, models


class EnergyOfferYearly(models.Model):
    """What a point is expected to use in a year."""

    _name = "energy.offer.yearly"
    _description = "Expected Quantity of a Year"

    point_id = fields.Many2one(
        "energy.offer.point", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="point_id.company_id", store=True)
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Quantity",
        required=True,
        ondelete="restrict",
        domain=[("kind", "=", "flow")],
    )
    value = fields.Float(string="A Year", digits="Product Unit", required=True)
    uom_id = fields.Many2one(related="quantity_type_id.uom_id")

    _once_a_year = models.Constraint(
        "UNIQUE (point_id, quantity_type_id)", "A quantity is expected once a year."
    )
    _positive = models.Constraint(
        "CHECK (value > 0)", "The quantity of a year is above zero."
    )
