import logging

from odoo import http
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal

_logger = logging.getLogger(__name__)


class ConnectionSalePortal(CustomerPortal):
    """Acceptance of an offer keeps address and document; refusals are logged."""

    def _get_connection_offer(self, order_id, access_token):
        """The offer of a case that this visitor may see, else an empty record."""
        try:
            order = self._document_check_access(
                "sale.order", order_id, access_token=access_token
            )
        except (AccessError, MissingError):
            _logger.warning(
                "Refused: offer %s asked for by user %s from %s without a valid token",
                order_id,
                request.env.uid,
                request.httprequest.remote_addr,
            )
            return request.env["sale.order"]
        return order.filtered("connection_case_id")

    @http.route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        token = access_token or request.httprequest.args.get("access_token")
        offer = self._get_connection_offer(order_id, token)
        if not offer:
            return super().portal_quote_accept(order_id, access_token, name, signature)
        address = request.httprequest.remote_addr
        request.update_context(connection_ip=address)
        try:
            with request.env.cr.savepoint():
                request.env.user._check_portal_right("pay")
                result = super().portal_quote_accept(
                    order_id, access_token, name, signature
                )
        except UserError as error:
            result = {"error": str(error)}
        if result.get("error"):
            _logger.warning(
                "Refused: acceptance of offer %s from %s: %s",
                offer.name,
                address,
                result["error"],
            )
            return result
        report = request.env["ir.actions.report"].sudo()
        pdf = report._render_qweb_pdf("sale.action_report_saleorder", offer.ids)[0]
        offer.sudo().connection_acceptance_ids._store_document(f"{offer.name}.pdf", pdf)
        return result

    @http.route()
    def portal_quote_decline(
        self, order_id, access_token=None, decline_message=None, **kwargs
    ):
        offer = self._get_connection_offer(order_id, access_token)
        may_decline = offer and offer._has_to_be_signed()
        response = super().portal_quote_decline(
            order_id, access_token, decline_message, **kwargs
        )
        if may_decline and (decline_message or "").strip():
            offer.sudo()._mark_declined(decline_message)
        return response
