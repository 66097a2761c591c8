from odoo import fields, models


class BillingReason(models.Model):
    _name = "billing.reason"
    _description = "Billing Reason"
    _order = "kind, sequence, name"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("cancel", "Cancellation"),
            ("waive", "Waiver"),
            ("decline", "Decline"),
            ("dunning", "Dunning block"),
            ("return", "Returned debit"),
            ("write_off", "Write-off"),
        ],
        required=True,
    )
    ends_mandate = fields.Boolean(
        help="No further invoice is collected from the account."
    )
    charges_fee = fields.Boolean(
        default=True, help="The customer pays the fee of returned debits."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (kind, code)", "The code of a reason is used once for each kind."
    )
