"""A post office in round figures: two cost centres, three partners, eight services."""

from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.billing_base.tests.common import BillingCase

COMMISSION = [
    {"upper": 10, "fixed": 0.30},
    {"upper": 30, "fixed": 0.45},
    {"upper": 100, "percent": 1.5},
    {"upper": 250, "percent": 1.0},
    {"upper": 1000, "percent": 0.8},
    {"upper": 7500, "fixed": 7.50},
    {"is_open": True, "percent": 0.2},
]
"""The table of a money order's commission; the upper limits are inclusive."""


class PostalCase(BillingCase):
    """January 2026. VAT is 21 %, payouts are exempt.

    Letter: 0.60 up to 20 g, 0.90 up to 100 g. Registered: 1.20 a piece. Hybrid mail:
    0.05 a page, 0.10 a page in colour, 0.02 an insert, 0.04 an envelope, postage as a
    letter with the same steps at 0.50 and 0.70.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat21, cls.exempt = cls.env["account.tax"].create(
            [
                {"name": "VAT 21 %", "amount": 21, "type_tax_use": "sale"},
                {"name": "Exempt", "amount": 0, "type_tax_use": "sale"},
            ]
        )
        cls.taxed_product, cls.exempt_product = cls.env["product.product"].create(
            [
                {
                    "name": name,
                    "type": "service",
                    "taxes_id": [Command.set(tax.ids)],
                }
                for name, tax in (("Post", cls.vat21), ("Payouts", cls.exempt))
            ]
        )
        cls.weight = cls.env.ref("postal_billing.quantity_type_weight")
        cls.money = cls.env.ref("postal_billing.quantity_type_money")
        cls.pieces = cls.env.ref("billing_base.quantity_type_pieces")
        cls.plan = cls.env.ref("postal_billing.analytic_plan_cost_centre")
        cls.tariff = cls.env["billing.tariff"].create(
            {"name": "Postal Services", "code": "POST"}
        )
        cls.letters = cls._category("Letters", "L")
        cls.letter = cls._service(
            "Letter", "L1", cls._steps((20, 0.60), (100, 0.90)), kind="letter"
        )
        cls.registered = cls._service("Registered", "L2", 1.20, kind="registered")
        (cls.letter | cls.registered).parent_id = cls.letters
        cls.commission = cls._service(
            "Payout commission", "P1", COMMISSION, kind="payout"
        )
        cls.per_cheque = cls._service("Payout, per cheque", "P2", 0.50, kind="payout")
        cls.percent = cls._service(
            "Payout, of the total",
            "P3",
            [{"is_open": True, "percent": 0.75}],
            kind="payout",
            band_mode="whole",
        )
        (cls.commission | cls.per_cheque | cls.percent).product_id = cls.exempt_product
        for part, price in (
            ("print", 0.05),
            ("colour", 0.10),
            ("insert", 0.02),
            ("envelope", 0.04),
            ("postage", cls._steps((20, 0.50), (100, 0.70))),
        ):
            item = cls._service(f"Hybrid {part}", f"H-{part}", price, kind="hybrid")
            item.hybrid_part = part
        cls.types = {
            kind: cls.env["billing.agreement.type"].create(
                {
                    "name": kind,
                    "code": kind,
                    "cycle_id": cls.cycle.id,
                    "segment_type_id": cls.env.ref(
                        "postal_billing.segment_type_specification"
                    ).id,
                    "postal_kind": kind,
                }
            )
            for kind in ("on_account", "payout", "hybrid", "direct")
        }
        cls.region = cls.env["postal.region"].create({"name": "South", "code": "S"})
        cls.clerk_a = cls._centre_clerk("a")
        cls.centre_a = cls._centre("Podgorica", "PG", cls.clerk_a)
        cls.centre_b = cls._centre("Budva", "BD")
        cls.bank = cls._partner("Bank", "BANK")

    @classmethod
    def _steps(cls, *steps):
        return [{"upper": upper, "fixed": price} for upper, price in steps]

    @classmethod
    def _category(cls, name, code):
        return cls.env["billing.tariff.item"].create(
            {
                "tariff_id": cls.tariff.id,
                "name": name,
                "code": code,
                "kind": "category",
            }
        )

    @classmethod
    def _service(cls, name, code, price, kind, band_mode="item"):
        """A service with a price a piece, or with bands."""
        is_banded = isinstance(price, list)
        quantity = cls.pieces
        if is_banded:
            quantity = cls.money if kind == "payout" else cls.weight
        version = {"date_start": "2026-01-01", "price": 0 if is_banded else price}
        if is_banded:
            version["band_mode"] = band_mode
            version["band_ids"] = [Command.create(band) for band in price]
        return cls.env["billing.tariff.item"].create(
            {
                "tariff_id": cls.tariff.id,
                "name": name,
                "code": code,
                "product_id": cls.taxed_product.id,
                "basis": "bands" if is_banded else "unit",
                "quantity_type_id": quantity.id,
                "service_kind": kind,
                "price_ids": [Command.create(version)],
            }
        )

    @classmethod
    def _centre_clerk(cls, login):
        return new_test_user(
            cls.env,
            login=f"centre_{login}",
            groups="postal_billing.group_postal_centre",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _centre(cls, name, code, clerk=None):
        return cls.env["account.analytic.account"].create(
            {
                "name": name,
                "code": code,
                "plan_id": cls.plan.id,
                "company_id": cls.company.id,
                "postal_region_id": cls.region.id,
                "clerk_ids": [Command.set(clerk.ids if clerk else [])],
            }
        )

    @classmethod
    def _partner(cls, name, ref, profile=None, date_end=False, kinds=None):
        """A partner with a contract and an agreement for every kind."""
        partner = cls.env["res.partner"].create({"name": name, "ref": ref})
        account = cls.env["billing.account"].create(
            {
                "code": f"ACC-{ref}",
                "partner_id": partner.id,
                "profile_id": (profile or cls.profile).id,
            }
        )
        contract = cls.env["contract.contract"].create(
            {
                "name": f"Contract {ref}",
                "partner_id": partner.id,
                "company_id": cls.company.id,
            }
        )
        cls.env["billing.agreement"].create(
            [
                {
                    "code": f"{ref}-{kind}",
                    "contract_id": contract.id,
                    "account_id": account.id,
                    "type_id": cls.types[kind].id,
                    "date_start": "2026-01-01",
                    "date_end": date_end,
                    "term_ids": [
                        Command.create(
                            {"date_start": "2026-01-01", "tariff_id": cls.tariff.id}
                        )
                    ],
                }
                for kind in kinds or cls.types
            ]
        )
        return partner

    def _specification(self, *entries, user=None, **values):
        """A draft of the bank at Podgorica in January with entries
        ``(service, values)``."""
        values = {
            "kind": "on_account",
            "period_id": self.january.id,
            "cost_centre_id": self.centre_a.id,
            "partner_id": self.bank.id,
            **values,
        }
        return (
            self.env["postal.specification"]
            .with_user(user or self.env.user)
            .create(
                {
                    **values,
                    "line_ids": [
                        Command.create({"item_id": item.id, **entry})
                        for item, entry in entries
                    ],
                }
            )
        )

    def _letters(self, quantity=10, **values):
        """So many letters of 15 g, 0.60 each."""
        return self._specification(
            (self.letter, {"quantity": quantity, "weight": 15}), **values
        )


JANUARY_31 = date(2026, 1, 31)
