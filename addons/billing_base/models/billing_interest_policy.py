from odoo import fields, models

from ..rating import to_decimal


class BillingInterestPolicy(models.Model):
    """How late interest is counted: rates, day basis, grace, minimum, accounts."""

    _name = "billing.interest.policy"
    _description = "Interest Policy"
    _inherit = ["mail.thread"]
    _order = "name"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    is_default = fields.Boolean(
        string="By Default",
        help="Holds for customers whose account and profile name no policy.",
    )
    day_basis = fields.Selection(
        [("360", "360 days"), ("365", "365 days"), ("actual", "Days of the year")],
        string="Days in a Year",
        default="365",
        required=True,
        tracking=True,
    )
    grace_days = fields.Integer(tracking=True)
    grace = fields.Selection(
        [
            ("tolerated", "Paid within: nothing; later: from the due date on"),
            ("free", "They never bear interest"),
        ],
        string="Grace Days Mean",
        default="tolerated",
        required=True,
    )
    count_payment_day = fields.Boolean(
        string="Day of Payment Counts",
        default=True,
        help="The day on which a payment arrives still bears interest.",
    )
    minimum = fields.Float(
        string="Smallest Claim",
        digits=(16, 2),
        help="In the currency of the debt. A smaller claim of a customer waits until "
        "it has grown.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        help="Its taxes and income account stand on the interest notes.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        domain="[('type', '=', 'sale')]",
        check_company=True,
        help="A journal of its own gives interest notes a sequence of their own.",
    )
    payment_term_id = fields.Many2one("account.payment.term", check_company=True)
    rate_ids = fields.One2many("billing.interest.rate", "policy_id", string="Rates")
    active = fields.Boolean(default=True)

    _one_default = models.UniqueIndex(
        "(company_id) WHERE is_default AND active",
        "Another policy of this company holds by default.",
    )
    _grace_days_positive = models.Constraint(
        "CHECK (grace_days >= 0)", "Grace days are zero or more."
    )

    def _prepare_terms(self, currency):
        """Arguments of :func:`late_interest` that the policy decides."""
        self.ensure_one()
        basis = self.day_basis
        return {
            "rates": [rate._prepare_rate() for rate in self.rate_ids],
            "rounding": to_decimal(currency.rounding),
            "day_basis": basis if basis == "actual" else int(basis),
            "grace_days": self.grace_days,
            "grace": self.grace,
            "count_payment_day": self.count_payment_day,
        }
