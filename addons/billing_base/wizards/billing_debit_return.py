from odoo import api, fields, models
from odoo.exceptions import UserError


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
        default=lambda self: self.env.company.billing_return_fee,
        help="Charged to each customer, without tax. 0: none.",
    )
    cancel_mandate = fields.Boolean(
        help="No further invoice is collected from these accounts."
    )

    @api.model
    def _default_payments(self):
        if self.env.context.get("active_model") == "account.payment":
            return self.env.context.get("active_ids")
        return None

    def action_return(self):
        """Reopen the invoices, once, and charge the fee."""
        self.ensure_one()
        payments = self.payment_ids
        wrong = payments.filtered(
            lambda payment: (
                payment.payment_type != "inbound"
                or payment.state not in ("in_process", "paid")
            )
        )
        if wrong:
            raise UserError(
                self.env._(
                    "%(payments)s: only incoming payments that were booked can be "
                    "returned, and only once.",
                    payments=", ".join(wrong.mapped("display_name")),
                )
            )
        product = self.company_id.billing_return_fee_product_id
        if self.fee and not product:
            raise UserError(
                self.env._(
                    "The fee of returned debits has no product. Enter one in the "
                    "billing settings."
                )
            )
        payments.lock_for_update()
        for payment in payments:
            self._return(payment, product)

    def _return(self, payment, product):
        """A booking of the day it came back, opposite to the payment's."""
        reference = self.env._(
            "Returned: %(payment)s, %(reason)s",
            payment=payment.memo or payment.name,
            reason=self.reason_id.name,
        )
        if payment.move_id:
            receivable = payment.move_id.line_ids.filtered(
                lambda line: line.account_id.account_type == "asset_receivable"
            )
            receivable.remove_move_reconcile()
            payment.move_id._reverse_moves(
                [{"date": self.date, "ref": reference}], cancel=True
            )
        payment.action_reject()
        payment.message_post(body=reference)
        mandate = payment.payment_line_ids.mandate_id
        mandate.message_post(body=reference)
        if self.cancel_mandate:
            mandate.filtered(lambda m: m.state in ("valid", "final")).cancel()
        if self.fee:
            self.env["account.move"]._make_fee(
                payment.partner_id,
                product,
                self.fee,
                reference,
                company_id=payment.company_id.id,
                currency_id=self.currency_id.id,
                invoice_date=self.date,
                invoice_date_due=self.date,
                returned_payment_id=payment.id,
            )
