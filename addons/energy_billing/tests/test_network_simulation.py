"""Distribution simulated from price lists, billed on without margin, decided upon."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .market import FILES, MarketCase, load_data

JANUARY = {"date_start": "2026-01-01", "date_end": "2026-01-31"}
D02D = {
    "reserved_capacity": 256.00,
    "distribution": 644.36,
    "system_services": 50.91,
    "operator": 12.87,
}
"""3x25 A and 310 kWh in January 2026: the class of 75 A; 310 × 2.07858 and 0.16424."""


@tagged("post_install", "-at_install")
class TestNetworkSimulation(MarketCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.floating = cls._create_floating_agreement(cls, cls.exchanged, "2026-01-01")
        cls.february.action_activate()

    def _component(self, code, products):
        return self.env["energy.network.component"].create(
            {"name": code, "code": code, "product_ids": products.ids, "limit": 1.0}
        )

    def _use(self, value=310):
        self.env["energy.usage"].create(
            {
                "point_id": self.exchanged.id,
                "quantity_type_id": self.energy.id,
                "value": value,
                **JANUARY,
            }
        )

    def _receive(self, amounts, number="F-1", **values):
        """An invoice of January for the point; amounts by component code."""
        components = self.env["energy.network.component"].search([])
        return self.env["energy.network.invoice"].create(
            {
                "number": number,
                "company_id": self.company.id,
                "network_id": self.cz.id,
                "currency_id": self.company.currency_id.id,
                "date_issued": "2026-02-05",
                "line_ids": [
                    Command.create(
                        {
                            "point_id": self.exchanged.id,
                            "point_code": self.exchanged.code,
                            "component_id": components.filtered(
                                lambda c, code=code: c.code == code
                            ).id,
                            "component_code": code,
                            "name": code,
                            "amount": amount,
                            **JANUARY,
                        }
                    )
                    for code, amount in amounts.items()
                ],
                **values,
            }
        )

    # === Simulated ===

    def _rate(self):
        """The point is billed by D02d, whose price list has the components."""
        company = self.company.with_env(self.env)
        loader = load_data("load_tariffs")
        tariff = loader.Tariffs(self.env, company).load(loader.read("cz"))["cz-d02d"]
        for code in D02D:
            item = tariff.item_ids.filtered(lambda i, code=code: i.code == code)
            self._component(code, item.product_id)
        self.exchanged.write(
            {
                "breaker_phases": "3",
                "breaker_amps": 25,
                "network_rate_id": self.env["energy.network.rate"]
                .create(
                    {
                        "network_id": self.cz.id,
                        "code": "D02d",
                        "tariff_id": tariff.id,
                    }
                )
                .id,
            }
        )
        return tariff

    def _simulated(self, invoice):
        invoice.action_simulate()
        return {row.component_id.code: row for row in invoice.simulation_ids}

    def test_by_the_price_list_of_the_rate(self):
        """All four components are what we expect, to the cent."""
        self._rate()
        self._use()
        rows = self._simulated(self._receive(D02D))
        self.assertEqual({code: row.simulated for code, row in rows.items()}, D02D)
        self.assertFalse(any(row.over_limit for row in rows.values()))

    def test_a_wrong_circuit_breaker_shows(self):
        """333.00 is the class of 3x32 A: 77.00 too much."""
        self._rate()
        self._use()
        invoice = self._receive({**D02D, "reserved_capacity": 333.00})
        rows = self._simulated(invoice)
        row = rows["reserved_capacity"]
        self.assertEqual((row.simulated, row.difference), (256.00, 77.00))
        self.assertTrue(row.over_limit)
        self.env.invalidate_all()
        self.assertEqual(invoice.simulation_count, 1)
        self.assertIn("D02d", row.tariff_names)

    def test_what_was_not_invoiced_shows_too(self):
        self._rate()
        self._use()
        amounts = {code: value for code, value in D02D.items() if code != "operator"}
        row = self._simulated(self._receive(amounts))["operator"]
        self.assertEqual((row.received, row.simulated), (0, 12.87))
        self.assertTrue(row.over_limit)

    def test_without_measurement_nothing_is_compared(self):
        self._rate()
        rows = self._simulated(self._receive(D02D))
        self.assertTrue(all(row.problem for row in rows.values()))
        self.assertFalse(any(row.over_limit for row in rows.values()))
        self.assertIn("distribution", rows["operator"].problem)

    def test_by_the_tariffs_of_the_agreement_at_import(self):
        """150 × 0.10 + 160 × 0.20 = 47.00 against 40.00 received, told at once."""
        component = self._component("DIST-VT", self.energy_item.product_id)
        self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", "CZK")]
        ).active = True
        self._use()
        content = (FILES / "cdsinvoice_127.xml").read_text()
        content = (
            content.replace(self.two_tariff.code, self.exchanged.code)
            .replace('date-from="2025-03-15"', 'date-from="2026-01-01"')
            .replace('date-to="2026-03-14"', 'date-to="2026-01-31"')
            .replace('amount="2556.65"', 'amount="40.00"')
        )
        message = self.env["energy.message"]._import_file(
            self.market_profile, "one.xml", content.encode()
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        self.assertIn("invoice_simulation", self._codes(message, "error"))
        row = self.env["energy.network.simulation"].search(
            [("component_id", "=", component.id)]
        )
        self.assertEqual((row.received, row.simulated), (40, 47))

    def test_nobody_writes_a_simulation(self):
        self._rate()
        self._use()
        row = self._simulated(self._receive(D02D))["operator"]
        for role in ("clerk", "admin"):
            with self.assertRaises(AccessError, msg=role):
                row.with_user(self._user(role)).simulated = 1

    # === Billed on ===

    def _passing(self):
        self._component("DIST", self.product)
        self.floating_type.network_services = "pass"

    def _unbilled(self):
        self.env.invalidate_all()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_network_unbilled_action"
        )
        return self.env["energy.network.comparison"].search(safe_eval(action["domain"]))

    def test_billed_on_without_margin(self):
        self._passing()
        self.assertFalse(self._unbilled())
        invoice = self._receive({"DIST": 123.45})
        (row,) = self._unbilled()
        self.assertEqual((row.received, row.passed_on), (123.45, "none"))
        row.action_pass_on()
        self.assertEqual(self._unbilled().passed_on, "waiting")
        with self.assertRaises(UserError):
            invoice.action_pass_on()
        segment = self._generate(self.floating, self.february)
        self.assertEqual(segment.charge_id, invoice.line_ids.charge_id)
        self.assertEqual(segment.amount, 123.45)
        move = self._invoice(segment)
        self.assertEqual(move.amount_untaxed, 123.45)
        self.assertFalse(self._unbilled())
        compared = self.env["energy.network.comparison"].search([])
        self.assertEqual((compared.kind, compared.difference), ("both", 0))

    def test_quantity_and_price_stand_on_the_bill(self):
        self._passing()
        self.product.uom_id = self.env.ref("uom.product_uom_kwh")
        invoice = self._receive({"DIST": 31})
        invoice.line_ids.write({"quantity": 310, "price": 0.1, "unit": "KWH"})
        charge = invoice.line_ids._pass_on()
        self.assertEqual((charge.quantity, charge.unit_price), (310, 0.1))
        self.assertEqual(charge.amount, 31)

    def test_a_credit_note_gives_back(self):
        self._passing()
        self._receive({"DIST": 50}).action_pass_on()
        credit = self._receive({"DIST": -50}, "F-2", type="credit")
        credit.action_pass_on()
        segments = self._generate(self.floating, self.february)
        self.assertEqual(sorted(segments.mapped("amount")), [-50, 50])

    def test_disputed_services_wait(self):
        self._passing()
        invoice = self._receive({"DIST": 50})
        invoice.line_ids.decision = "disputed"
        with self.assertRaises(UserError):
            invoice.action_pass_on()
        invoice.line_ids.decision = "approved"
        invoice.action_pass_on()
        self.assertTrue(invoice.line_ids.charge_id)

    def test_an_agreement_by_tariff_is_not_charged_twice(self):
        self._component("DIST", self.product)
        with self.assertRaises(UserError):
            self._receive({"DIST": 50}).action_pass_on()

    # === Decided ===

    def test_approved_with_a_reason(self):
        self._component("DIST", self.product)
        self._receive({"DIST": 50})
        row = self.env["energy.network.comparison"].search([])
        action = row.action_approve()
        self.env["energy.network.dispute"].with_context(**action["context"]).create(
            {"reason": "rounding of their system"}
        ).action_approve()
        self.env.invalidate_all()
        self.assertEqual(
            (row.decision, row.decision_note), ("approved", "rounding of their system")
        )

    def test_what_was_not_received_cannot_be_decided(self):
        self._component("DIST", self.energy_item.product_id)
        self._use()
        self.env["energy.billing.order"].create(
            {"point_id": self.exchanged.id, **JANUARY}
        )
        self._generate(self.floating, self.february)
        rows = self.env["energy.network.comparison"].search([])
        self.assertEqual(set(rows.mapped("kind")), {"charged"})
        with self.assertRaises(UserError):
            rows.action_approve()

    def test_each_invoice_has_a_claim_of_its_own(self):
        self._component("DIST", self.product)
        invoice = self._receive({"DIST": 50})
        other = self._receive({"DIST": 70}, "F-2")
        other.line_ids.point_id = self.two_tariff
        rows = self.env["energy.network.comparison"].search([])
        action = rows.action_dispute()
        self.env["energy.network.dispute"].with_context(**action["context"]).create(
            {"reason": "not our point"}
        ).action_dispute()
        letter = other.message_ids[0].body
        self.assertIn(self.two_tariff.code, letter)
        self.assertNotIn(self.exchanged.code, letter)
        self.assertIn(self.exchanged.code, invoice.message_ids[0].body)
