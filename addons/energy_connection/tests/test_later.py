"""Later customers share a component for ten years; earlier payers are refunded."""

import io
from datetime import date

from freezegun import freeze_time
from openpyxl import load_workbook

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

    def _get_register(self, day):
        # rows keep their ids from day to day; a request shows one day
        self.env.invalidate_all()
        Register = self.env["connection.component.register"]
        return Register.with_context(register_day=day).search(
            [("component_id", "=", self.station.id)]
        )

    def test_the_register_as_of_a_day(self):
        self.assertFalse(self._get_register("2024-05-03"))
        row = self._get_register("2025-01-01")
        self.assertEqual((row.contribution, row.refunded, row.paid), (90000, 0, 90000))
        self.assertEqual(row.partner_id, self.installer)
        self.assertTrue(self._get_register("2034-05-04"))
        self.assertFalse(self._get_register("2034-05-05"))

    def test_the_register_takes_refunds_from_their_day(self):
        self.later._add_later_share(self.station)
        self._accept(self.later)
        self.later.action_invoice()
        self._pay(self.later.invoice_ids)
        with freeze_time("2026-04-02"):
            self.later.refund_ids.action_credit()
        self.assertEqual(self._get_register("2026-04-01").paid, 90000)
        row = self._get_register("2026-04-02")
        self.assertEqual((row.refunded, row.paid), (30000, 60000))

    def test_the_register_on_the_screen_and_in_excel(self):
        viewer = self._user("viewer")
        wizard = (
            self.env["connection.register.day"]
            .with_user(viewer)
            .create({"day": "2025-01-01"})
        )
        action = wizard.action_open()
        self.assertEqual(action["context"], {"register_day": "2025-01-01"})
        self.assertIn("2025-01-01", action["name"])
        content, _kind = (
            self.env["ir.actions.report"]
            .with_user(viewer)
            ._render_xlsx("energy_connection.register_xlsx", wizard.ids, {})
        )
        sheet = load_workbook(io.BytesIO(content)).worksheets[0]
        rows = [row for row in sheet.values if row[0] == "S-1"]
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0][8:11], (90000, 0, 90000))
