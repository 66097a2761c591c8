"""Messages of other systems over HTTP: signed, taken once, refused with a reason."""

import json
import time
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import ConnectionCase

LOG = "odoo.addons.energy_connection.controllers.api"
DOCUMENT = Path(__file__).parents[3] / "docs" / "connection_api.md"


@tagged("post_install", "-at_install")
class TestApi(ConnectionCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key, cls.billing = cls.env["connection.api.key"].create(
            [
                {"partner_id": cls.contractor.id},
                {"partner_id": cls.installer.id, "kind": "billing"},
            ]
        )
        cls.env["connection.catalogue.item"].create(
            [
                {
                    "code": code,
                    "name": code,
                    "price": 100,
                    "partner_id": cls.contractor.id,
                    "charge_type_id": cls.regulated.id,
                }
                for code in ("T1", "T2")
            ]
        )

    def _post(self, path, message, key=None, secret=None, timestamp=None, body=None):
        key = key or self.key
        signed = json.dumps(message).encode()
        timestamp = timestamp or str(int(time.time()))
        signature = key._sign(secret or key.secret, timestamp, signed)
        response = self.url_open(
            f"/connection/api/1/{path}",
            data=signed if body is None else body,
            headers={
                "Content-Type": "application/json",
                "X-Key": key.key,
                "X-Timestamp": timestamp,
                "X-Signature": signature,
            },
        )
        return response.status_code, response.json()

    def _refuse(self, *args, **kwargs):
        with self.assertLogs(LOG, "WARNING") as logs:
            status, answer = self._post(*args, **kwargs)
        self.assertIn("Refused", logs.output[0])
        self.assertNotEqual(status, 200)
        return status, answer

    def _order(self, number="M1", **values):
        return {
            "message": number,
            "case": self.case.name,
            "order": "D-77",
            "lines": [{"item": "T1", "quantity": "12.5", "component": "K-1"}],
            **values,
        }

    def _messages(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["connection.api.message"].search(domain)

    def test_an_order_and_its_changes(self):
        status, answer = self._post("orders", self._order())
        self.assertEqual(status, 200, answer)
        order = self.case.order_ids
        self.assertEqual((order.reference, order.state), ("D-77", "blocked"))
        self.assertEqual(answer["number"], order.name)
        self.assertEqual((order.partner_id, order.estimate), (self.contractor, 1250))
        self.assertEqual(order.line_ids.component_id, self.cable)
        self._accept()
        status, answer = self._post(
            "changes",
            {
                "message": "M2",
                "order": "D-77",
                "state": "done",
                "note": "rock",
                "lines": [
                    {"item": "T1", "component": "K-1", "done": 14},
                    {"item": "T2", "quantity": 1, "done": 1},
                ],
            },
        )
        self.assertEqual((status, answer["state"]), (200, "done"), answer)
        self.assertEqual(order.state, "done")
        self.assertEqual((order.actual, order.change_ids.note), (1500, "rock"))

    def test_a_message_counts_once(self):
        first = self._post("orders", self._order())
        status, again = self._post("orders", self._order())
        self.assertEqual((status, again), (200, {**first[1], "repeated": True}))
        self.assertEqual(len(self.case.order_ids), 1)
        # another content under the same number is no repetition
        status, answer = self._refuse("orders", self._order(order="D-78"))
        self.assertEqual((status, answer["place"]), (409, "message"))
        status, answer = self._refuse("orders", self._order("M2"))
        self.assertEqual((status, answer["place"]), (422, "order"))
        self.assertIn(self.case.order_ids.name, answer["error"])

    def test_who_signs_wrongly_is_refused(self):
        now = int(time.time())
        for values, text in (
            ({"secret": "guessed"}, "X-Signature"),
            ({"body": b'{"message": "M1"}'}, "X-Signature"),
            ({"timestamp": str(now - 301)}, "seconds old"),
            ({"timestamp": str(now + 400)}, "seconds old"),
            ({"timestamp": "yesterday"}, "X-Timestamp"),
        ):
            with self.subTest(text=text, values=list(values)):
                status, answer = self._refuse("orders", self._order(), **values)
                self.assertEqual(status, 401)
                self.assertIn(text, answer["error"])
        self.assertFalse(self.case.order_ids)
        self.assertEqual(len(self._messages(state="refused")), 5)

    def test_unknown_and_withdrawn_keys_are_refused(self):
        self.key.active = False
        status, answer = self._refuse("orders", self._order())
        self.assertEqual(status, 401)
        self.assertIn("X-Key", answer["error"])
        self.assertEqual(self._refuse("other", {}, key=self.billing)[0], 404)

    def test_a_body_over_a_megabyte_is_not_read(self):
        response = self.url_open("/connection/api/1/orders", b" " * (2**20 + 1))
        self.assertEqual(response.status_code, 413)

    def test_a_new_secret_ends_the_old_one(self):
        old = self.key.secret
        self.key.action_new_secret()
        self.assertEqual(self._refuse("orders", self._order(), secret=old)[0], 401)

    def test_errors_name_the_place_and_nothing_is_half_done(self):
        line = {"item": "T1", "quantity": 1}
        for message, place in (
            ({"message": ""}, "message"),
            (self._order(case="C1999-1"), "case"),
            (self._order(deadline="soon"), "deadline"),
            (self._order(lines=[]), "lines"),
            (self._order(lines=[line, {"item": "T2"}]), "lines[1].quantity"),
            (self._order(lines=[{**line, "quantity": "-1"}]), "lines[0].quantity"),
            (self._order(lines=[{**line, "quantity": "NaN"}]), "lines[0].quantity"),
            (self._order(lines=[{**line, "price": 1}]), "lines[0].price"),
            (self._order(lines=[{"item": 5, "quantity": 1}]), "lines[0].item"),
        ):
            with self.subTest(place=place):
                status, answer = self._refuse("orders", message)
                self.assertEqual((status, answer["place"]), (422, place), answer)
        rows = [line, {"item": "T9", "quantity": 1}]
        status, answer = self._refuse("orders", self._order(lines=rows))
        self.assertIn("no item T9", answer["error"])
        status, answer = self._refuse("orders", self._order(lines=[line, line]))
        self.assertIn("twice", answer["error"])
        self.assertFalse(self.case.order_ids)
        self.assertEqual(set(self._messages().mapped("state")), {"refused"})
        # what was refused can be sent again, mended
        self.assertEqual(self._post("orders", self._order())[0], 200)

    def test_a_contractor_changes_his_own_orders_only(self):
        other = self._create_order(partner_id=self.installer.id, reference="X-1")
        for number in ("X-1", other.name):
            status, answer = self._refuse(
                "changes", {"message": number, "order": number, "state": "done"}
            )
            self.assertEqual((status, answer["place"]), (422, "order"))
        status, _answer = self._refuse("orders", self._order("M9"), key=self.billing)
        self.assertEqual(status, 422)

    def test_an_order_after_the_acceptance_waits_for_the_clerk(self):
        self._accept()
        self._post("orders", self._order())
        order = self.case.order_ids
        self.case._release_orders()
        self.assertEqual((order.state, order.needs_review), ("blocked", True))
        self.assertTrue(order.activity_ids)
        order.with_user(self._user("clerk")).action_approve()
        self.assertEqual(order.state, "released")

    def test_the_external_billing_answers(self):
        self.kind.billing_partner_id = self.installer
        self._accept()
        self.case.action_hand_over()
        records = self.case.edi_record_ids
        basis = records[0].connection_reference
        Backend = self.env.ref("energy_connection.edi_backend_connection")
        Backend._check_output_exchange_sync()
        mailed = records.filtered(lambda r: r.edi_exchange_state == "output_sent")
        self.assertEqual(mailed.mapped("exchange_filename"), [f"{self.case.name}.json"])

        def answer(number, status, **values):
            return self._post(
                "statuses",
                {"message": number, "basis": basis, "status": status, **values},
                key=self.billing,
            )

        refusal = answer("1", "rejected", text="no such customer")
        self.assertEqual(refusal[0], 200, refusal)
        self.assertEqual(mailed.edi_exchange_state, "output_sent_and_error")
        self.assertIn("rejected", self.case.activity_ids.summary)
        mailed.action_retry()
        Backend._check_output_exchange_sync()
        self.assertEqual(mailed.edi_exchange_state, "output_sent")
        answer("2", "received")
        self.assertEqual(mailed.edi_exchange_state, "output_sent_and_processed")
        self.assertTrue(mailed.ack_exchange_id)
        with self.assertRaisesRegex(UserError, "not sent again"):
            mailed.action_retry()
        Backend._check_output_exchange_sync()
        self.assertEqual(mailed.edi_exchange_state, "output_sent_and_processed")
        answer("3", "invoiced")
        self.assertEqual(self.case.state, "invoice_sent")
        answer("4", "paid")
        self.assertEqual(self.case.state, "invoice_paid")
        # what comes late changes nothing
        answer("5", "rejected")
        answer("6", "received")
        self.assertEqual(self.case.external_status, "paid")
        with mute_logger(LOG):
            status, refused = self._post(
                "statuses",
                {"message": "7", "basis": "C1/0", "status": "paid"},
                key=self.billing,
            )
        self.assertEqual((status, refused["place"]), (422, "basis"))

    def test_paid_externally_releases_where_payment_does(self):
        self.kind.write(
            {"release_on": "payment", "billing_partner_id": self.installer.id}
        )
        order = self._create_order()
        offer = self._offer()
        self._sign(offer)
        offer.action_confirm()
        self.case.action_hand_over()
        self.assertEqual(order.state, "blocked")
        answer = self._post(
            "statuses",
            {
                "message": "1",
                "basis": self.case.edi_record_ids[0].connection_reference,
                "status": "paid",
            },
            key=self.billing,
        )
        self.assertEqual((answer[0], order.state), (200, "released"), answer)

    def test_the_example_of_the_documentation_works(self):
        code = DOCUMENT.read_text().split("```python\n")[1].split("```")[0]
        namespace = {}
        exec(compile(code, str(DOCUMENT), "exec"), namespace)
        with self.allow_requests(all_requests=True):
            status, answer = namespace["send"](
                self.base_url(), self.key.key, self.key.secret, "orders", self._order()
            )
        self.assertEqual((status, answer["order"]), (200, "D-77"))
        self.assertEqual(self.case.order_ids.reference, "D-77")
