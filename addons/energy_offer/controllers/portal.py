import logging

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal

_logger = logging.getLogger(__name__)


class EnergyOfferPortal(CustomerPortal):
    @http.route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """A contact of the customer signs where he may sign and pay."""
        # whether he may see the offer at all is asked below
        offer = request.env["sale.order"].sudo().browse(order_id).exists()
        try:
            if offer.is_energy_offer:
                request.env.user._check_portal_right("pay")
        except AccessError as error:
            _logger.warning(
                "Refused: acceptance of offer %s by user %s from %s",
                offer.name,
                request.env.uid,
                request.httprequest.remote_addr,
            )
            return {"error": str(error)}
        return super().portal_quote_accept(order_id, access_token, name, signature)
