from odoo import api, fields, models


class EnergyRegisterKind(models.Model):
    """What a register or an interval channel of a code counts, in any meter."""

    _name = "energy.register.kind"
    _description = "Register or Channel Code"
    _order = "code"
    _rec_names_search = ["code", "name"]

    code = fields.Char(
        required=True,
        help="The code as profiles of files translate to it: 1.8.0, 1.8.1, A+.",
    )
    name = fields.Char(required=True, translate=True)
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Quantity",
        required=True,
        index=True,
        ondelete="restrict",
        help="A register of a quantity that holds, like maximum demand, tells it with "
        "each reading; the others are read as differences.",
    )
    direction = fields.Selection(
        [("import", "Drawn from the network"), ("export", "Fed into the network")],
        default="import",
        required=True,
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a register or channel must be unique."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = f"{kind.code or ''} {kind.name or ''}".strip()

    def _is_level(self):
        """Whether each reading tells a level by itself: maximum demand."""
        self.ensure_one()
        return self.quantity_type_id.kind == "level"
