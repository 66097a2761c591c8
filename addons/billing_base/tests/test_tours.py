"""The guided tours: each runs on its screens, and is offered to its role alone."""

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import BillingCase

HINT = """
const found = setInterval(() => {
  if (document.querySelector(".o_tour_pointer")) {
    clearInterval(found);
    console.log("test successful");
  }
}, 100);
"""


@tagged("post_install", "-at_install")
class TestTours(BillingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_agreement("A-2", 10)
        cls.late = cls._create_agreement("A-3", 20)
        # its terms begin too late: an error in January
        cls.late.term_ids.date_start = "2026-01-11"
        cls.january.action_activate()
        cls.users = {role: cls._user(role) for role in ("viewer", "clerk", "admin")}

    def _tours(self, role):
        user = self.users[role]
        tours = self.env["web_tour.tour"].with_user(user).search([("title", "!=", "")])
        return set(tours.mapped("name"))

    def test_the_clerk_is_led_from_the_period_to_its_invoices(self):
        self.start_tour("/odoo/billing", "billing_clerk", login="billing_clerk")
        segments = self.env["billing.segment"].search(
            [("period_id", "=", self.january.id)]
        )
        states = {s.agreement_id.code: s.state for s in segments}
        self.assertEqual(states, {"A-1": "frozen", "A-2": "frozen", "A-3": "error"})
        self.assertEqual(segments.invoice_id.mapped("state"), ["posted"] * 2)

    def test_the_administrator_is_led_from_a_role_to_its_users(self):
        keeper = self.env(user=self.users["admin"])
        role = keeper["billing.role"].create(
            {
                "name": "Looks only",
                "note": "Sees and changes nothing.",
                "sequence": -1,
                "permission_ids": [
                    Command.set([self.env.ref("billing_base.group_billing_viewer").id])
                ],
            }
        )
        keeper["billing.user"].create(
            {"name": "Olga", "login": "olga", "role_ids": [Command.set(role.ids)]}
        )
        self.start_tour(
            "/odoo/action-billing_base.billing_role_action",
            "billing_admin",
            login="billing_admin",
        )

    def test_a_tour_is_offered_to_its_role(self):
        self.assertNotIn("billing_clerk", self._tours("viewer"))
        self.assertIn("billing_clerk", self._tours("clerk"))
        self.assertNotIn("billing_admin", self._tours("clerk"))
        self.assertLessEqual({"billing_clerk", "billing_admin"}, self._tours("admin"))

    def test_start_shows_the_first_hint(self):
        tour = self.env.ref("billing_base.tour_clerk")
        url = tour.with_user(self.users["clerk"]).action_start()["url"]
        self.assertEqual(url, "/odoo/billing?tour=billing_clerk")
        self.browser_js(url, HINT, login="billing_clerk")

    def test_nobody_else_is_shown_a_tour_unasked(self):
        clerk = self.users["clerk"]
        clerk.tour_enabled = True
        Tour = self.env["web_tour.tour"].with_user(clerk)
        self.assertFalse(Tour.get_current_tour())
        self.assertFalse(Tour.consume("billing_clerk"))
