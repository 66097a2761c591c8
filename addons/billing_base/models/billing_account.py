from odoo import api, fields, models
from odoo.exceptions import ValidationError


class BillingAccount(models.Model):
    """Customer, bill-to address, channel and terms: where the bills go."""

    _name = "billing.account"
    _description = "Billing Account"
    _inherit = ["mail.thread"]
    _order = "code"
    _rec_names_search = ["code", "name", "partner_id"]
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    code = fields.Char(string="Number", required=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        tracking=True,
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    invoice_partner_id = fields.Many2one(
        "res.partner",
        string="Bill-To Address",
        compute="_compute_invoice_partner_id",
        store=True,
        readonly=False,
        check_company=True,
        tracking=True,
    )
    profile_id = fields.Many2one(
        "billing.profile",
        required=True,
        check_company=True,
        tracking=True,
    )
    interest_policy_id = fields.Many2one(
        "billing.interest.policy",
        check_company=True,
        tracking=True,
        help="Where the contract has an interest rate of its own. Empty: as the "
        "profile says.",
    )
    mandate_id = fields.Many2one(
        "account.banking.mandate",
        string="Direct Debit Mandate",
        check_company=True,
        domain="[('partner_id', '=', commercial_partner_id),"
        " ('state', 'in', ('valid', 'final'))]",
        tracking=True,
        help="Invoices are collected by direct debit where the profile names a method.",
    )
    agreement_ids = fields.One2many(
        "billing.agreement", "account_id", string="Agreements"
    )
    agreement_count = fields.Integer(compute="_compute_agreement_count")
    charge_ids = fields.One2many("billing.charge", "account_id", string="Charges")
    amount_open = fields.Monetary(
        related="commercial_partner_id.billing_amount_open", string="Open Debts"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The number of a billing account must be unique."
    )

    @api.constrains("mandate_id", "partner_id")
    def _check_mandate_id(self):
        for account in self:
            owner = account.mandate_id.partner_id
            if owner and owner != account.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Billing account %(account)s: mandate %(mandate)s is that of "
                        "%(owner)s. Choose one of %(customer)s.",
                        account=account.display_name,
                        mandate=account.mandate_id.display_name,
                        owner=owner.display_name,
                        customer=account.commercial_partner_id.display_name,
                    )
                )

    def _get_debit_mandate(self):
        """The mandate that is valid now, if there is one."""
        return self.mandate_id.filtered(
            lambda mandate: mandate.state in ("valid", "final")
        )

    @api.depends("partner_id")
    def _compute_name(self):
        for account in self:
            account.name = account.partner_id.name or account.name

    @api.depends("partner_id")
    def _compute_invoice_partner_id(self):
        for account in self:
            partner = account.partner_id
            account.invoice_partner_id = (
                partner.address_get(["invoice"])["invoice"] if partner else False
            )

    def _compute_agreement_count(self):
        counts = dict(
            self.env["billing.agreement"]._read_group(
                [("account_id", "in", self.ids)], ["account_id"], ["__count"]
            )
        )
        for account in self:
            account.agreement_count = counts.get(account, 0)

    def action_view_billing_debts(self):
        action = self._action_open("billing_base.billing_debt_action")
        return {
            **action,
            "domain": [("partner_id", "=", self.commercial_partner_id.id)],
        }

    def action_view_billing_reminders(self):
        return self.commercial_partner_id.action_view_billing_reminders()

    def action_view_payment_plans(self):
        return self.commercial_partner_id.action_view_payment_plans()

    def action_view_dunning_blocks(self):
        """Blocks of the account and of its customer."""
        action = self._action_open("billing_base.billing_dunning_block_action")
        return {
            **action,
            "domain": [
                "|",
                ("account_id", "=", self.id),
                ("partner_id", "=", self.commercial_partner_id.id),
            ],
            "context": {"default_account_id": self.id},
        }

    def action_print_statement(self):
        return self.commercial_partner_id.action_print_statement()

    def action_send_statement(self):
        return (self.invoice_partner_id or self.partner_id).action_send_statement()

    def action_view_agreements(self):
        action = self._action_open("billing_base.billing_agreement_action")
        action["context"] = {"default_account_id": self.id}
        return action

    def action_view_segments(self):
        return self._action_open("billing_base.billing_segment_action")

    def _action_open(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        action["domain"] = [("account_id", "=", self.id)]
        action["context"] = {}
        return action

    @api.depends("code", "name")
    def _compute_display_name(self):
        for account in self:
            account.display_name = f"{account.code or ''} {account.name or ''}".strip()
