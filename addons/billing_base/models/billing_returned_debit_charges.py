from odoo import models
from odoo.exceptions import UserError

from ..matching import sum_charges
from ..rating import to_decimal


class BillingReturnedDebit(models.Model):
    """The fee of a return, and what the bank charges for it: told with the debit, or
    later by another message."""

    _inherit = "billing.returned.debit"

    def _get_fee(self):
        """What the customer is charged, in the company's currency, without tax."""
        self.ensure_one()
        fee = to_decimal(self.company_id.billing_return_fee)
        fee += self._get_passed_on(to_decimal(self.charges), self.date)
        return float(fee) if self._is_fee_charged() else 0

    def _is_fee_charged(self):
        return not self.reason_id or self.reason_id.charges_fee

    def _get_passed_on(self, charges, day):
        """What customers pay of charges of the bank.

        :param charges: Decimal, in the currency of the debit
        :return: Decimal, in the company's currency
        """
        company = self.company_id
        if not charges or not company.billing_return_charges_passed_on:
            return to_decimal(0)
        return to_decimal(
            self.currency_id._convert(float(charges), company.currency_id, company, day)
        )

    def _charge_fee(self, fee, text, **values):
        """Post the customer's invoice of a fee.

        :param fee: without tax, in the company's currency
        :param values: more of the account.move
        """
        payment = self.payment_id
        product = self.company_id.billing_return_fee_product_id
        if not product:
            raise UserError(
                self.env._(
                    "The fee of returned debits has no product. Enter one in the "
                    "billing settings."
                )
            )
        self.env["account.move"]._make_fee(
            payment.partner_id,
            product,
            fee,
            text,
            company_id=payment.company_id.id,
            currency_id=self.company_id.currency_id.id,
            invoice_date=self.date,
            invoice_date_due=self.date,
            returned_payment_id=payment.id,
            **values,
        )

    def _is_charges_alone(self):
        """The message tells of charges, and not of the debit itself."""
        self.ensure_one()
        return bool(self.charges) and not self.amount

    def _split_charges(self):
        """What the bank booked beyond the payment that a person found is charges, and
        so is a smaller sum of a debit that came back before."""
        self.ensure_one()
        payment = self.payment_id
        if not self.is_money_moved or self.currency_id != payment.currency_id:
            return
        moved = to_decimal(self.amount) + to_decimal(self.charges)
        charges = moved - to_decimal(payment.amount)
        if charges >= 0:
            self.sudo().write({"amount": payment.amount, "charges": float(charges)})
        elif payment.state == "rejected":
            self.sudo().write({"amount": 0, "charges": float(moved)})

    def _repeat(self):
        """The debit came back before: this message may add that money moved, and what
        the bank charged. The fee is booked, so the customer gets a document of its own
        for charges that are passed on."""
        self.ensure_one()
        payment = self.payment_id
        self.sudo().write(
            {"state": "repeated", "finding": False, **self._prepare_links()}
        )
        first = self.search([("payment_id", "=", payment.id), ("state", "=", "done")])
        if not first:
            return
        if self.is_money_moved and not self._is_charges_alone():
            first._set_money_moved()
        told = first._get_charges_told()
        added = told - to_decimal(first.charges_total)
        if added <= 0:
            return
        # also keeps two messages that are imported at once from adding it twice
        first.sudo().charges_total = float(told)
        fee = first._get_passed_on(added, self.date)
        if fee and first._is_fee_charged():
            text = self.env._(
                "Bank charges of the returned debit %(debit)s", debit=first.reference
            )
            self._charge_fee(float(fee), text, returned_charges_id=self.id)

    def _get_charges_told(self):
        """:return: Decimal; what all messages about this return say, in its currency"""
        told = self.search(
            [
                ("payment_id", "=", self.payment_id.id),
                ("state", "in", ("done", "repeated")),
                ("currency_id", "=", self.currency_id.id),
            ]
        )
        alone = told.filtered(lambda debit: debit._is_charges_alone())
        return sum_charges(
            (to_decimal(debit.charges) for debit in told - alone),
            (to_decimal(debit.charges) for debit in alone),
        )

    def _set_money_moved(self):
        """Told as refused, booked by the bank all the same: the payment and what undid
        it wait for the two entries of the statement."""
        if self.is_money_moved:
            return
        self.sudo().is_money_moved = True
        moves = self.payment_id.move_id | self.move_id
        items = moves.line_ids.filtered(
            lambda item: item.account_id.account_type != "asset_receivable"
        )
        partials = items.matched_debit_ids | items.matched_credit_ids
        if (partials.debit_move_id | partials.credit_move_id) <= items:
            items.remove_move_reconcile()
