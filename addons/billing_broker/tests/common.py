from datetime import date

from odoo.fields import Command

from odoo.addons.billing_base.tests.common import BillingCase

JANUARY = date(2026, 1, 31)
FEBRUARY = date(2026, 2, 28)
LATER = date(2099, 12, 31)


class BrokerCase(BillingCase):
    """The bill of January is 130.81: 48.39 and 77.42 for capacity, 5.00 for the fee.

    Smith brought the contract and earns 2.5 % of it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.smith, cls.jones = cls.env["res.partner"].create(
            [{"name": "Smith"}, {"name": "Jones"}]
        )
        cls.brokerage = cls.env["product.product"].create(
            {"name": "Commission", "type": "service", "purchase_ok": True}
        )
        cls.Statement = cls.env["billing.broker.statement"]

    @classmethod
    def _agree(cls, *parts, contract=None, start="2026-01-01", end=False, **values):
        """An agreement of brokers ``(partner, percent)`` on a contract."""
        return cls.env["billing.broker.agreement"].create(
            {
                "name": "Smith Energy",
                "rate": 2.5,
                "product_id": cls.brokerage.id,
                "part_ids": [
                    Command.create({"partner_id": partner.id, "percent": percent})
                    for partner, percent in parts or [(cls.smith, 100)]
                ],
                "assignment_ids": [
                    Command.create(
                        {
                            "contract_id": (contract or cls.agreement.contract_id).id,
                            "date_start": start,
                            "date_end": end,
                        }
                    )
                ],
                **values,
            }
        )

    def _count(self, until=JANUARY):
        return self.Statement._count(self.company, until)

    def _pay(self, move, amount=None, day="2026-02-10"):
        values = {"payment_date": day} | ({"amount": amount} if amount else {})
        return (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(values)
            ._create_payments()
        )
