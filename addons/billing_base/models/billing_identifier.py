import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class BillingIdentifier(models.Model):
    """The national identifier of one invoice; given once, it never changes."""

    _name = "billing.identifier"
    _description = "National Identifier of an Invoice"
    _order = "move_id, type_id"
    _rec_name = "value"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="move_id.company_id", store=True)
    type_id = fields.Many2one(
        "billing.identifier.type",
        string="Identifier",
        required=True,
        check_company=True,
        ondelete="restrict",
    )
    value = fields.Char(required=True)

    _one_of_a_kind = models.Constraint(
        "UNIQUE (move_id, type_id)", "The invoice has this identifier already."
    )
    _value_once = models.Constraint(
        "UNIQUE (type_id, value)", "Another invoice has this identifier."
    )

    @api.constrains("value", "type_id")
    def _check_value(self):
        for identifier in self:
            kind = identifier.type_id
            if kind.pattern and not re.fullmatch(kind.pattern, identifier.value):
                raise ValidationError(
                    self.env._(
                        "%(value)s of %(invoice)s is no %(kind)s: it must look like "
                        "%(pattern)s.",
                        value=identifier.value,
                        invoice=identifier.move_id.name,
                        kind=kind.name,
                        pattern=kind.pattern,
                    )
                )

    def write(self, vals):
        if {"move_id", "type_id", "value"} & vals.keys() and not self.env.su:
            raise UserError(
                self.env._(
                    "An identifier never changes. Correct the invoice by a credit note."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_printed(self):
        if self.move_id.filtered("invoice_pdf_report_id"):
            raise UserError(
                self.env._("The document of the invoice shows this identifier already.")
            )
