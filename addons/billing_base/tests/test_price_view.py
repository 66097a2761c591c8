"""The prices of a day, for everybody and for one customer."""

from odoo.fields import Command
from odoo.tests import Form, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestPriceView(BillingCase):
    def _lines(self, date, partner=None, contract=None, user=None):
        """What is shown: ``{code of the charge: line}``."""
        View = self.env["billing.price.view"].with_user(user or self.env.user)
        with Form(View.with_context(default_tariff_id=self.tariff.id)) as form:
            form.date = date
            if partner:
                form.partner_id = partner
            if contract:
                form.contract_id = contract
        return {line.item_id.code: line for line in form.record.line_ids}

    def test_the_version_of_the_day_is_shown_with_unit_and_tax(self):
        fee = self._lines("2026-01-15")["FEE"]
        self.assertEqual((fee.net_price, fee.gross_price), (5.0, 6.0))
        self.assertEqual((fee.unit, fee.tax_names), ("per month", "VAT 20 %"))
        self.assertFalse(fee.discount)
        capacity = [
            self._lines(day)["CAPACITY"].net_price
            for day in ("2026-01-15", "2026-01-16")
        ]
        self.assertEqual(capacity, [2.0, 3.0])

    def test_a_day_without_a_price_says_so(self):
        line = self._lines("2025-12-31")["FEE"]
        self.assertFalse(line.has_price)
        self.assertIn("no price", line.problem)

    def test_a_customer_sees_the_discounts_and_taxes_that_count(self):
        customer = self.agreement.partner_id
        self.env["billing.discount"].create(
            [
                {
                    "scope": "customer",
                    "partner_id": customer.id,
                    "percent": 10,
                    "date_start": "2026-02-01",
                },
                {
                    "scope": "contract",
                    "contract_id": self.agreement.contract_id.id,
                    "item_id": self.capacity_item.id,
                    "method": "amount",
                    "amount": 0.5,
                    "date_start": "2026-01-01",
                },
            ]
        )
        contract = self.agreement.contract_id
        self.assertEqual(self._lines("2026-02-01")["FEE"].net_price, 5.0)
        january = self._lines("2026-01-31", customer, contract)
        self.assertEqual(january["FEE"].net_price, 5.0)
        self.assertEqual(january["CAPACITY"].net_price, 2.5)
        self.assertIn("0.5", january["CAPACITY"].discount)
        february = self._lines("2026-02-01", customer, contract)
        self.assertEqual(february["FEE"].net_price, 4.5)
        self.assertEqual(february["FEE"].list_price, 5.0)
        self.assertEqual(february["FEE"].discount, f"10 % ({customer.display_name})")
        self.assertEqual(february["CAPACITY"].net_price, 2.7)

    def test_bands_are_shown_net_of_the_discount(self):
        item = self._create_item(
            "Tiers",
            [("2026-01-01", False, 0)],
            basis="bands",
            quantity_type_id=self.capacity.id,
        )
        item.price_ids.write(
            {
                "discount": 50,
                "band_ids": [
                    Command.create({"upper": 100, "price": 0.5}),
                    Command.create({"is_open": True, "fixed": 8}),
                ],
            }
        )
        line = self._lines("2026-01-01")["TIERS"]
        self.assertFalse(line.has_price)
        self.assertEqual(line.bands, "to 100: 0.25 · over: 4 fixed")
        self.assertEqual(line.discount, "50 % (price list)")

    def test_viewers_see_it_and_the_tariff_opens_it(self):
        action = self.tariff.action_view_prices()
        self.assertEqual(action["res_model"], "billing.price.view")
        lines = self._lines("2026-01-01", user=self._user("viewer"))
        self.assertEqual(list(lines), ["CAPACITY", "FEE"])
