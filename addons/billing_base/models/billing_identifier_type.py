import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BillingIdentifierType(models.Model):
    """A mark that a tax office or a national system gives to an invoice."""

    _name = "billing.identifier.type"
    _description = "National Identifier"
    _order = "sequence, code"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    country_id = fields.Many2one("res.country")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    pattern = fields.Char(
        help="A regular expression that every value follows, such as [0-9A-F]{32}."
    )
    place = fields.Selection(
        [
            ("fact", "Beside the address"),
            ("code", "As a QR code"),
            ("none", "Nowhere"),
        ],
        string="Printed",
        default="fact",
        required=True,
    )
    is_required = fields.Boolean(
        string="Before the Document",
        help="No document of an invoice is made before it has this identifier.",
    )
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "A code is used once in a company."
    )

    @api.constrains("pattern")
    def _check_pattern(self):
        for kind in self.filtered("pattern"):
            try:
                re.compile(kind.pattern)
            except re.error as error:
                raise ValidationError(
                    self.env._(
                        "The pattern of “%(name)s” cannot be read: %(reason)s",
                        name=kind.name,
                        reason=error,
                    )
                ) from error
