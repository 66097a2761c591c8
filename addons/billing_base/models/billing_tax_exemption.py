from odoo import fields, models


class BillingTaxExemption(models.Model):
    """Why something is supplied without a tax: the ground in the law."""

    _name = "billing.tax.exemption"
    _description = "Tax Exemption Ground"
    _order = "kind, sequence, code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    kind = fields.Selection(
        [("vat", "VAT"), ("excise", "Excise")],
        string="Tax",
        default="vat",
        required=True,
    )
    legal_reference = fields.Char(
        translate=True, help="Law and article, as it stands on documents."
    )
    country_id = fields.Many2one("res.country")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (kind, code)", "The code of a ground is used once for each tax."
    )
