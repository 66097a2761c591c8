from odoo import fields, models


class BillingWriteOffLimit(models.Model):
    """How much may be written off at most, and where it is booked."""

    _name = "billing.write.off.limit"
    _description = "Write-Off Limit"
    _order = "company_id, currency_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    amount = fields.Monetary(
        string="At Most", required=True, help="The open rest of one item, either way."
    )
    account_id = fields.Many2one(
        "account.account",
        required=True,
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', 'income_other'))]",
        help="What is written off is booked here.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
    )

    _one_a_currency = models.Constraint(
        "UNIQUE (company_id, currency_id)", "There is a limit in this currency already."
    )
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "The limit is more than zero."
    )

    def _compute_display_name(self):
        for limit in self:
            limit.display_name = f"{limit.company_id.name} {limit.currency_id.name}"
