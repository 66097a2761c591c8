from odoo.http import request

from odoo.addons.portal.controllers.web import Home


class BillingHome(Home):
    """Customers begin in their own language."""

    def _login_redirect(self, uid, redirect=None):
        """Odoo goes on in the language of the page before, which is the browser's; what
        is chosen in the footer afterwards stays until the next login."""
        user = request.env(user=uid)["res.users"].browse(uid)
        # without a session he still has to enter his second factor
        if request.session.uid and not user._is_internal():
            lang = request.env["ir.http"].get_nearest_lang(user.lang)
            if lang:
                request.future_response.set_cookie("frontend_lang", lang)
        return super()._login_redirect(uid, redirect=redirect)
