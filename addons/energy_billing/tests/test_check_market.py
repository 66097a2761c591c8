"""What is billed against messages and invoices of the market."""

from odoo.fields import Command
from odoo.tests import tagged

from .market import MarketCase, load_data

JANUARY = {"date_start": "2026-01-01", "date_end": "2026-01-31"}


@tagged("post_install", "-at_install")
class TestCheckMarket(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floating = cls._create_floating_agreement(cls, cls.exchanged, "2026-01-01")
        cls.february.action_activate()

    def _find(self, code, segment):
        check = self.env.ref(f"energy_billing.check_energy_{code}")
        return check._find(segment).get(segment.id)

    def _use(self, **values):
        self.env["energy.usage"].create(
            {
                "point_id": self.exchanged.id,
                "quantity_type_id": self.energy.id,
                "value": 310,
                **JANUARY,
                **values,
            }
        )

    def _segment(self, **order):
        self.env["energy.billing.order"].create(
            {"point_id": self.exchanged.id, **JANUARY, **order}
        )
        return self._generate(self.floating, self.february)

    def test_circuit_breaker_of_the_message(self):
        company = self.company.with_env(self.env)
        loader = load_data("load_tariffs")
        tariff = loader.Tariffs(self.env, company).load(loader.read("cz"))["cz-d02d"]
        self.floating.term_ids.tariff_id = tariff
        self.exchanged.write({"breaker_phases": "3", "breaker_amps": 25})
        self._use()
        segment = self._segment(breaker_phases=3, breaker_amps=32)
        self.assertEqual(
            self._find("breaker_differs", segment), {"billed": "75", "told": "3x32 A"}
        )
        self.assertIn(
            "3x32 A",
            segment.result_ids.filtered(
                lambda result: result.check_id.code == "energy_breaker_differs"
            ).message,
        )
        self.exchanged.breaker_amps = 32
        self._generate(self.floating, self.february)
        self.assertFalse(self._find("breaker_differs", segment))

    def test_distribution_rate_of_the_message(self):
        rates = self.env["energy.network.rate"].create(
            [{"network_id": self.cz.id, "code": code} for code in ("D02d", "D25d")]
        )
        self.exchanged.network_rate_id = rates[1]
        self._use()
        segment = self._segment(rate="D02D")
        self.assertEqual(
            self._find("rate_differs", segment), {"known": "D25d", "told": "D02D"}
        )
        self.exchanged.network_rate_id = rates[0]
        self.assertFalse(self._find("rate_differs", segment))

    def test_distribution_unlike_the_received_invoice(self):
        """Billed 47.00; 40.00 received is over the limit of 1.00, 46.50 is not."""
        component = self.env["energy.network.component"].create(
            {
                "name": "Distribution",
                "code": "DIST",
                "product_ids": self.energy_item.product_id.ids,
                "limit": 1.0,
            }
        )
        self._use()
        segment = self._segment()
        self.assertFalse(self._find("network_differs", segment))
        line = {
            "point_id": self.exchanged.id,
            "point_code": self.exchanged.code,
            "component_id": component.id,
            "component_code": "DIST",
            "name": "Distribution",
            "amount": 40,
            **JANUARY,
        }
        invoice = self.env["energy.network.invoice"].create(
            {
                "number": "F-1",
                "company_id": self.company.id,
                "network_id": self.cz.id,
                "currency_id": self.company.currency_id.id,
                "line_ids": [Command.create(line)],
            }
        )
        self.assertEqual(
            self._find("network_differs", segment),
            {"component": "DIST", "charged": "47.00", "received": "40.00"},
        )
        invoice.line_ids.amount = 46.50
        self.assertFalse(self._find("network_differs", segment))

    def test_reactive_energy(self):
        reactive = self.env.ref("energy_billing.quantity_type_energy_reactive")
        self._use()
        self._use(quantity_type_id=reactive.id, value=155)
        segment = self._segment()
        self.assertEqual(
            self._find("reactive", segment), {"reactive": 155, "percent": 50}
        )
        self.env.ref("energy_billing.check_energy_reactive").limit = 50
        self.assertFalse(self._find("reactive", segment))

    def test_register_that_passed_its_last_digit(self):
        self._use(reading_from=99900, reading_to=210, meter_code="80000001")
        segment = self._segment()
        self.assertEqual(
            self._find("rollover", segment),
            {
                "meter": "80000001",
                "reading_from": "99900.000",
                "reading_to": "210.000",
            },
        )
