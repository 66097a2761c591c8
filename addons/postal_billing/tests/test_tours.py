"""The guided tour of a cost centre's clerk."""

from odoo.tests import HttpCase, tagged

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestTours(PostalCase, HttpCase):
    def test_a_specification_is_entered_and_checked(self):
        self.january.action_activate()
        self.start_tour(
            "/odoo/action-postal_billing.postal_specification_on_account_action",
            "postal_counter",
            login="centre_a",
        )
        specification = self.env["postal.specification"].search(
            [("create_uid", "=", self.clerk_a.id)]
        )
        self.assertEqual(specification.cost_centre_id, self.centre_a)
        self.assertEqual(specification.state, "checked")
        # 10 × 1.20
        self.assertEqual(specification.amount, 12)
