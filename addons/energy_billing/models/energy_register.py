from odoo import api, fields, models


class EnergyRegister(models.Model):
    """One counter of a meter."""

    _name = "energy.register"
    _description = "Register"
    _order = "meter_id, code"
    _check_company_auto = True

    meter_id = fields.Many2one(
        "energy.meter", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="meter_id.company_id", store=True)
    kind_id = fields.Many2one(
        "energy.register.kind", string="Counts", required=True, ondelete="restrict"
    )
    code = fields.Char(related="kind_id.code", store=True)
    quantity_type_id = fields.Many2one(
        related="kind_id.quantity_type_id", string="Quantity"
    )
    direction = fields.Selection(related="kind_id.direction")
    digits = fields.Integer(
        default=6,
        required=True,
        help="Digits before the decimal mark: a register of 6 digits starts again "
        "after 999,999.",
    )
    is_billed = fields.Boolean(
        string="Billed",
        default=True,
        help="A file with readings of the meter must have one of this register.",
    )
    reading_ids = fields.One2many("energy.reading", "register_id", string="Readings")

    _kind_unique = models.Constraint(
        "UNIQUE (meter_id, kind_id)", "A meter has one register of each code."
    )
    _digits_range = models.Constraint(
        "CHECK (digits BETWEEN 1 AND 12)", "A register has 1 to 12 digits."
    )

    @api.depends("meter_id", "code")
    def _compute_display_name(self):
        for register in self:
            register.display_name = (
                f"{register.meter_id.code or ''} {register.code or ''}"
            )
