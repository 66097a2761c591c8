import logging

from odoo.exceptions import AccessError, MissingError, ValidationError
from odoo.http import request, route

from odoo.addons.account_payment.controllers.payment import (
    PaymentPortal as InvoicePaymentPortal,
)
from odoo.addons.sale.controllers.portal import PaymentPortal as OfferPaymentPortal

_logger = logging.getLogger(__name__)

CHANGED = ("currency_id", "currency", "partner_id")
"""What a payment request never says: it comes from the document."""


def check_request(document, amounts, kwargs):
    """Refuse a payment request that was changed on its way.

    :param document: sale.order or account.move
    :param amounts: floats that may be paid now
    :param kwargs: of the request
    :raises ValidationError: and logs it
    """
    changed = [name for name in CHANGED if name in kwargs]
    amount = kwargs.get("amount")
    is_number = isinstance(amount, int | float) and not isinstance(amount, bool)
    currency = document.currency_id
    is_known = is_number and any(
        currency.compare_amounts(amount, allowed) == 0 for allowed in amounts
    )
    if not changed and is_known and amount > 0:
        return
    _logger.warning(
        "Refused: payment of %s %s for %s by user %s from %s",
        amount,
        ", ".join(f"{name}={kwargs[name]}" for name in changed),
        document.name,
        request.env.uid,
        request.httprequest.remote_addr,
    )
    raise ValidationError(
        request.env._(
            "%(document)s is paid with the amount and in the currency that it shows. "
            "Open it again and pay from there.",
            document=document.name,
        )
    )


class OfferPayment(OfferPaymentPortal):
    @route()
    def portal_order_transaction(self, order_id, access_token, **kwargs):
        try:
            order = self._document_check_access("sale.order", order_id, access_token)
        except (AccessError, MissingError):
            _logger.warning(
                "Refused: payment of offer %s by user %s from %s without a valid token",
                order_id,
                request.env.uid,
                request.httprequest.remote_addr,
            )
            order = request.env["sale.order"]
        if order.connection_case_id:
            request.env.user._check_portal_right("pay")
            open_amount = order.amount_total - order.amount_paid
            required = order._get_prepayment_required_amount()
            amounts = (open_amount, min(required, open_amount))
            check_request(order, amounts, kwargs)
        return super().portal_order_transaction(order_id, access_token, **kwargs)


class InvoicePayment(InvoicePaymentPortal):
    @route()
    def invoice_transaction(self, invoice_id, access_token, **kwargs):
        try:
            move = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError):
            move = request.env["account.move"]
        if move.connection_case_id:
            values = move._get_invoice_next_payment_values()
            amounts = (move.amount_residual, values.get("next_amount_to_pay") or 0)
            check_request(move, amounts, kwargs)
        return super().invoice_transaction(invoice_id, access_token, **kwargs)
