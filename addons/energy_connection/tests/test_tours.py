"""The guided tour of who handles cases."""

from odoo.tests import HttpCase, tagged

from .common import ConnectionCase


@tagged("post_install", "-at_install")
class TestTours(ConnectionCase, HttpCase):
    def test_from_a_case_to_its_offer(self):
        self._user("clerk")
        self.start_tour(
            "/odoo/connection-cases", "connection_clerk", login="connection_clerk"
        )
        offer = self.case.offer_ids
        self.assertEqual(offer.amount_total, 35000)
        self.assertEqual(offer.state, "draft", "nothing is sent by the tour")
