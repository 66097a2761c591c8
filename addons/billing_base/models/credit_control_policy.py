from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CreditControlPolicy(models.Model):
    """What the fees of a policy's levels are booked with."""

    _inherit = "credit.control.policy"

    fee_booking = fields.Selection(
        [
            ("note", "At once, by an invoice of its own"),
            ("bill", "With the next bill"),
        ],
        string="Fees Are Booked",
        default="note",
        required=True,
        help="With the next bill: as a charge of the billing account. Customers who "
        "have no agreement get an invoice.",
    )
    fee_product_id = fields.Many2one(
        "product.product",
        check_company=True,
        help="Its account and taxes stand on the fees.",
    )
    fee_journal_id = fields.Many2one(
        "account.journal",
        string="Journal of Fees",
        domain="[('type', '=', 'sale')]",
        check_company=True,
        help="Empty: the first sales journal.",
    )

    def check_policy_against_account(self, account):
        """A policy without accounts holds for all receivables."""
        return not self.account_ids or super().check_policy_against_account(account)

    @api.constrains("fee_product_id", "level_ids")
    def _check_fee_product(self):
        self.level_ids._check_fee()


class CreditControlPolicyLevel(models.Model):
    """What a reminder of this level costs."""

    _inherit = "credit.control.policy.level"

    company_currency_id = fields.Many2one(
        "res.currency", compute="_compute_company_currency_id", string="Fee Currency"
    )
    fee = fields.Monetary(
        currency_field="company_currency_id",
        help="Without tax, once for each reminder.",
    )
    interest = fields.Selection(
        [
            ("none", "No"),
            ("shown", "Shown, not claimed"),
            ("claimed", "Claimed with the reminder"),
        ],
        string="Late Interest",
        default="none",
        required=True,
        help="By the customer's interest policy, up to the date of the reminder.",
    )
    pay_within = fields.Integer(
        string="Days to Pay",
        default=10,
        help="The reminder asks for payment within so many days; 0: it names no day.",
    )

    _fee_positive = models.Constraint("CHECK (fee >= 0)", "A fee is zero or more.")
    _pay_within_positive = models.Constraint(
        "CHECK (pay_within >= 0)", "Days to pay are zero or more."
    )

    @api.depends("policy_id.company_id")
    @api.depends_context("company")
    def _compute_company_currency_id(self):
        for level in self:
            company = level.policy_id.company_id or self.env.company
            level.company_currency_id = company.currency_id

    @api.constrains("fee")
    def _check_fee(self):
        for level in self:
            if level.fee and not level.policy_id.fee_product_id:
                raise ValidationError(
                    self.env._(
                        "Level %(level)s of the policy %(policy)s has a fee. Enter the "
                        "product it is booked with on the policy.",
                        level=level.name,
                        policy=level.policy_id.name,
                    )
                )
