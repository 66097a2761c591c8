from odoo import api, fields, models
from odoo.exceptions import ValidationError

INVOICE_ON = [
    ("acceptance", "At once"),
    ("milestone", "By milestones"),
    ("completion", "At the end"),
]


class ConnectionCaseType(models.Model):
    """A kind of ordered work and how it is offered, released and settled."""

    _name = "connection.case.type"
    _description = "Kind of Case"
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    settlement_mode = fields.Selection(
        [("fixed", "Fixed as offered"), ("actual", "Actual cost")],
        required=True,
        default="actual",
    )
    cap_percent = fields.Float(
        string="Cap (%)",
        digits=(7, 4),
        default=15.0,
        help="By how much the actual cost of a regulated contribution may be above "
        "what was accepted.",
    )
    contribution_type_id = fields.Many2one(
        "connection.charge.type",
        string="Contribution As",
        check_company=True,
        ondelete="restrict",
        domain="[('is_regulated', '=', True)]",
        help="As which charge the construction contribution is offered and invoiced.",
    )
    needs_offer = fields.Boolean(
        default=True,
        help="Off: fees of the price list, done and invoiced without an offer.",
    )
    release_on = fields.Selection(
        [("acceptance", "Acceptance"), ("payment", "Payment")],
        string="Release Orders At",
        required=True,
        default="acceptance",
    )
    prepayment_percent = fields.Float(
        string="Prepayment (%)",
        digits=(5, 2),
        default=100.0,
        help="Of the offer, before orders are released.",
    )
    invoice_on = fields.Selection(
        INVOICE_ON,
        string="Invoice",
        required=True,
        default="acceptance",
        help="When what was accepted is invoiced. The final settlement invoices the "
        "rest or pays back.",
    )
    milestone_ids = fields.One2many(
        "connection.milestone", "type_id", string="Milestones"
    )
    needs_completion = fields.Boolean(
        string="Needs Completion Notification",
        default=True,
        help="The installer's notification comes before the final settlement.",
    )
    validity_days = fields.Integer(default=30, help="Of an offer.")
    reminder_days = fields.Integer(
        default=7, help="A reminder is sent so many days before an offer expires."
    )
    hides_prices = fields.Boolean(
        string="Hide Prices from Contractors",
        default=True,
        help="Contractors see quantities only.",
    )
    billing_partner_id = fields.Many2one(
        "res.partner",
        string="External Billing",
        help="Gets the invoice basis by e-mail, where another system invoices it.",
    )
    billing_form = fields.Selection(
        [("json", "JSON"), ("xml", "XML")],
        string="Invoice Basis As",
        required=True,
        default="json",
        help="The file that is sent; the other one is kept to be fetched.",
    )
    introduction = fields.Text(translate=True, help="First paragraph of the letter.")
    conditions = fields.Text(translate=True, help="Printed below the offer.")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "There is already a kind of case of this code."
    )
    _percentages = models.Constraint(
        "CHECK (cap_percent >= 0 AND prepayment_percent > 0 "
        "AND prepayment_percent <= 100 AND validity_days > 0 AND reminder_days >= 0)",
        "The cap is not negative, the prepayment above 0 and up to 100 %, an offer "
        "valid for one day at least.",
    )

    @api.constrains("needs_offer", "contribution_type_id")
    def _check_contribution_type(self):
        for kind in self:
            if kind.needs_offer and not kind.contribution_type_id:
                raise ValidationError(
                    self.env._(
                        "%(kind)s: choose as which charge contributions are offered.",
                        kind=kind.name,
                    )
                )
