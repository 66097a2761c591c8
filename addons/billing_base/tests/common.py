"""A company with everything billing needs, in round figures."""

from contextlib import contextmanager
from datetime import date

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon


@tagged("post_install", "-at_install")
class BillingCase(AccountTestInvoicingCommon):
    """January 2026 is the period under test.

    The tariff has a capacity charge of 2.00 per kW and period until January 15 and
    3.00 from January 16, and a fee of 5.00 a month; VAT is 20 %.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids |= cls.env.ref("billing_base.group_billing_admin")
        cls.company = cls.company_data["company"]
        cls.vat = cls.env["account.tax"].create(
            {"name": "VAT 20 %", "amount": 20, "type_tax_use": "sale"}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Electricity",
                "type": "service",
                "taxes_id": [Command.set(cls.vat.ids)],
            }
        )
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.capacity = cls.env["billing.quantity.type"].create(
            {
                "name": "Capacity",
                "code": "test_capacity",
                "kind": "level",
                "uom_id": cls.unit.id,
            }
        )
        cls.cycle = cls.env["billing.cycle"].create({"name": "Monthly", "code": "M"})
        cls.cycle._generate_periods(date(2026, 1, 1), date(2026, 12, 31))
        cls.january, cls.february = cls.cycle.period_ids[:2]
        cls.tariff = cls.env["billing.tariff"].create({"name": "Basic", "code": "B"})
        cls.capacity_item = cls._create_item(
            "Capacity",
            [("2026-01-01", "2026-01-15", 2.0), ("2026-01-16", False, 3.0)],
            basis="capacity",
            quantity_type_id=cls.capacity.id,
        )
        cls.fee_item = cls._create_item(
            "Fee", [("2026-01-01", False, 5.0)], basis="flat", time_unit="month"
        )
        cls.agreement_type = cls.env["billing.agreement.type"].create(
            {
                "name": "Supply",
                "code": "S",
                "cycle_id": cls.cycle.id,
                "segment_type_id": cls.env.ref(
                    "billing_base.segment_type_recurring"
                ).id,
            }
        )
        cls.profile = cls.env["billing.profile"].create({"name": "Standard"})
        cls.reason = cls.env["billing.reason"].create(
            {"name": "Wrong reading", "code": "reading", "kind": "cancel"}
        )
        cls.agreement = cls._create_agreement("A-1", 50)

    @classmethod
    def _create_item(cls, name, prices, **values):
        """A charge with prices ``[(from, to, price), …]``."""
        return cls.env["billing.tariff.item"].create(
            {
                "tariff_id": cls.tariff.id,
                "name": name,
                "code": name.upper(),
                "product_id": cls.product.id,
                "price_ids": [
                    Command.create(
                        {"date_start": start, "date_end": end, "price": price}
                    )
                    for start, end, price in prices
                ],
                **values,
            }
        )

    @classmethod
    def _create_agreement(cls, code, capacity, partner=None, profile=None):
        """An agreement from January 1 on; without a partner, of a new customer."""
        partner = partner or cls.env["res.partner"].create({"name": f"Customer {code}"})
        account = cls.env["billing.account"].search(
            [("partner_id", "=", partner.id)], limit=1
        ) or cls.env["billing.account"].create(
            {
                "code": f"ACC-{code}",
                "partner_id": partner.id,
                "profile_id": (profile or cls.profile).id,
            }
        )
        contract = cls.env["contract.contract"].create(
            {
                "name": f"Contract {code}",
                "partner_id": partner.id,
                "company_id": cls.company.id,
            }
        )
        return cls.env["billing.agreement"].create(
            {
                "code": code,
                "contract_id": contract.id,
                "account_id": account.id,
                "type_id": cls.agreement_type.id,
                "date_start": "2026-01-01",
                "term_ids": [
                    Command.create(
                        {
                            "date_start": "2026-01-01",
                            "tariff_id": cls.tariff.id,
                            "value_ids": [
                                Command.create(
                                    {
                                        "quantity_type_id": cls.capacity.id,
                                        "value": capacity,
                                    }
                                )
                            ],
                        }
                    )
                ],
            }
        )

    @classmethod
    def _user(cls, role):
        """A user of the role viewer, clerk, manager or admin."""
        return new_test_user(
            cls.env,
            login=f"billing_{role}",
            groups=f"billing_base.group_billing_{role}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @contextmanager
    def _refused(self, exception, text):
        """What is refused leaves nothing behind for the rest of a test."""
        with self.assertRaisesRegex(exception, text), self.env.cr.savepoint():
            yield

    def _generate(self, agreements=None, period=None):
        return self.env["billing.generator"]._generate(
            agreements or self.agreement, period or self.january
        )

    def _invoice(self, segments):
        """Post the invoices of the segments."""
        invoicer = self.env["billing.invoicer"]
        moves = invoicer._create_invoices(segments)
        invoicer._post(moves)
        return moves
