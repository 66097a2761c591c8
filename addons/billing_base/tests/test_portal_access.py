"""Who may do what in the portal of a customer."""

import re

from odoo import http
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tests.common import HOST
from odoo.tools import mute_logger

from .test_portal import PortalCase


@tagged("post_install", "-at_install")
class TestPortalAccess(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Anna", "email": "anna@example.com", "parent_id": cls.customer.id}
        )
        cls.anna = cls._portal_user("portal_anna", cls.contact)
        cls.other = cls._portal_user("portal_other", cls.stranger)
        cls.method = cls.env["transmit.method"].create(
            {"name": "By Post", "code": "post_test", "customer_ok": True}
        )

    def _post(self, path, login="portal_a", **values):
        self.authenticate(login, login)
        page = self.url_open("/my").text
        csrf = re.search(r'csrf_token: "([^"]+)"', page)[1]
        return self.url_open(path, data={"csrf_token": csrf, **values})

    def _grant(self, **rights):
        return self.env["billing.portal.access"].create(
            {"partner_id": self.contact.id, **rights}
        )

    def test_contacts_see_the_customer_s_contracts_and_nobody_else_s(self):
        contract = self.agreement.contract_id
        foreign = self._create_agreement("A-9", 1, partner=self.stranger).contract_id
        # even who was told of a contract of somebody else
        foreign.message_subscribe(self.contact.ids)
        for user in (self.user, self.anna):
            found = self.env["contract.contract"].with_user(user).search([])
            self.assertEqual(found, contract, user.login)
            for model in ("contract.line", "contract.modification"):
                lines = self.env[model].with_user(user).search([])
                self.assertLessEqual(lines.contract_id, contract)
            with self.assertRaises(AccessError):
                foreign.with_user(user).read(["name"])
        page = self._open(f"/my/contracts/{contract.id}", "portal_anna").text
        self.assertIn("A-1", page)
        self.assertIn("Basic", page)
        self.assertIn('data-res_model="contract.contract"', page)

    def test_a_message_on_his_contract_reaches_us(self):
        contract = self.agreement.contract_id
        self.authenticate("portal_anna", "portal_anna")
        answer = self.make_jsonrpc_request(
            "/mail/message/post",
            {
                "thread_model": "contract.contract",
                "thread_id": contract.id,
                "post_data": {
                    "body": "We move out in May",
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        )
        self.assertTrue(answer)
        message = contract.message_ids[0]
        self.assertIn("We move out in May", message.body)
        self.assertEqual(message.author_id, self.contact)
        foreign = self._create_agreement("A-8", 1, partner=self.stranger).contract_id
        with self.assertRaises(AccessError):
            foreign.with_user(self.anna).message_post(body="x")

    def test_a_contact_sees_bills_only_if_he_may(self):
        bills = self.env["account.move"].with_user(self.anna)
        self.assertEqual(bills.search([]), self.bill)
        self.assertTrue(bills.env["account.move.line"].search_count([]))
        access = self._grant(may_bills=False)
        self.assertFalse(bills.search([]))
        self.assertFalse(bills.env["account.move.line"].search_count([]))
        url = f"/my/invoices/{self.bill.id}/calculation"
        self.assertEqual(self._open(url, "portal_anna").status_code, 404)
        self.assertNotIn(self.bill.name, self._open("/my", "portal_anna").text)
        access.may_bills = True
        self.assertEqual(bills.search([]), self.bill)

    @mute_logger("odoo.http")
    def test_who_may_not_pay_does_not(self):
        self._grant(may_pay=False)
        self.assertEqual(self._open("/my/invoices/pay", "portal_anna").status_code, 403)
        for path in (
            f"/invoice/transaction/{self.bill.id}",
            "/invoice/transaction/overdue",
            "/my/invoices/pay/transaction",
        ):
            answer = self.opener.post(
                f"{self.base_url()}{path}",
                json={"params": {"payment_reference": "x", "access_token": "x"}},
            )
            self.assertIn("You may not do this", answer.text, path)

    def test_settings_are_stored_as_far_as_they_are_his(self):
        account = self.agreement.account_id
        values = {
            "account": account.id,
            "method": self.method.id,
            "email": "Bills@Example.com",
            "language": "en_US",
        }
        more = {"profile_id": 1, "code": "X", "mandate_id": 1}
        page = self._post("/my/settings", **values, **more)
        self.assertIn("are stored", page.text)
        self.assertEqual(account.transmit_method_id, self.method)
        self.assertEqual(account.invoice_partner_id.email, "bills@example.com")
        self.assertEqual(account.code, "ACC-A-1")
        bill = self._bill(self.agreement, self.february)
        self.assertEqual(bill.transmit_method_id, self.method)
        page = self._post("/my/settings", **{**values, "email": "nowhere"})
        self.assertIn("is no e-mail address", page.text)
        self.method.customer_ok = False
        page = self._post("/my/settings", **values)
        self.assertIn("Choose one of the channels", page.text)

    def test_the_language_chosen_is_that_of_the_next_page(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        account = self.agreement.account_id
        # the page of the login was in English
        self.opener.cookies.set("frontend_lang", "en_US")
        page = self._post(
            "/my/settings", account=account.id, email="a@b.no", language="nb_NO"
        )
        self.assertIn('<html lang="nb-NO">', page.text)

    def _log_in(self, login):
        """Log in on the page, in a browser that was in English before."""
        self.authenticate(None, None)
        self.opener.cookies.set("frontend_lang", "en_US", domain=HOST)
        return self.url_open(
            "/web/login",
            data={
                "login": login,
                "password": login,
                "csrf_token": http.Request.csrf_token(self),
            },
        )

    def test_a_login_begins_in_the_customer_s_language(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        self.customer.lang = "nb_NO"
        page = self._log_in("portal_a")
        self.assertIn('<html lang="nb-NO">', page.text)
        # what he chooses in the footer stays
        self.url_open("/en/my")
        self.assertIn('<html lang="en-US">', self.url_open("/my").text)
        self.assertIn('<html lang="nb-NO">', self._log_in("portal_a").text)

    def test_a_login_leaves_the_language_of_the_backend(self):
        self.env["res.lang"]._activate_lang("nb_NO")
        clerk = self._user("clerk")
        clerk.lang = "nb_NO"
        self._log_in(clerk.login)
        self.assertEqual(self.opener.cookies["frontend_lang"], "en_US")

    def test_an_address_of_somebody_else_is_not_written(self):
        account = self.agreement.account_id
        account.invoice_partner_id = self.stranger
        self.stranger.write({"email": "stranger@example.com", "lang": "en_US"})
        self._post(
            "/my/settings", account=account.id, email="me@example.com", language="en_US"
        )
        self.assertEqual(self.stranger.email, "stranger@example.com")

    def test_the_customer_manages_his_users(self):
        self._post("/my/users", contact=self.contact.id, bills="1")
        [access] = self.customer.billing_portal_access_ids
        rights = access.read(["may_bills", "may_readings", "may_pay", "may_manage"])
        self.assertEqual(list(rights[0].values())[1:], [True, False, False, False])
        page = self._post("/my/users", name="Ben", email="ben@example.com", bills="1")
        self.assertIn("Ben", page.text)
        ben = self.env["res.users"].search([("login", "=", "ben@example.com")])
        self.assertTrue(ben.share)
        self.assertEqual(ben.partner_id.parent_id, self.customer)
        page = self._post("/my/users", name="Ben", email="BEN@example.com")
        self.assertIn("already a user", page.text)
        self._post("/my/users", contact=self.contact.id, remove="1")
        self.assertFalse(self.anna.active)

    @mute_logger("odoo.http")
    def test_only_who_may_manages(self):
        for path in ("/my/settings", "/my/users"):
            with self.assertLogs("odoo.addons.billing_base.controllers", "WARNING"):
                answer = self._open(path, "portal_anna")
            self.assertEqual(answer.status_code, 403)
        self._grant(may_manage=True)
        self.assertEqual(self._open("/my/users", "portal_anna").status_code, 200)
        # his own rights, the customer's, and a stranger's are not his to change
        for contact in (self.contact, self.customer, self.stranger):
            answer = self._post(
                "/my/users", "portal_anna", contact=contact.id, manage="1"
            )
            self.assertEqual(answer.status_code, 404, contact.name)
        self.assertFalse(self.stranger.billing_portal_access_ids)

    def test_portal_users_write_no_rights_by_rpc(self):
        access = self._grant()
        for values in ({"may_manage": True}, {"may_bills": True}):
            with self.assertRaises(AccessError):
                access.with_user(self.anna).write(values)
        with self.assertRaises(AccessError):
            self.env["billing.portal.access"].with_user(self.anna).search([])

    def test_a_clerk_enters_rights_on_the_customer(self):
        clerk = self._user("clerk")
        access = self.env["billing.portal.access"].with_user(clerk)
        access.create({"partner_id": self.contact.id, "may_pay": False})
        self.assertFalse(self.anna._has_portal_right("pay"))
        self.assertTrue(self.user._has_portal_right("manage"))

    def test_another_amount_than_what_is_open_is_not_paid(self):
        controller = "odoo.addons.billing_base.controllers.portal_payment"
        self.authenticate("portal_other", "portal_other")
        with self.assertLogs(controller, "WARNING"), mute_logger("odoo.http"):
            answer = self.opener.post(
                f"{self.base_url()}/my/invoices/pay/transaction",
                json={"params": {"payment_reference": "x", "amount": 156.97}},
            )
        self.assertIn(ValidationError.__name__, answer.text)
        self.assertEqual(self.bill.payment_state, "not_paid")
