from odoo import http
from odoo.exceptions import AccessError
from odoo.http import request

from odoo.addons.sale.controllers.portal import CustomerPortal


class EnergyOfferPortal(CustomerPortal):
    @http.route()
    def portal_quote_accept(
        self, order_id, access_token=None, name=None, signature=None
    ):
        """A contact of the customer signs where he may sign and pay."""
        try:
            request.env.user._check_portal_right("pay")
        except AccessError as error:
            return {"error": str(error)}
        return super().portal_quote_accept(order_id, access_token, name, signature)
