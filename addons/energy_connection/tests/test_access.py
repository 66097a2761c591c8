"""Who sees and does what."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user

from .common import ConnectionCase


class TestAccess(ConnectionCase):
    def test_a_viewer_reads_and_changes_nothing(self):
        case = self.case.with_user(self._user("viewer"))
        self.assertEqual(case.amount, 34000)
        with self.assertRaises(AccessError):
            case.date_deadline = "2026-12-01"

    def test_a_clerk_works_a_case_but_keeps_no_rules(self):
        clerk = self._user("clerk")
        case = self.case.with_user(clerk)
        case.action_create_offer()
        self.assertEqual(case.offer_ids.amount_untaxed, 34000)
        with self.assertRaises(AccessError):
            self.env["connection.deduction.rule"].with_user(clerk).create(
                {"name": "x", "date_start": "2026-01-01", "amount": 1}
            )
        with self.assertRaises(AccessError):
            self.kind.with_user(clerk).release_on = "payment"

    def test_nobody_writes_an_acceptance(self):
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            self.env["connection.acceptance"].with_user(clerk).create(
                {"signed_by": "x"}
            )

    def test_a_company_sees_its_own_cases_only(self):
        other = self.env["res.company"].create({"name": "Other Grid"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="energy_connection.group_connection_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        found = self.env["connection.case"].with_user(stranger).search([])
        self.assertNotIn(self.case, found)
        with self.assertRaises(AccessError):
            self.case.with_user(stranger).read(["name"])
        for model in ("connection.cost", "connection.order", "connection.component"):
            records = self.env[model].with_user(stranger).search([])
            self.assertFalse(records.filtered(lambda r: r.company_id == self.company))

    def test_portal_users_see_their_own_cases_without_prices(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        for partner, own in (
            (self.customer, True),
            (self.installer, True),
            (stranger, False),
        ):
            user = self._portal_user(partner, f"portal_{partner.id}")
            case = self.env["connection.case"].with_user(user)
            found = case.search([("id", "=", self.case.id)])
            self.assertEqual(bool(found), own, partner.name)
            if own:
                self.assertEqual(found.state, "basis")
                with self.assertRaises(AccessError):
                    found.read(["amount"])

    def test_a_contractor_sees_his_orders_without_prices(self):
        order = self._create_order(
            line_ids=[
                Command.create(
                    {
                        "name": "Trench",
                        "charge_type_id": self.regulated.id,
                        "price_unit": 100,
                    }
                )
            ]
        )
        user = self._portal_user(self.contractor, "portal_contractor")
        mine = self.env["connection.order"].with_user(user).search([])
        self.assertEqual(mine, order)
        self.assertEqual(mine.line_ids.quantity, 1)
        with self.assertRaises(AccessError):
            mine.line_ids.read(["price_unit"])
        with self.assertRaises(AccessError):
            mine.date_deadline = "2026-12-01"
