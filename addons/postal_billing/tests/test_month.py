"""A month of a post office, worked out twice: by the product and by plain Python."""

import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.billing_base.rating import to_decimal

from .common import PostalCase

CENT = Decimal("0.01")
CENTRES, PARTNERS = 40, 300
LETTERS, REGISTERED, PARCELS, COUNTER = 40, 30, 25, 15
VAT = Decimal("0.21")
EDGES = (
    "0.01 10.00 10.01 30.00 30.01 100.00 100.01 250.00 250.01 1000.00 1000.01"
    " 7500.00 7500.01"
).split()
"""Cheques on both sides of every limit of the commission's table."""


def cents(amount):
    return amount.quantize(CENT, ROUND_HALF_UP)


def commission(cheque):
    """What one cheque costs; the table of users.md in plain words."""
    if cheque <= 10:
        return Decimal("0.30")
    if cheque <= 30:
        return Decimal("0.45")
    if cheque <= 100:
        return cheque * Decimal("0.015")
    if cheque <= 250:
        return cheque * Decimal("0.01")
    if cheque <= 1000:
        return cheque * Decimal("0.008")
    if cheque <= 7500:
        return Decimal("7.50")
    return cheque * Decimal("0.002")


@tagged("post_install", "-at_install")
class TestMonth(PostalCase):
    """40 cost centres, 300 partners, 120 services, three kinds of specification.

    Every seventh partner has 10 % off by contract, every eleventh one gets an invoice
    for each cost centre. Counter services are exempt, as payouts are.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param(
            "billing_base.run_inline_size", "100000"
        )
        cls.dice = random.Random(2026)
        cls.profile.tax_rounding = "line"
        cls.by_centre = cls.env["billing.profile"].create(
            {"name": "One each", "grouping": "cost_centre", "tax_rounding": "line"}
        )
        cls._make_services()
        cls.centres = cls.centre_a | cls.centre_b
        cls.centres |= cls.env["account.analytic.account"].create(
            [
                {
                    "name": f"Post office {number}",
                    "code": f"PO{number:02}",
                    "plan_id": cls.plan.id,
                    "company_id": cls.company.id,
                    "postal_region_id": cls.region.id,
                }
                for number in range(3, CENTRES + 1)
            ]
        )
        cls._make_partners()

    @classmethod
    def _make_services(cls):
        """Beside the ten of PostalCase: ``cls.prices`` as plain figures."""
        cls.prices = {}
        for number in range(LETTERS - 1):
            light, heavy = Decimal(60 + number) / 100, Decimal(90 + 2 * number) / 100
            item = cls._service(
                f"Letter {number}",
                f"LT{number}",
                cls._steps((20, float(light)), (100, float(heavy))),
                kind="letter",
            )
            cls.prices[item] = ("steps", light, heavy)
        for number in range(REGISTERED - 1):
            price = Decimal(1200 + 7 * number) / 1000
            item = cls._service(f"R {number}", f"R{number}", float(price), "registered")
            cls.prices[item] = ("unit", price, price)
        for number in range(PARCELS):
            light, heavy = Decimal(250 + 11 * number) / 100, Decimal(410 + number) / 100
            item = cls._service(
                f"Parcel {number}",
                f"PC{number}",
                cls._steps((20, float(light)), (100, float(heavy))),
                kind="parcel",
            )
            cls.prices[item] = ("steps", light, heavy)
        for number in range(COUNTER + 2):
            price = Decimal(35 + number) / 1000
            item = cls._service(f"D {number}", f"DK{number}", float(price), "counter")
            item.product_id = cls.exempt_product
            cls.prices[item] = ("exempt", price, price)
        cls.services = list(cls.prices)

    @classmethod
    def _make_partners(cls):
        cls.partners = [
            cls._partner(
                f"Partner {number}",
                f"R{number}",
                profile=cls.by_centre if number % 11 == 0 else None,
                kinds=("payout",)
                if number < 20
                else ("hybrid", "on_account")
                if number < 60
                else ("on_account",),
            )
            for number in range(PARTNERS)
        ]
        cls.discounted = set(cls.partners[::7])
        cls.env["billing.discount"].create(
            [
                {
                    "scope": "contract",
                    "contract_id": partner.billing_account_ids.agreement_ids[
                        :1
                    ].contract_id.id,
                    "percent": 10,
                    "date_start": "2026-01-01",
                }
                for partner in cls.discounted
            ]
        )

    # === What is entered, and what it must come to ===

    def _expect(self, partner, centre, item, amount, taxed=True):
        """Note an amount before discount."""
        if partner in self.discounted:
            amount *= Decimal("0.9")
        amount = cents(amount)
        self.by_partner[partner, taxed] += amount
        self.by_place[centre] += amount
        self.by_item[item] += amount
        if taxed:
            self.tax[partner] += cents(amount * VAT)

    def _on_account(self, partner):
        for centre in self.dice.sample(list(self.centres), 2):
            lines = []
            for item in self.dice.sample(self.services, 3):
                kind, light, heavy = self.prices[item]
                pieces = self.dice.randint(1, 900)
                grams = self.dice.choice((15, 20, 99))
                price = heavy if kind == "steps" and grams > 20 else light
                lines.append((item, {"quantity": pieces, "weight": grams}))
                self._expect(partner, centre, item, pieces * price, kind != "exempt")
            self._enter(partner, centre, "on_account", lines)

    def _payout(self, partner):
        """Cheques of an edge at each of some cost centres; all per cheque, too."""
        total, count, lines = Decimal(), 0, []
        for edge in EDGES:
            centre = self.dice.choice(list(self.centres))
            cheque, pieces = Decimal(edge), self.dice.randint(1, 9)
            lines.append(
                (
                    self.commission,
                    {
                        "quantity": pieces,
                        "money": float(cheque * pieces),
                        "cost_centre_id": centre.id,
                    },
                )
            )
            amount = commission(cheque) * pieces
            self._expect(partner, centre, self.commission, amount, taxed=False)
            total, count = total + cheque * pieces, count + pieces
        self._enter(
            partner,
            None,
            "payout",
            lines,
            total_cheques=count,
            total_money=float(total),
        )
        self.paid += total

    def _hybrid(self, partner):
        centre = self.dice.choice(list(self.centres))
        pieces, pages = self.dice.randint(50, 5000), self.dice.randint(1, 8)
        inserts, duplex = self.dice.randint(0, 1), self.dice.random() < 0.5
        self._enter(
            partner,
            centre,
            "hybrid",
            (),
            mailing_ids=[
                Command.create(
                    {
                        "name": "Bills",
                        "pieces": pieces,
                        "pages": pages,
                        "inserts": inserts,
                        "is_duplex": duplex,
                    }
                )
            ],
        )
        sheets = (pages + 1) // 2 if duplex else pages
        grams = 5 + 5 * sheets + 5 * inserts
        for part, quantity, price in (
            ("print", pieces * pages, "0.05"),
            ("insert", pieces * inserts, "0.02"),
            ("envelope", pieces, "0.04"),
            ("postage", pieces, "0.50" if grams <= 20 else "0.70"),
        ):
            if quantity:
                item = self.parts[part]
                self._expect(partner, centre, item, quantity * Decimal(price))

    def _enter(self, partner, centre, kind, lines, **values):
        self.vals_list.append(
            {
                "kind": kind,
                "period_id": self.january.id,
                "cost_centre_id": centre.id if centre else False,
                "partner_id": partner.id,
                "line_ids": [
                    Command.create({"item_id": item.id, **entry})
                    for item, entry in lines
                ],
                **values,
            }
        )

    def test_the_month_to_the_cent(self):
        self.by_partner, self.by_place = defaultdict(Decimal), defaultdict(Decimal)
        self.by_item, self.tax = defaultdict(Decimal), defaultdict(Decimal)
        self.vals_list, self.paid = [], Decimal()
        items = self.tariff.item_ids
        self.parts = {item.hybrid_part: item for item in items if item.hybrid_part}
        self.assertEqual(len(items.filtered(lambda item: item.kind == "charge")), 120)
        for number, partner in enumerate(self.partners):
            if number < 20:
                self._payout(partner)
                continue
            if number < 60:
                self._hybrid(partner)
            self._on_account(partner)
        specifications = self.env["postal.specification"].create(self.vals_list)
        specifications.action_check()
        run = self.env["billing.run"].create(
            {"period_id": self.january.id, "last_step": "post"}
        )
        run.action_start()
        self.assertEqual(run.state, "done", run.error_ids.mapped("message"))
        self.assertEqual(set(specifications.mapped("state")), {"invoiced"})
        self._compare_invoices(specifications.invoice_ids)
        self._compare_report()
        self.assertEqual(
            sum(to_decimal(spec.money) for spec in specifications), self.paid
        )

    def _compare_invoices(self, invoices):
        untaxed, tax, count = defaultdict(Decimal), defaultdict(Decimal), {}
        for invoice in invoices:
            untaxed[invoice.partner_id] += to_decimal(invoice.amount_untaxed)
            tax[invoice.partner_id] += to_decimal(invoice.amount_tax)
            count[invoice.partner_id] = count.get(invoice.partner_id, 0) + 1
        for number, partner in enumerate(self.partners):
            expected = sum(self.by_partner[partner, taxed] for taxed in (True, False))
            self.assertEqual(
                (untaxed[partner], tax[partner]),
                (expected, self.tax[partner]),
                partner.name,
            )
            if number % 11 or number < 20:
                self.assertEqual(count[partner], 1, partner.name)
            else:
                self.assertIn(count[partner], (2, 3), partner.name)

    def _compare_report(self):
        self.env.flush_all()
        for name, expected in (
            ("cost_centre_id", self.by_place),
            ("item_id", self.by_item),
        ):
            rows = self.env["postal.report"]._read_group(
                [("period_id", "=", self.january.id)], [name], ["amount:sum"]
            )
            found = {record: cents(to_decimal(amount)) for record, amount in rows}
            self.assertEqual(found, dict(expected))
