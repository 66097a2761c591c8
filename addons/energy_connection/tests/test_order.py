"""Orders as a source of costs: catalogue, change messages, work orders."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import ConnectionCase


class TestOrder(ConnectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.trench, cls.pipe, cls.sealing = cls.env["connection.catalogue.item"].create(
            [
                {
                    "code": code,
                    "name": name,
                    "price": price,
                    "partner_id": partner and partner.id,
                    "charge_type_id": kind.id,
                }
                for code, name, price, partner, kind in (
                    ("T1", "Trench, metre", 450, cls.contractor, cls.regulated),
                    ("P1", "Pipe, metre", 80.55, cls.contractor, cls.regulated),
                    ("sealing", "Re-sealing", 1200, None, cls.work),
                )
            ]
        )
        cls.bare = cls._create_case(costs=False)
        cls.order = cls._create_order(
            cls.bare,
            line_ids=[Command.create({"item_id": cls.trench.id, "quantity": 20})],
        )

    def _receive(self, number, *rows, **values):
        Change = self.env["connection.order.change"]
        return Change._receive(self.order, number, list(rows), **values)

    def test_lines_of_an_order_are_costs_of_the_case(self):
        cost = self.bare.cost_ids
        self.assertEqual((cost.name, cost.estimate), ("Trench, metre", 9000))
        self.assertEqual(cost.source, "call_off")
        self.assertEqual(self.bare.contribution, 9000)

    def test_a_change_message_updates_the_estimate(self):
        self._receive("1", {"item": "T1", "quantity": 25})
        self.assertEqual(self.bare.contribution, 11250)

    def test_a_change_message_brings_new_items(self):
        self._receive("1", {"item": "P1", "quantity": 10})
        self.assertEqual(self.bare.contribution, 9805.5)
        self.assertEqual(len(self.bare.cost_ids), 2)

    def test_a_repeated_message_counts_once(self):
        first = self._receive("1", {"item": "T1", "quantity": 25})
        again = self._receive("1", {"item": "T1", "quantity": 99})
        self.assertEqual(first, again)
        self.assertEqual(self.order.line_ids.quantity, 25)

    def test_a_message_with_an_unknown_item_changes_nothing(self):
        with self.assertRaisesRegex(UserError, "Row 2.*X9"):
            self._receive(
                "1", {"item": "T1", "quantity": 25}, {"item": "X9", "quantity": 1}
            )
        self.assertEqual(self.order.line_ids.quantity, 20)

    def test_done_quantities_are_actual_cost(self):
        self._receive("1", {"item": "T1", "done": 18})
        self.assertTrue(self.bare.cost_ids.has_actual)
        self.assertEqual(self.bare.contribution_actual, 8100)
        self.assertEqual(self.bare.contribution, 9000)

    def test_the_number_of_the_contractor_is_used_once(self):
        self.order.reference = "D-77"
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_order(self.case, reference="D-77")

    def test_costs_of_an_order_are_changed_there(self):
        with self.assertRaisesRegex(UserError, "Change it there"):
            self.bare.cost_ids.unlink()

    def test_a_notification_opens_a_case_with_its_work_orders(self):
        notification = self.env["connection.notification"].create(
            {
                "installer_id": self.installer.id,
                "customer_name": "Ola Hansen",
                "street": "Storgata 1",
                "zip": "0155",
                "city": "Oslo",
                "type_id": self.kind.id,
                "wants_meter": True,
                "wants_sealing": True,
            }
        )
        notification.action_open_case()
        case = notification.case_id
        self.assertEqual(case.partner_id.name, "Ola Hansen")
        self.assertEqual(set(case.order_ids.mapped("work")), {"meter", "sealing"})
        self.assertEqual(case.contractual, 1200)
        self.assertEqual(case.cost_ids.source, "work")
        with self.assertRaisesRegex(UserError, "is closed"):
            notification.action_open_case()

    def test_a_known_customer_is_found_in_spite_of_typing_errors(self):
        known = self.env["res.partner"].create(
            {"name": "Bryggeriet Nordavind AS", "vat": "NO987654325MVA"}
        )
        find = self.env["res.partner"]._find_customers
        self.assertIn(known, find(self.company, name="Brygeriet Nordavind"))
        self.assertIn(known, find(self.company, name="?", number="NO987654325MVA"))
        self.assertNotIn(known, find(self.company, name="Kystlaget"))
