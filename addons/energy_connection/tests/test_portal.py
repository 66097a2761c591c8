"""The portal over HTTP: accept, decline, notify, report; and what is refused."""

import hashlib

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import SIGNATURE, ConnectionCase

LOG = "odoo.addons.energy_connection.controllers"


@tagged("post_install", "-at_install")
class TestPortal(ConnectionCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._portal_user(cls.customer, "portal_customer")
        cls._portal_user(cls.installer, "portal_installer")
        cls._portal_user(cls.contractor, "portal_contractor")

    def setUp(self):
        super().setUp()
        self.offer = self._offer()
        self.token = self.offer._portal_ensure_token()

    def _accept_request(self, token=None, **values):
        return self.make_jsonrpc_request(
            f"/my/orders/{self.offer.id}/accept",
            {
                "access_token": token or self.token,
                "name": "Kari Nordmann",
                "signature": SIGNATURE,
                **values,
            },
        )

    def test_signing_keeps_address_and_document(self):
        answer = self._accept_request()
        self.assertTrue(answer.get("force_refresh"), answer)
        acceptance = self.case.acceptance_ids
        self.assertEqual(self.offer.state, "sale")
        self.assertTrue(acceptance.ip_address)
        content = acceptance.attachment_id.raw
        self.assertEqual(acceptance.sha256, hashlib.sha256(content).hexdigest())
        self.assertEqual(acceptance.signed_by, "Kari Nordmann")
        self.assertTrue(acceptance.signed_on)

    def test_accepting_twice_is_refused_and_logged(self):
        self._accept_request()
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING") as logs:
            answer = self._accept_request()
        self.assertTrue(answer["error"])
        self.assertIn("Refused", logs.output[0])
        self.assertEqual(len(self.case.acceptance_ids), 1)

    def test_a_guessed_token_is_refused_and_logged(self):
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING") as logs:
            answer = self._accept_request(token="00000000-0000-0000-0000-000000000000")
        self.assertTrue(answer["error"])
        self.assertIn("without a valid token", logs.output[0])
        self.assertEqual(self.offer.state, "sent")

    def test_a_contact_without_the_right_does_not_sign(self):
        contact = self.env["res.partner"].create(
            {"name": "Ola Nordmann", "parent_id": self.customer.id}
        )
        self._portal_user(contact, "portal_contact")
        self.env["billing.portal.access"].create(
            {"partner_id": contact.id, "may_pay": False}
        )
        self.authenticate("portal_contact", "portal_contact")
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING"):
            answer = self._accept_request()
        self.assertIn("You may not", answer["error"])
        self.assertFalse(self.case.acceptance_ids)

    def test_a_replaced_offer_is_refused_and_logged(self):
        self.offer.create_revision()
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING") as logs:
            self.assertTrue(self._accept_request()["error"])
        self.assertIn("Refused", logs.output[0])
        self.assertFalse(self.case.acceptance_ids)

    @mute_logger(f"{LOG}.sale_portal")
    def test_a_signature_without_a_name_is_refused(self):
        self.assertTrue(self._accept_request(name="")["error"])
        self.assertFalse(self.case.acceptance_ids)

    def test_declining_keeps_the_reason(self):
        self.authenticate("portal_customer", "portal_customer")
        page = self.url_open(self.offer.get_portal_url())
        csrf = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open(
            f"/my/orders/{self.offer.id}/decline?access_token={self.token}",
            data={"decline_message": "Too expensive", "csrf_token": csrf},
        )
        self.assertEqual(self.offer.connection_decline_reason, "Too expensive")
        self.assertEqual(self.case.state, "declined")

    def test_customer_installer_and_contractor_see_the_case(self):
        self._create_order()
        for login in ("portal_customer", "portal_installer", "portal_contractor"):
            self.authenticate(login, login)
            page = self.url_open(f"/my/connections/{self.case.id}")
            self.assertIn(self.case.name, page.text, login)
            shown = self.offer.name in page.text
            self.assertEqual(shown, login == "portal_customer", login)
            self.assertIn(self.case.name, self.url_open("/my/connections").text)

    def _login_stranger(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self._portal_user(stranger, "portal_stranger")
        self.authenticate("portal_stranger", "portal_stranger")
        page = self.url_open("/my/connections/new")
        return page.text.split('name="csrf_token" value="')[1].split('"')[0]

    def test_another_customer_does_not(self):
        self._login_stranger()
        with self.assertLogs(f"{LOG}.portal", "WARNING"):
            page = self.url_open(f"/my/connections/{self.case.id}")
        self.assertNotIn(self.case.name, page.text)
        self.assertNotIn(self.case.name, self.url_open("/my/connections").text)

    def test_a_guessed_token_of_a_case_is_refused_and_logged(self):
        self.case._portal_ensure_token()
        token = "00000000-0000-0000-0000-000000000000"
        with self.assertLogs(f"{LOG}.portal", "WARNING"):
            page = self.url_open(f"/my/connections/{self.case.id}?access_token={token}")
        self.assertNotIn(self.case.name, page.text)

    def test_a_stranger_accepts_declines_reports_and_completes_nothing(self):
        order = self._create_order()
        csrf = self._login_stranger()
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING"):
            answer = self.make_jsonrpc_request(
                f"/my/orders/{self.offer.id}/accept",
                {"name": "Kari Nordmann", "signature": SIGNATURE},
            )
        self.assertTrue(answer["error"])
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING"):
            self.url_open(
                f"/my/orders/{self.offer.id}/decline",
                data={"decline_message": "no", "csrf_token": csrf},
            )
        self.assertEqual(self.offer.state, "sent")
        self._sign(self.offer)
        with self.assertLogs(f"{LOG}.portal", "WARNING"):
            self.url_open(
                f"/my/connections/order/{order.id}/report",
                data={"task": "done", "csrf_token": csrf},
            )
        self.assertEqual(order.state, "released")
        with self.assertLogs(f"{LOG}.portal", "WARNING"):
            self.url_open(
                f"/my/connections/{self.case.id}/complete", data={"csrf_token": csrf}
            )
        self.assertFalse(self.case.date_completion)

    def test_a_customer_does_not_complete_or_report_for_others(self):
        order = self._create_order()
        self._sign(self.offer)
        self.authenticate("portal_customer", "portal_customer")
        page = self.url_open("/my/connections/new")
        csrf = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        with self.assertLogs(f"{LOG}.portal", "WARNING"):
            self.url_open(
                f"/my/connections/{self.case.id}/complete", data={"csrf_token": csrf}
            )
            self.url_open(
                f"/my/connections/order/{order.id}/report",
                data={"task": "done", "csrf_token": csrf},
            )
        self.assertFalse(self.case.date_completion)
        self.assertEqual(order.state, "released")

    def test_an_expired_offer_is_refused_and_logged(self):
        self.offer.validity_date = "2026-01-01"
        with self.assertLogs(f"{LOG}.sale_portal", "WARNING") as logs:
            answer = self._accept_request()
        self.assertTrue(answer["error"])
        self.assertIn(self.offer.name, logs.output[0])
        self.assertFalse(self.case.acceptance_ids)

    def _post_form(self, files=None, **values):
        self.authenticate("portal_installer", "portal_installer")
        page = self.url_open("/my/connections/new")
        csrf = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        return self.url_open(
            "/my/connections/new",
            data={
                "csrf_token": csrf,
                "customer_name": "Ola Hansen",
                "street": "Storgata 1",
                "zip": "0155",
                "city": "Oslo",
                "type_id": self.kind.id,
                "capacity_kw": "43,5",
                "wants_meter": "1",
                **values,
            },
            files=files,
        )

    def _get_notification(self):
        return self.env["connection.notification"].search(
            [("customer_name", "=", "Ola Hansen")]
        )

    def test_an_installer_notifies_work(self):
        page = self._post_form(files=[("files", ("plan.pdf", b"%PDF-1.4\n%%EOF"))])
        notification = self._get_notification()
        self.assertIn(notification.name, page.text)
        self.assertEqual(notification.installer_id, self.installer)
        self.assertEqual(notification.capacity_kw, 43.5)
        self.assertTrue(notification.wants_meter)

    def test_a_disguised_file_is_refused_and_nothing_is_kept(self):
        with self.assertLogs(f"{LOG}.portal", "WARNING"):
            page = self._post_form(
                files=[("files", ("plan.pdf", b"<html><script>alert(1)</script>"))]
            )
        self.assertIn("is no PDF", page.text)
        self.assertFalse(self._get_notification())

    def test_a_contractor_reports_and_ends_his_order(self):
        order = self._create_order(
            line_ids=[
                (
                    0,
                    0,
                    {
                        "name": "Trench",
                        "charge_type_id": self.regulated.id,
                        "quantity": 20,
                        "price_unit": 450,
                    },
                )
            ]
        )
        self._sign(self.offer)
        self.authenticate("portal_contractor", "portal_contractor")
        page = self.url_open(f"/my/connections/{self.case.id}")
        self.assertNotIn("450", page.text)
        csrf = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open(
            f"/my/connections/order/{order.id}/report",
            data={
                "csrf_token": csrf,
                f"done_{order.line_ids.id}": "18,5",
                "task": "done",
            },
        )
        self.assertEqual(order.state, "done")
        self.assertEqual(order.line_ids.quantity_actual, 18.5)
        self.assertEqual(order.actual, 8325)

    def test_an_installer_notifies_completion(self):
        self._sign(self.offer)
        self.authenticate("portal_installer", "portal_installer")
        page = self.url_open(f"/my/connections/{self.case.id}")
        csrf = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        self.url_open(
            f"/my/connections/{self.case.id}/complete", data={"csrf_token": csrf}
        )
        self.assertTrue(self.case.date_completion)
