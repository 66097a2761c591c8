"""The guided tour of customer service."""

from odoo.tests import HttpCase, tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestTours(EnergyCase, HttpCase):
    def test_from_a_customer_to_his_point_and_bill(self):
        agreement = self._create_point_agreement(self.point)
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        segment = self._generate(agreement)
        self.assertEqual(segment.amount, 47)
        self._user("viewer")
        self.start_tour(
            f"/odoo/customers/{agreement.partner_id.id}",
            "energy_customer_service",
            login="billing_viewer",
        )
