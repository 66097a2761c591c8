from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ConnectionChargeType(models.Model):
    """What is charged: its account, its tax, and whether a regulation governs it."""

    _name = "connection.charge.type"
    _description = "Charge Type of Ordered Work"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    is_regulated = fields.Boolean(
        string="Regulated Contribution",
        help="Shared among customers, reduced, capped and paid back by regulation. "
        "Off: contractual work, the customer pays all of it.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        domain="[('type', '=', 'service')]",
        help="Carries the income account.",
    )
    is_outside_vat = fields.Boolean(string="Outside VAT")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "There is already a charge type of this code."
    )

    @api.constrains("is_outside_vat", "tax_ids")
    def _check_taxes(self):
        for kind in self:
            if bool(kind.tax_ids) == kind.is_outside_vat:
                raise ValidationError(
                    self.env._(
                        "%(kind)s: choose its taxes, or mark it as outside VAT.",
                        kind=kind.name,
                    )
                )
