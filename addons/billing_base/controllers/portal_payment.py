import logging

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.http import request, route

from odoo.addons.account_payment.controllers.payment import PaymentPortal
from odoo.addons.account_payment.controllers.portal import PortalAccount

_logger = logging.getLogger(__name__)


def get_open_bills():
    """The user's bills to pay that can be paid together: of one company and currency,
    those that are due first."""
    Move = request.env["account.move"]
    bills = Move.search(
        Move._get_portal_open_domain(request.env.user.partner_id)
        & Domain("move_type", "=", "out_invoice"),
        order="invoice_date_due, id",
    )
    first = bills[:1]
    return bills.filtered(
        lambda bill: (
            bill.company_id == first.company_id
            and bill.currency_id == first.currency_id
        )
    )


class BillsPortal(PortalAccount):
    """All open bills in one payment."""

    def _get_total(self, bills):
        return bills.currency_id.round(sum(bills.mapped("amount_residual")))

    @route("/my/invoices/pay", type="http", auth="user", website=True)
    def portal_pay_bills(self, **kwargs):
        request.env.user._check_portal_right("pay")
        bills = get_open_bills()
        if not bills:
            return request.redirect("/my/invoices")
        company, currency = bills.company_id.sudo(), bills.currency_id
        total = self._get_total(bills)
        reference = (
            company.get_next_batch_payment_communication()
            if len(bills) > 1
            else bills.name
        )
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "overdue_invoices",
            "bills": bills.sudo(),
            "payment": {
                "date": fields.Date.context_today(bills),
                "reference": reference,
                "amount": total,
                "currency": currency,
            },
            "amount": total,
            **self._get_common_page_view_values(
                invoices_data={
                    "partner": request.env.user.partner_id,
                    "company": company,
                    "total_amount": total,
                    "currency": currency,
                    "amount_residual": total,
                    "payment_reference": reference,
                    "landing_route": "/my/invoices",
                    "transaction_route": "/my/invoices/pay/transaction",
                },
            ),
        }
        return request.render("billing_base.portal_pay_bills", values)

    def _overdue_invoices_get_page_view_values(self, overdue_invoices, **kwargs):
        """What is paid in part is paid for the rest: Odoo asks for the whole again."""
        values = super()._overdue_invoices_get_page_view_values(
            overdue_invoices, **kwargs
        )
        if "payment" in values:
            values["amount"] = self._get_total(overdue_invoices)
            values["payment"]["amount"] = values["amount"]
        return values


class BillsPayment(PaymentPortal):
    @route()
    def invoice_transaction(self, invoice_id, access_token, **kwargs):
        request.env.user._check_portal_right("pay")
        return super().invoice_transaction(invoice_id, access_token, **kwargs)

    @route()
    def overdue_invoices_transaction(self, payment_reference, **kwargs):
        request.env.user._check_portal_right("pay")
        return super().overdue_invoices_transaction(payment_reference, **kwargs)

    @route("/my/invoices/pay/transaction", type="jsonrpc", auth="user")
    def portal_pay_bills_transaction(self, payment_reference, **kwargs):
        """A transaction for all open bills, with the amount that they add up to.

        :raises ValidationError: when another amount is asked for
        """
        request.env.user._check_portal_right("pay")
        bills = get_open_bills()
        currency = bills.currency_id
        amount = kwargs.get("amount")
        total = sum(bills.mapped("amount_residual"))
        is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
        if not bills or not is_number or currency.compare_amounts(amount, total):
            _logger.warning(
                "Refused: payment of %s for all bills by user %s from %s",
                amount,
                request.env.uid,
                request.httprequest.remote_addr,
            )
            raise ValidationError(
                request.env._(
                    "What is open has changed meanwhile. Open the page again and pay "
                    "from there."
                )
            )
        self._validate_transaction_kwargs(kwargs)
        return self._process_transaction(
            request.env.user.partner_id.id,
            currency.id,
            bills.ids,
            payment_reference,
            **kwargs,
        )
