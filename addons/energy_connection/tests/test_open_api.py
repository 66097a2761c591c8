"""The examples of docs/open_api.md, sent as they stand there."""

import json
import re
from datetime import timedelta
from pathlib import Path

from odoo.fields import Command, Datetime
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import ConnectionCase

DOCUMENT = Path(__file__).parents[3] / "docs" / "open_api.md"
EXAMPLE = re.compile(r"```http\nPOST (\S+)\n(?:\S+: .*\n)*\n(.*)\n```")
ROLES = (
    "billing_base.group_billing_manager",
    "energy_connection.group_connection_manager",
    "account.group_account_invoice",
)


@tagged("post_install", "-at_install")
class TestOpenApi(ConnectionCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        point = cls.env["energy.metering.point"].create(
            {"code": "N-1001", "city": "Oslo"}
        )
        meter = cls.env["energy.meter"].create(
            {
                "code": "M1",
                "register_ids": [
                    Command.create(
                        {"kind_id": cls.env.ref("energy_billing.kind_180").id}
                    )
                ],
            }
        )
        cls.env["energy.installation"].create(
            {"meter_id": meter.id, "point_id": point.id, "date_start": "2025-01-01"}
        )
        cls.bill = cls.init_invoice(
            "out_invoice", cls.customer, amounts=[100], post=True
        )
        cls.ids = {
            "register": meter.register_ids.id,
            "type": cls.kind.id,
            "customer": cls.customer.id,
        }
        cls.caller = new_test_user(
            cls.env,
            "api",
            groups=",".join(ROLES),
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.key = (
            cls.env["res.users.apikeys"]
            .with_user(cls.caller)
            ._generate("rpc", "API", Datetime.now() + timedelta(days=1))
        )

    def _send(self, path, body, key=None):
        response = self.url_open(
            path,
            data=body,
            headers={
                "Authorization": f"bearer {key or self.key}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.env.cr.dbname,
            },
        )
        return response.status_code, response.json()

    def test_every_example_is_answered(self):
        answers = {}
        for path, body in EXAMPLE.findall(DOCUMENT.read_text()):
            body = re.sub(r"<(\w+)>", lambda match: str(self.ids[match[1]]), body)
            status, answer = self._send(path, body)
            self.assertEqual(status, 200, (path, answer))
            answers.setdefault(path.removeprefix("/json/2/"), []).append(answer)
            if path.endswith("metering.point/create"):
                self.ids["point"] = answer[0]
            elif path.endswith("case/create"):
                self.ids["case"] = answer[0]
        read = "search_read"
        ((point,),) = answers[f"energy.metering.point/{read}"]
        self.assertEqual((point["code"], point["city"]), ("N-1001", "Oslo"))
        made = self.env["energy.metering.point"].browse(self.ids["point"])
        self.assertEqual((made.code, made.capacity_kw), ("N-1002", 63))
        ((register,),) = answers[f"energy.register/{read}"]
        self.assertEqual(register["id"], self.ids["register"])
        ((reading,),) = answers[f"energy.reading/{read}"]
        self.assertEqual((reading["value"], reading["quality"]), (1310, "measured"))
        ((bill,),) = answers[f"account.move/{read}"]
        self.assertEqual(bill["name"], self.bill.name)
        ((case,),) = answers["connection.case/read"]
        self.assertEqual((case["id"], case["state"]), (self.ids["case"], "basis"))

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_what_the_caller_may_not_do_is_refused(self):
        path = "/json/2/account.move/search_read"
        status, _answer = self._send(path, json.dumps({"domain": []}), key="x")
        self.assertEqual(status, 401)
        clerk = new_test_user(
            self.env,
            "api_reader",
            groups="billing_base.group_billing_viewer",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        key = (
            self.env["res.users.apikeys"]
            .with_user(clerk)
            ._generate("rpc", "API", Datetime.now() + timedelta(days=1))
        )
        values = json.dumps({"vals_list": [{"code": "N-1003"}]})
        status, answer = self._send(
            "/json/2/energy.metering.point/create", values, key=key
        )
        self.assertEqual(status, 403, answer)
        # the same reading twice: nothing of the call is stored
        reading = {"register_id": self.ids["register"], "date": "2026-02-28"}
        body = json.dumps({"vals_list": [{**reading, "value": 1}] * 2})
        status, answer = self._send("/json/2/energy.reading/create", body)
        self.assertEqual(status, 422, answer)
        self.assertIn("already has a current reading", answer["message"])
        self.assertFalse(
            self.env["energy.reading"].search([("date", "=", "2026-02-28")])
        )
