from odoo import fields, models


class BillingDocumentKind(models.Model):
    """What kind of document of a customer: contract, power of attorney, certificate."""

    _name = "billing.document.kind"
    _description = "Kind of Customer Document"
    _order = "sequence, name"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    has_validity = fields.Boolean(
        string="Expires", help="Documents of this kind need a last day of validity."
    )
    remind_days = fields.Integer(
        string="Remind Before (Days)",
        default=30,
        help="So many days before it expires, who is responsible gets an activity.",
    )
    active = fields.Boolean(default=True)

    _remind_positive = models.Constraint(
        "CHECK (remind_days >= 0)", "Days cannot be negative."
    )
