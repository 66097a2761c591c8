from odoo import fields, models


class PostalPartnerKind(models.Model):
    """What a partner is to the post office: state body, bank, principal, sender."""

    _name = "postal.partner.kind"
    _description = "Kind of Partner"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (code)", "The code of a kind of partner must be unique."
    )
