"""A country changes its currency: Bulgaria has levs until 2025, then euros."""

from datetime import date

from odoo.fields import Command
from odoo.tests import tagged

from .common import BillingCase

RATE = 1.95583


@tagged("post_install", "-at_install")
class TestCurrencyChange(BillingCase):
    """Tariff B is in levs until December 31; tariff E is the same in euros."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.euro = cls.env.ref("base.EUR")
        cls.euro.active = True
        cls.company.currency_id = cls.euro
        cls.lev = cls.setup_other_currency("BGN", rates=[("2025-01-01", RATE)])
        cls.cycle._generate_periods(date(2025, 12, 1), date(2025, 12, 31))
        cls.december = cls.cycle.period_ids.filtered(
            lambda period: period.date_start == date(2025, 12, 1)
        )
        (cls.capacity_item | cls.fee_item).price_ids.unlink()
        cls.capacity_item.price_ids = [
            Command.create({"date_start": "2025-01-01", "price": 3.91166})
        ]
        cls.fee_item.price_ids = [
            Command.create({"date_start": "2025-01-01", "price": 9.78})
        ]
        cls.tariff.currency_id = cls.lev
        levs = cls.tariff
        cls.tariff = cls.euros = cls.env["billing.tariff"].create(
            {"name": "Basic in euros", "code": "E", "currency_id": cls.euro.id}
        )
        cls._create_item(
            "Capacity",
            [("2026-01-01", False, 2.0)],
            basis="capacity",
            quantity_type_id=cls.capacity.id,
        )
        cls._create_item(
            "Fee", [("2026-01-01", False, 5.0)], basis="flat", time_unit="month"
        )
        cls.tariff = levs
        cls.agreement.date_start = "2025-12-01"
        term = cls.agreement.term_ids
        term.write({"date_start": "2025-12-01", "date_end": "2025-12-31"})
        term.copy(
            {
                "agreement_id": cls.agreement.id,
                "date_start": "2026-01-01",
                "date_end": False,
                "tariff_id": cls.euros.id,
            }
        )

    def test_each_month_in_its_money_and_december_again_in_levs(self):
        december = self._generate(period=self.december)
        january = self._generate(period=self.january)
        self.assertEqual(
            (december | january).mapped("currency_id"), self.lev + self.euro
        )
        # 50 kW at 3.91166 and the fee; 50 kW at 2.00 and the fee
        self.assertEqual(december.mapped("amount"), [205.36])
        self.assertEqual(january.mapped("amount"), [105])
        old, new = self._invoice(december), self._invoice(january)
        self.assertEqual((old.currency_id, new.currency_id), (self.lev, self.euro))
        self.assertEqual((old.amount_total, new.amount_total), (246.43, 126))
        self.assertEqual(old.amount_total_signed, round(246.43 / RATE, 2))

        # in January the capacity turns out to have been 40 kW
        self.agreement.term_ids.sorted("date_start")[0].value_ids.value = 40
        december._cancel(self.reason)
        again = december._rebill()
        self.assertEqual((again.currency_id, again.amount), (self.lev, 166.25))
        bill = self._invoice(again)
        credit = december.reversal_id
        self.assertEqual((credit.currency_id, credit.amount_total), (self.lev, 246.43))
        self.assertEqual(credit.amount_total_signed, -old.amount_total_signed)
        self.assertEqual((bill.currency_id, bill.amount_total), (self.lev, 199.5))
        # nothing of December's levs is left open by rounding
        self.assertFalse((old | credit).line_ids.filtered("amount_residual"))
