from odoo import fields, models


class BillingChargeType(models.Model):
    """What charges of all tariffs are in reports: energy, network, levy, fee."""

    _name = "billing.charge.type"
    _description = "Charge Type"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    note = fields.Char(translate=True)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a charge type is used once."
    )
