from odoo.fields import Command
from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestWhatIfIntervals(EnergyCase):
    """1 kWh an hour for 15 days at 0.10, 2 kWh an hour for 16 days at 0.20."""

    def _what_if(self):
        what_if = self.env["billing.what.if"].create(
            {
                "name": "Try",
                "period_id": self.january.id,
                "change_ids": [
                    Command.create({"tariff_id": self.energy_tariff.id, "percent": 50})
                ],
            }
        )
        what_if.action_calculate()
        return what_if.line_ids

    def setUp(self):
        super().setUp()
        self.agreement = self._create_point_agreement(self.interval_point)
        self.rows = [
            *self._month_of_intervals(1, days=range(1, 16)),
            *self._month_of_intervals(2, days=range(16, 32)),
        ]
        self._import_intervals(*self.rows)
        self._generate(self.agreement)

    def test_the_days_measured_are_split_where_the_price_changes(self):
        """360 kWh × 0.10 + 768 kWh × 0.20 = 189.60; at 0.15 and 0.30: 284.40."""
        line = self._what_if()
        self.assertEqual((line.amount, line.new_amount), (189.60, 284.40))

    def test_values_corrected_after_billing_are_not_compared(self):
        self._import_intervals(*self._month_of_intervals(3, days=range(1, 2)))
        line = self._what_if()
        self.assertFalse(line.new_amount)
        self.assertIn("changed after the segment was made", line.problem)
