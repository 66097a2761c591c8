from odoo import api, fields, models

KINDS = {
    "account": "account_id",
    "tax": "tax_id",
    "journal": "journal_id",
    "analytic": "analytic_account_id",
}


class BillingExchangeCode(models.Model):
    """What the other system calls an account, a tax, a journal or a cost centre."""

    _name = "billing.exchange.code"
    _description = "Code of Another System"
    _order = "profile_id, kind, code"
    _check_company_auto = True

    profile_id = fields.Many2one(
        "billing.exchange.profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    kind = fields.Selection(
        [
            ("account", "Account"),
            ("tax", "Tax"),
            ("journal", "Journal"),
            ("analytic", "Cost Centre"),
        ],
        default="account",
        required=True,
    )
    account_id = fields.Many2one(
        "account.account", check_company=True, ondelete="cascade"
    )
    tax_id = fields.Many2one("account.tax", check_company=True, ondelete="cascade")
    journal_id = fields.Many2one(
        "account.journal", check_company=True, ondelete="cascade"
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        string="Cost Centre",
        check_company=True,
        ondelete="cascade",
    )
    code = fields.Char(required=True)

    _one_source = models.Constraint(
        "CHECK ((kind = 'account') = (account_id IS NOT NULL)"
        " AND (kind = 'tax') = (tax_id IS NOT NULL)"
        " AND (kind = 'journal') = (journal_id IS NOT NULL)"
        " AND (kind = 'analytic') = (analytic_account_id IS NOT NULL))",
        "A code names one account, tax, journal or cost centre.",
    )
    _once = models.UniqueIndex(
        "(profile_id, kind, COALESCE(account_id, 0), COALESCE(tax_id, 0),"
        " COALESCE(journal_id, 0), COALESCE(analytic_account_id, 0))",
        "This has a code in the profile already.",
    )

    @api.onchange("kind")
    def _onchange_kind(self):
        for kind, name in KINDS.items():
            if kind != self.kind:
                self[name] = False

    def _get_codes(self):
        """``{kind: {id: code}}``"""
        codes = {kind: {} for kind in KINDS}
        for line in self:
            codes[line.kind][line[KINDS[line.kind]].id] = line.code
        return codes
