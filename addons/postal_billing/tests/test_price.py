from odoo.fields import Command
from odoo.tests import tagged

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestPrice(PostalCase):
    def _price(self, item, **entry):
        """Amount of an entry; the specification is dropped again."""
        specification = self._specification((item, entry))
        result = specification.line_ids.amount, specification.line_ids.problem
        specification.unlink()
        return result

    def test_weight_steps_are_inclusive(self):
        for grams, amount in ((1, 6.0), (20, 6.0), (20.1, 9.0), (100, 9.0)):
            with self.subTest(grams):
                self.assertEqual(
                    self._price(self.letter, quantity=10, weight=grams),
                    (amount, False),
                )

    def test_a_letter_beyond_the_last_step_has_no_price(self):
        amount, problem = self._price(self.letter, quantity=1, weight=100.1)
        self.assertEqual(amount, 0)
        self.assertIn("band", problem)

    def test_commission_of_each_band_and_its_edges(self):
        """The table of money orders; the commission of one cheque each."""
        for money, amount in (
            (0.01, 0.30),
            (10.00, 0.30),
            (10.01, 0.45),
            (30.00, 0.45),
            (30.01, 0.45),  # 1.5 % = 0.45015
            (100.00, 1.50),
            (100.01, 1.00),  # 1 % = 1.0001
            (250.00, 2.50),
            (250.01, 2.00),  # 0.8 % = 2.00008
            (1000.00, 8.00),
            (1000.01, 7.50),
            (7500.00, 7.50),
            (7500.01, 15.00),  # 0.2 % = 15.00002
        ):
            with self.subTest(money):
                self.assertEqual(
                    self._price(self.commission, quantity=1, money=money),
                    (amount, False),
                )

    def test_cheques_of_one_band_are_entered_together(self):
        """4 cheques of 100 in all: 25 each, 4 × 0.45; 2 of 120: 60 each, 1.5 %."""
        self.assertEqual(self._price(self.commission, quantity=4, money=100)[0], 1.80)
        self.assertEqual(self._price(self.commission, quantity=2, money=120)[0], 1.80)

    def test_commission_per_cheque_and_of_the_total(self):
        self.assertEqual(
            self._price(self.per_cheque, quantity=1234, money=98765.43)[0], 617.0
        )
        # 0.75 % of 98,765.43 = 740.740725
        self.assertEqual(
            self._price(self.percent, quantity=1234, money=98765.43)[0], 740.74
        )

    def test_discounts_by_precedence(self):
        """The category's 5 % gives way to the contract's 10 %, that to the
        customer's 20 % on letters."""
        agreement = self.bank.billing_account_ids.agreement_ids[:1]
        Discount = self.env["billing.discount"]
        common = {"date_start": "2026-01-01"}
        Discount.create(
            {
                **common,
                "scope": "everyone",
                "item_id": self.letters.id,
                "percent": 5,
            }
        )
        self.assertEqual(self._price(self.registered, quantity=100)[0], 114.0)
        Discount.create(
            {
                **common,
                "scope": "contract",
                "contract_id": agreement.contract_id.id,
                "percent": 10,
            }
        )
        self.assertEqual(self._price(self.registered, quantity=100)[0], 108.0)
        Discount.create(
            {
                **common,
                "scope": "customer",
                "partner_id": self.bank.id,
                "item_id": self.letter.id,
                "percent": 20,
            }
        )
        self.assertEqual(self._price(self.registered, quantity=100)[0], 108.0)
        self.assertEqual(self._price(self.letter, quantity=100, weight=15)[0], 48.0)

    def test_the_price_of_the_day(self):
        self.registered.price_ids.date_end = "2026-01-15"
        self.registered.price_ids = [
            Command.create({"date_start": "2026-01-16", "price": 1.50})
        ]
        self.assertEqual(self._price(self.registered, quantity=10)[0], 15.0)
        self.assertEqual(
            self._price(self.registered, quantity=10, date="2026-01-15")[0], 12.0
        )

    def test_what_has_no_price_says_why(self):
        self.letter.active = False
        self.assertIn("not offered", self._price(self.letter, quantity=1, weight=1)[1])
        other = self._partner("Ended", "END", date_end="2026-01-20")
        specification = self._specification(
            (self.registered, {"quantity": 1}), partner_id=other.id
        )
        self.assertFalse(specification.line_ids.problem)
        specification.agreement_id.term_ids.date_end = "2026-01-20"
        specification.line_ids._price()
        self.assertIn("has ended", specification.line_ids.problem)

    def test_calculator_says_why(self):
        agreement = self.bank.billing_account_ids.agreement_ids.filtered(
            lambda found: found.type_id.postal_kind == "payout"
        )
        calculator = self.env["postal.calculator"].create(
            {
                "agreement_id": agreement.id,
                "date": "2026-01-31",
                "item_id": self.commission.id,
                "quantity": 2,
                "money": 120,
            }
        )
        self.assertEqual(calculator.amount, 1.80)
        self.assertIn("1.5", calculator.explanation)
