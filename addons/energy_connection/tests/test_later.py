"""Later customers share a component for ten years; earlier payers are refunded."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError

from .common import ConnectionCase


class TestLater(ConnectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.station = cls.env["connection.component"].create(
            {
                "name": "Station",
                "code": "S-1",
                "cost": 90000,
                "date_completed": "2024-05-04",
            }
        )
        cls.payer = cls.env["connection.component.payer"].create(
            {
                "component_id": cls.station.id,
                "partner_id": cls.installer.id,
                "date": "2024-05-04",
                "weight": 126,
                "contribution": 90000,
            }
        )
        cls.later = cls._create_case(costs=False)

    def test_shared_for_ten_years(self):
        self.assertEqual(self.station.date_expiry, date(2034, 5, 4))

    def test_a_later_customer_gets_his_share_and_the_payer_a_proposal(self):
        self.later._add_later_share(self.station)
        # 63 of 126 + 63 kW
        self.assertEqual(self.later.contribution, 30000)
        refund = self.later.refund_ids
        self.assertEqual((refund.amount, refund.state), (30000, "proposed"))
        self.assertEqual(self.payer.paid, 60000)

    def test_it_is_added_once(self):
        self.later._add_later_share(self.station)
        with self.assertRaisesRegex(UserError, "already"):
            self.later._add_later_share(self.station)

    def test_nothing_after_the_years(self):
        late = self._create_case(costs=False, date_start="2034-05-05")
        with self.assertRaisesRegex(UserError, "2034-05-04"):
            late._add_later_share(self.station)

    def test_the_refund_is_credited_when_the_later_customer_paid(self):
        self.later._add_later_share(self.station)
        refund = self.later.refund_ids
        with self.assertRaisesRegex(UserError, "has paid"):
            refund.action_credit()
        self._accept(self.later)
        self.later.action_invoice()
        self._pay(self.later.invoice_ids)
        refund.action_credit()
        self.assertEqual(refund.invoice_id.move_type, "out_refund")
        self.assertEqual(refund.invoice_id.amount_total, 30000)
        self.assertEqual(refund.invoice_id.partner_id, self.installer)

    def test_a_settled_case_is_registered_as_payer(self):
        self._accept()
        self.case.action_complete()
        self.case.action_settle()
        self.case.settlement_ids.action_done()
        payer = self.cable.payer_ids
        self.assertEqual((payer.weight, payer.contribution), (1, 10000))
        self.assertEqual(self.cable.cost, 80000)
        self.assertTrue(self.cable.date_expiry)

    def test_the_register_as_of_a_day(self):
        Component = self.env["connection.component"]
        rows = Component._get_register("2025-01-01")
        mine = [row for row in rows if row[0] == self.station.id]
        self.assertEqual(Decimal(mine[0][4]), 90000)
        self.assertFalse(
            [
                r
                for r in Component._get_register("2034-05-05")
                if r[0] == self.station.id
            ]
        )
