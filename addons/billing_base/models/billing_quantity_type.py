from odoo import fields, models


class BillingQuantityType(models.Model):
    """What a charge counts: energy, capacity, points, pieces.

    A flow adds up over time and is split when a price changes; a level holds from
    day to day and is multiplied by the days.
    """

    _name = "billing.quantity.type"
    _description = "Quantity Type"
    _order = "sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("flow", "Flow, adds up over time"),
            ("level", "Level, holds from day to day"),
        ],
        required=True,
        default="flow",
    )
    uom_id = fields.Many2one("uom.uom", string="Unit", required=True)
    sequence = fields.Integer(default=10)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a quantity type must be unique."
    )
