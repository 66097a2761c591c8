from odoo import api, fields, models


class BillingDebitReturn(models.TransientModel):
    """The bank gave direct debits back: the invoices are open again."""

    _name = "billing.debit.return"
    _description = "Returned Direct Debits"

    payment_ids = fields.Many2many(
        "account.payment",
        string="Payments",
        required=True,
        default=lambda self: self._default_payments(),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Returned On", required=True, default=fields.Date.context_today
    )
    reason_id = fields.Many2one(
        "billing.reason", required=True, domain="[('kind', '=', 'return')]"
    )
    fee = fields.Monetary(
        compute="_compute_from_reason",
        store=True,
        readonly=False,
        help="Charged to each customer, without tax. 0: none.",
    )
    ends_mandate = fields.Boolean(
        compute="_compute_from_reason",
        store=True,
        readonly=False,
        help="No further invoice is collected from these accounts.",
    )

    @api.depends("reason_id", "company_id")
    def _compute_from_reason(self):
        for wizard in self:
            reason = wizard.reason_id
            charged = not reason or reason.charges_fee
            wizard.fee = wizard.company_id.billing_return_fee if charged else 0
            wizard.ends_mandate = reason.ends_mandate

    @api.model
    def _default_payments(self):
        if self.env.context.get("active_model") == "account.payment":
            return self.env.context.get("active_ids")
        return None

    def action_return(self):
        """Reopen the invoices, once, and charge the fee."""
        self.ensure_one()
        self.env["res.users"]._check_may("collect")
        debits = (
            self.env["billing.returned.debit"]
            .sudo()
            .create(
                [
                    {
                        "company_id": payment.company_id.id,
                        "currency_id": payment.currency_id.id,
                        "date": self.date,
                        "reference": payment.memo or payment.name,
                        "amount": payment.amount,
                        "reason_code": self.reason_id.code,
                        "reason_id": self.reason_id.id,
                        "payment_id": payment.id,
                    }
                    for payment in self.payment_ids
                ]
            )
        )
        for debit in debits.sudo(False):
            debit._book(self.fee, ends_mandate=self.ends_mandate)
