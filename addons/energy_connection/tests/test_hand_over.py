"""The invoice basis for another system; change messages from a file."""

import base64
import json

from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import ConnectionCase


class TestHandOver(ConnectionCase):
    def _get_files(self):
        records = self.env["edi.exchange.record"].search(
            [("connection_case_id", "=", self.case.id)]
        )
        return {r.exchange_filename: base64.b64decode(r.exchange_file) for r in records}

    def test_the_accepted_basis_as_json_and_xml(self):
        with self.assertRaisesRegex(UserError, "no accepted offer"):
            self.case.action_hand_over()
        self._accept()
        self.case.with_user(self._user("clerk")).action_hand_over()
        files = self._get_files()
        basis = json.loads(files[f"{self.case.name}.json"])
        self.assertEqual(basis["total"], "35000.00")
        self.assertEqual(
            [line["amount"] for line in basis["lines"]],
            ["10000.00", "20000.00", "4000.00"],
        )
        self.assertEqual(basis["customer"]["name"], "Kari Nordmann")
        root = etree.fromstring(files[f"{self.case.name}.xml"])
        self.assertEqual(root.findtext("total"), "35000.00")
        self.assertEqual(len(root.findall("lines/item")), 3)

    def test_the_same_basis_is_handed_over_once(self):
        self._accept()
        self.case.action_hand_over()
        self.case.action_hand_over()
        records = self.env["edi.exchange.record"].search(
            [("connection_case_id", "=", self.case.id)]
        )
        self.assertEqual(len(records), 2)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            records[0].copy({"connection_key": records[0].connection_key})

    def test_a_change_message_from_a_file(self):
        item = self.env["connection.catalogue.item"].create(
            {
                "code": "T1",
                "name": "Trench",
                "price": 100,
                "partner_id": self.contractor.id,
                "charge_type_id": self.work.id,
            }
        )
        order = self._create_order(
            line_ids=[Command.create({"item_id": item.id, "quantity": 1})]
        )

        def load(number, text):
            self.env["connection.change.import"].create(
                {
                    "order_id": order.id,
                    "number": number,
                    "file": base64.b64encode(text.encode()),
                }
            ).action_import()

        load("1", "item;quantity;done\nT1;12,5;\n")
        self.assertEqual(order.estimate, 1250)
        load("xml", '<change><row item="T1" done="11"/></change>')
        self.assertEqual((order.estimate, order.actual), (1250, 1100))
        with self.assertRaisesRegex(UserError, "no XML"):
            load("2", "<change>")
        with self.assertRaisesRegex(UserError, "Line 2, column quantity"):
            load("2", "item;quantity\nT1;many\n")
        with self.assertRaisesRegex(UserError, "first line"):
            load("2", "T1;3\n")
        self.assertEqual(order.estimate, 1250)
