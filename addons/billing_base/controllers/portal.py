from functools import partial

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, MissingError
from odoo.http import request
from odoo.tools.misc import formatLang

from odoo.addons.account.controllers.portal import PortalAccount

from ..tools import format_number


class BillingPortal(PortalAccount):
    """What a customer sees of his bills, beside Odoo's list of invoices."""

    # === Start page ===

    @http.route()
    def home(self, **kwargs):
        response = super().home(**kwargs)
        response.qcontext.update(self._prepare_billing_summary())
        return response

    def _prepare_billing_summary(self):
        """Balance and last bill of the customer, as far as the user may see them."""
        Move = request.env["account.move"]
        if not Move.has_access("read"):
            return {}
        partner = request.env.user.partner_id
        own = Move.search(
            [
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("commercial_partner_id", "=", partner.commercial_partner_id.id),
            ],
            order="invoice_date desc, id desc",
            limit=1,
        )
        return {
            "billing_balances": Move._get_portal_balance(partner),
            "billing_last_bill": own.sudo(),
        }

    # === A bill ===

    @http.route()
    def portal_my_invoice_detail(
        self, invoice_id, access_token=None, report_type=None, **kwargs
    ):
        """Bills of segments are shown as they are, not by Odoo's report: what the
        customer downloads is drawn, too."""
        if report_type == "html":
            try:
                move = self._get_bill(invoice_id, access_token)
            except NotFound:
                move = None
            if move:
                values = {"invoice": move, "number": partial(format_number, move.env)}
                return request.render("billing_base.portal_bill_document", values)
        return super().portal_my_invoice_detail(
            invoice_id, access_token=access_token, report_type=report_type, **kwargs
        )

    def _get_bill(self, invoice_id, access_token):
        """The posted bill, sudo: the user's own, or one he has the link of.

        :raises NotFound: also for another customer's
        """
        try:
            move = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError) as error:
            raise NotFound() from error
        if move.state != "posted" or not move._get_billing_segments():
            raise NotFound()
        return move

    def _prepare_bill_values(self, move, access_token, **values):
        return {
            **self._prepare_portal_layout_values(),
            "page_name": "invoice",
            "invoice": move,
            "access_token": access_token,
            **values,
        }

    @http.route(
        "/my/invoices/<int:invoice_id>/calculation",
        type="http",
        auth="public",
        website=True,
        readonly=True,
    )
    def portal_bill_calculation(self, invoice_id, access_token=None, **kwargs):
        move = self._get_bill(invoice_id, access_token)
        values = self._prepare_bill_values(
            move,
            access_token,
            sections=move._prepare_portal_calculation(),
            other_lines=move._get_portal_other_lines(),
            number=partial(format_number, move.env),
        )
        return request.render("billing_base.portal_bill_calculation", values)

    @http.route(
        "/my/invoices/<int:invoice_id>/comparison",
        type="http",
        auth="public",
        website=True,
        readonly=True,
    )
    def portal_bill_comparison(self, invoice_id, access_token=None, **kwargs):
        move = self._get_bill(invoice_id, access_token)
        found = move._get_portal_comparable()
        comparisons = {
            name: move._prepare_portal_comparison(other)
            for name, other in found.items()
            if other
        }
        values = self._prepare_bill_values(
            move,
            access_token,
            comparisons=comparisons,
            money=lambda amount: formatLang(
                move.env, float(amount), currency_obj=move.currency_id
            ),
        )
        return request.render("billing_base.portal_bill_comparison", values)
