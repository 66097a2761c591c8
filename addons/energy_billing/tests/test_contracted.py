from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import EnergyCase


@tagged("post_install", "-at_install")
class TestContracted(EnergyCase):
    """1,000 kWh a month with 10 % of tolerance; 0.05 for each kWh above 1,100 and 0.02
    for each below 900."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement = cls._create_point_agreement(cls.interval_point)
        cls.contracted = cls.env["energy.contracted.quantity"].create(
            {
                "contract_id": cls.agreement.contract_id.id,
                "agreement_ids": [Command.set(cls.agreement.ids)],
                "product_id": cls.product.id,
                "price_over": 0.05,
                "price_under": 0.02,
                "month_ids": [Command.create({"date": "2026-01-01", "quantity": 1000})],
            }
        )
        cls.month = cls.contracted.month_ids

    def _count(self, value, **values):
        """January with so many kWh in each of its 744 hours."""
        self._import_intervals(*self._month_of_intervals(value))
        self.contracted.write(values)
        self.month._count()
        return self.month.charge_ids

    def test_above_the_tolerance(self):
        """2 × 744 = 1,488 kWh: 388 above 1,100, 19.40."""
        charge = self._count(2)
        self.assertEqual(
            (self.month.actual, self.month.difference, self.month.over),
            (1488, 488, 388),
        )
        self.assertEqual((charge.quantity, charge.amount), (388, 19.4))
        self.assertEqual(self.month.amount, 19.4)
        segments = self._generate(self.agreement)
        self.assertEqual(segments.charge_id, charge)
        self._invoice(segments)
        self.assertEqual(charge.state, "billed")

    def test_below_the_tolerance(self):
        """744 kWh: 156 below 900, 3.12."""
        charge = self._count(1)
        self.assertEqual((self.month.under, charge.amount), (156, 3.12))

    def test_inside_of_it(self):
        """967.2 kWh are 32.8 less."""
        self.assertFalse(self._count(1.3))
        self.assertEqual((self.month.difference, self.month.amount), (-32.8, 0))

    def test_capacity(self):
        """2 kW where 1.5 are contracted: half a kW for 10.00."""
        charges = self._count(
            2, price_over=0, price_under=0, capacity=1.5, price_capacity=10
        )
        self.assertEqual((self.month.peak, self.month.overrun), (2, 0.5))
        self.assertEqual(charges.amount, 5)

    def test_what_is_not_measured_waits(self):
        self._import_intervals(*self._month_of_intervals(2, days=range(1, 31)))
        self.month._count()
        self.assertIn(self.agreement.code, self.month.problem)
        self.assertFalse(self.month.charge_ids)
        self._import_intervals(*self._month_of_intervals(2, days=[31]))
        self.month._count()
        self.assertFalse(self.month.problem)
        self.assertEqual(self.month.amount, 19.4)

    def test_a_correction_changes_what_waits_and_not_what_is_billed(self):
        self._count(2)
        charge = self._count(3)
        # 2,232 kWh: 1,132 above
        self.assertEqual(charge.amount, 56.6)
        self._invoice(self._generate(self.agreement))
        self._count(2)
        self.assertEqual(self.month.charge_ids, charge)
        self.assertEqual((self.month.actual, self.month.amount), (2232, 56.6))

    def test_points_of_a_group_balance(self):
        """N-1 uses 600 kWh less than its half, N-3 as much more."""
        other = self._create_point_agreement(self.point)
        other.write(
            {
                "contract_id": self.agreement.contract_id.id,
                "account_id": self.agreement.account_id.id,
            }
        )
        self.contracted.agreement_ids |= other
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1256;256")
        self.assertFalse(self._count(1))
        self.assertEqual((self.month.actual, self.month.difference), (1000, 0))
        with self.assertRaisesRegex(ValidationError, "measured at a point"):
            self.contracted.capacity = 10

    def test_another_year(self):
        self.contracted.action_add_year()
        months = self.contracted.month_ids
        self.assertEqual(len(months), 13)
        self.assertEqual(str(months[-1].date), "2027-01-01")
        self.assertEqual(months[-1].quantity, 1000)
