import logging

from werkzeug.exceptions import Forbidden, NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import email_normalize

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.billing_portal_access import RIGHTS

_logger = logging.getLogger(__name__)


class AccountPortal(CustomerPortal):
    """The customer's settings, and his people in the portal."""

    def _check_manager(self):
        if not request.env.user._has_portal_right("manage"):
            _logger.warning(
                "Refused: %s of user %s from %s",
                request.httprequest.path,
                request.env.uid,
                request.httprequest.remote_addr,
            )
            raise Forbidden()

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "billing_account_count" in counters:
            may = request.env.user._has_portal_right("manage")
            values["billing_account_count"] = len(self._get_own_accounts()) * may
        if "billing_user_count" in counters:
            may = request.env.user._has_portal_right("manage")
            users = self._get_contacts().user_ids
            values["billing_user_count"] = len(users) * may
        return values

    def _get_own_accounts(self):
        """The customer's billing accounts, sudo."""
        user = request.env.user
        return (
            request.env["billing.account"]
            .sudo()
            .search(
                Domain("commercial_partner_id", "=", user.commercial_partner_id.id)
                & Domain("company_id", "in", user.company_ids.ids)
            )
        )

    # === Settings ===

    def _render_settings(self, form=None, error="", stored=False):
        accounts = self._get_own_accounts()
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="billing_settings",
            accounts=accounts,
            methods=accounts._get_portal_methods(),
            languages=request.env["res.lang"].get_installed(),
            language=request.env.user.lang,
            form=form or {},
            error=error,
            stored=stored,
        )
        return request.render("billing_base.portal_settings", values)

    @http.route(
        "/my/settings", type="http", auth="user", website=True, methods=["GET", "POST"]
    )
    def portal_settings(self, **post):
        self._check_manager()
        if request.httprequest.method == "GET":
            return self._render_settings(stored=bool(post.get("stored")))
        account = self._get_own_accounts().filtered(
            lambda own: str(own.id) == post.get("account")
        )
        if not account:
            raise NotFound()
        try:
            with request.env.cr.savepoint():
                self._store_settings(account, post)
        except UserError as error:
            return self._render_settings(post, str(error))
        response = request.redirect("/my/settings?stored=1")
        # the page of the login was in the browser's language, which Odoo keeps there
        response.set_cookie("frontend_lang", request.env.user.lang)
        return response

    def _store_settings(self, account, post):
        languages = dict(request.env["res.lang"].get_installed())
        language = post.get("language")
        if language not in languages:
            raise UserError(request.env._("Choose one of the languages."))
        method = post.get("method") or ""
        account._write_portal_settings(
            post.get("email"), int(method) if method.isdigit() else None
        )
        partners = request.env.user.partner_id.sudo()
        if account._has_own_address():
            partners |= account.invoice_partner_id
        partners.filtered(lambda partner: partner.lang != language).lang = language

    # === Users ===

    def _get_contacts(self):
        """The customer's contacts, himself among them, sudo."""
        customer = request.env.user.commercial_partner_id
        return (
            request.env["res.partner"]
            .sudo()
            .search([("commercial_partner_id", "=", customer.id)])
        )

    def _render_users(self, form=None, error="", stored=False):
        contacts = self._get_contacts().filtered("user_ids")
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="billing_users",
            rows=[
                (
                    contact,
                    {
                        right: contact.user_ids[:1]._has_portal_right(right)
                        for right in RIGHTS
                    },
                )
                for contact in contacts
            ],
            labels={
                right: request.env["billing.portal.access"]
                ._fields[f"may_{right}"]
                ._description_string(request.env)
                for right in RIGHTS
            },
            form=form or {},
            error=error,
            stored=stored,
        )
        return request.render("billing_base.portal_users", values)

    @http.route(
        "/my/users", type="http", auth="user", website=True, methods=["GET", "POST"]
    )
    def portal_users(self, **post):
        self._check_manager()
        if request.httprequest.method == "GET":
            return self._render_users(stored=bool(post.get("stored")))
        try:
            with request.env.cr.savepoint():
                if post.get("contact"):
                    self._change_user(post)
                else:
                    self._invite_user(post)
        except UserError as error:
            return self._render_users(post, str(error))
        return request.redirect("/my/users?stored=1")

    def _get_rights(self, post):
        return {f"may_{right}": bool(post.get(right)) for right in RIGHTS}

    def _change_user(self, post):
        contact = self._get_contacts().filtered(
            lambda own: own.user_ids and str(own.id) == post["contact"]
        )
        own = request.env.user.partner_id
        if not contact or contact == contact.commercial_partner_id or contact == own:
            # the customer himself may always do all, nobody changes his own rights
            raise NotFound()
        if post.get("remove"):
            self._get_wizard_line(contact).action_revoke_access()
            return
        Access = request.env["billing.portal.access"].sudo()
        access = Access.search([("partner_id", "=", contact.id)])
        if access:
            access.write(self._get_rights(post))
        else:
            Access.create({"partner_id": contact.id, **self._get_rights(post)})

    def _invite_user(self, post):
        """A new contact with a login; Odoo sends him the invitation."""
        _ = request.env._
        name = (post.get("name") or "").strip()
        email = email_normalize(post.get("email") or "")
        if not name or not email:
            raise UserError(_("Enter the name and the e-mail address."))
        users = request.env["res.users"].sudo().with_context(active_test=False)
        if users.search_count([("login", "=ilike", email)], limit=1):
            raise UserError(_("There is already a user of this e-mail address."))
        contact = (
            request.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": name,
                    "email": email,
                    "parent_id": request.env.user.commercial_partner_id.id,
                    "type": "contact",
                    "lang": request.env.user.lang,
                }
            )
        )
        request.env["billing.portal.access"].sudo().create(
            {"partner_id": contact.id, **self._get_rights(post)}
        )
        self._get_wizard_line(contact).action_grant_access()

    def _get_wizard_line(self, contact):
        """Odoo's wizard that gives and takes portal access, for one contact."""
        wizard = (
            request.env["portal.wizard"]
            .sudo()
            .with_context(active_ids=contact.ids, active_model="res.partner")
            .create({})
        )
        return wizard.user_ids.filtered(lambda line: line.partner_id == contact)
