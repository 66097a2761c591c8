from odoo import fields, models

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class EnergyOfferQuantity(models.Model):
    """What a point is expected to use in a month of a year."""

    _name = "energy.offer.quantity"
    _description = "Expected Quantity of an Offer"
    _order = "point_id, quantity_type_id, id"

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
    month = fields.Selection(MONTHS, required=True)
    value = fields.Float(digits="Product Unit", required=True)
    uom_id = fields.Many2one(related="quantity_type_id.uom_id")

    _once_a_month = models.Constraint(
        "UNIQUE (point_id, quantity_type_id, month)",
        "A quantity is expected once a month.",
    )
    _not_negative = models.Constraint(
        "CHECK (value >= 0)", "Expected quantities are not below zero."
    )
