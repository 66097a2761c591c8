"""Power, water with sewage and street lighting of one customer on one bill.

Every amount is worked out by hand beside it; January 2026 has 31 days.
"""

from datetime import date
from decimal import Decimal

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.billing_base.rating import Span

from .common import READINGS, EnergyCase

POWER = [
    # × 40: (1,412.5 - 1,000) = 16,500 kWh by day, (716.25 - 500) = 8,650 at night
    "N-10;E1;1.8.1;2026-01-01;2026-01-31;1000;1412.5;",
    "N-10;E1;1.8.2;2026-01-01;2026-01-31;500;716.25;",
    # a maximum is read, it has no opening reading: 1.85 × 40 = 74 kW
    "N-10;E1;1.6.0;2026-01-01;2026-01-31;;1.85;",
]
# the meter is exchanged after January 14; the energy is that of POWER
EXCHANGED = [
    "N-10;E1;1.8.1;2026-01-01;2026-01-14;1000;1200;",
    "N-10;E1;1.8.2;2026-01-01;2026-01-14;500;600;",
    "N-10;E2;1.8.1;2026-01-15;2026-01-31;0;212.5;",
    "N-10;E2;1.8.2;2026-01-15;2026-01-31;0;116.25;",
]
WATER = [
    # both meters were exchanged after January 14
    "W-1;W1;1.0.0;2026-01-01;2026-01-14;812;846;34",
    "W-1;W2;1.0.0;2026-01-15;2026-01-31;0;41;41",
]
GARDEN = [
    "W-1;G1;1.0.1;2026-01-01;2026-01-14;120;126;6",
    "W-1;G2;1.0.1;2026-01-15;2026-01-31;0;7.5;7.5",
]
# charge: [(from, quantity, price, amount)]
BILL = {
    "Day Energy": [("2026-01-01", 16500, 0.6243, 10300.95)],
    "Night Energy": [("2026-01-01", 8650, 0.3987, 3448.76)],  # 3,448.755
    "Peak Power": [("2026-01-01", 74, 21.40, 1583.60)],
    "Power Fee": [("2026-01-01", 1, 18.50, 18.50)],
    "Water": [("2026-01-01", 75, 4.87, 365.25)],
    # 34 - 6 m³ until the price changes, 41 - 7.5 m³ after it: 306.525
    "Sewage": [
        ("2026-01-01", 28, 8.93, 250.04),
        ("2026-01-15", 33.5, 9.15, 306.53),
    ],
    "Water Fee": [("2026-01-01", 1, 6.20, 6.20)],
    # 15 days × 15.5 h × (120 × 70 + 40 × 150 W) = 232.5 h × 14.4 kW = 3,348 kWh and
    # 16 days × 14.75 h × (120 × 70 + 40 × 60 W) = 236 h × 10.8 kW = 2,548.8 kWh;
    # 5,896.8 × 0.5512 = 3,250.31616
    "Street Lighting": [("2026-01-01", 5896.8, 0.5512, 3250.32)],
    "Lamp Service": [("2026-01-01", 160, 1.25, 200.00)],
}
# 10,300.95 + 3,448.76 + 1,583.60 + 18.50 + 3,250.32 + 200.00, of it 23 % = 4,324.4899;
# 365.25 + 250.04 + 306.53 + 6.20, of it 8 % = 74.2416
TAXES = {23: (18802.13, 4324.49), 8: (928.02, 74.24)}
TOTAL = 24128.88


@tagged("post_install", "-at_install")
class TestMultiService(EnergyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.tax_calculation_rounding_method = "round_globally"
        cls.products = {
            percent: cls.env["product.product"].create(
                {
                    "name": f"Service at {percent} %",
                    "type": "service",
                    "taxes_id": [
                        Command.set(
                            cls.env["account.tax"]
                            .create({"name": f"VAT {percent} %", "amount": percent})
                            .ids
                        )
                    ],
                }
            )
            for percent in (23, 8)
        }
        cls.partner = cls.env["res.partner"].create({"name": "Town Hall"})
        cls.power = cls._power()
        cls.water = cls._water()
        cls.lights = cls._lights()
        cls.agreements = cls.power | cls.water | cls.lights

    # === The three services ===

    @classmethod
    def _tariff(cls, name, percent, items):
        """A tariff of charges ``(name, quantity, prices, values)``."""
        tariff = cls.env["billing.tariff"].create({"name": name, "code": name.upper()})
        for charge, quantity, prices, values in items:
            item = cls._create_item(
                charge,
                prices,
                product_id=cls.products[percent].id,
                quantity_type_id=quantity
                and cls.env.ref(f"energy_billing.quantity_type_{quantity}").id,
                **{"basis": "unit", **values},
            )
            item.tariff_id = tariff
        return tariff

    @classmethod
    def _agree(cls, point, tariff, levels=()):
        agreement = cls._create_agreement(f"M-{point.code}", 10, cls.partner)
        agreement.term_ids.unlink()
        agreement.write(
            {
                "type_id": cls.metered_type.id,
                "point_id": point.id,
                "term_ids": [
                    Command.create(
                        {
                            "date_start": "2026-01-01",
                            "tariff_id": tariff.id,
                            "value_ids": [
                                Command.create(
                                    {
                                        "quantity_type_id": cls.env.ref(
                                            f"energy_billing.quantity_type_{name}"
                                        ).id,
                                        "value": value,
                                    }
                                )
                                for name, value in levels
                            ],
                        }
                    )
                ],
            }
        )
        return agreement

    @classmethod
    def _power(cls):
        point = cls.env["energy.metering.point"].create({"code": "N-10"})
        cls._install("E1", point, ["181", "182", "160"], multiplier=40)
        monthly = {"basis": "capacity", "time_unit": "month"}
        tariff = cls._tariff(
            "Power",
            23,
            [
                ("Day Energy", "energy_day", _always(0.6243), {}),
                ("Night Energy", "energy_night", _always(0.3987), {}),
                ("Peak Power", "energy_demand", _always(21.40), monthly),
                (
                    "Power Fee",
                    None,
                    _always(18.50),
                    {"basis": "flat", "time_unit": "month"},
                ),
            ],
        )
        return cls._agree(point, tariff)

    @classmethod
    def _water(cls):
        network = cls._create_network("Waterworks", "W", "W-[0-9]+")
        network.commodity = "water"
        cls.water_profile = cls._create_profile(
            {**READINGS, "name": "Water readings"},
            network_id=network.id,
            commodity="water",
        )
        point = cls.env["energy.metering.point"].create(
            {"code": "W-1", "commodity": "water", "network_id": network.id}
        )
        for code, kind, start, end in (
            ("W1", "water", "2025-01-01", "2026-01-14"),
            ("W2", "water", "2026-01-15", False),
            ("G1", "water_garden", "2025-01-01", "2026-01-14"),
            ("G2", "water_garden", "2026-01-15", False),
        ):
            meter = cls.env["energy.meter"].create(
                {
                    "code": code,
                    "commodity": "water",
                    "register_ids": [Command.create({"kind_id": cls._kind(kind).id})],
                }
            )
            cls.env["energy.installation"].create(
                {
                    "meter_id": meter.id,
                    "point_id": point.id,
                    "date_start": start,
                    "date_end": end,
                    "is_sub_meter": kind == "water_garden",
                }
            )
        tariff = cls._tariff(
            "Water",
            8,
            [
                ("Water", "water", _always(4.87), {}),
                (
                    "Sewage",
                    "sewage",
                    [("2026-01-01", "2026-01-14", 8.93), ("2026-01-15", False, 9.15)],
                    {},
                ),
                (
                    "Water Fee",
                    None,
                    _always(6.20),
                    {"basis": "flat", "time_unit": "month"},
                ),
            ],
        )
        return cls._agree(point, tariff)

    @classmethod
    def _lights(cls):
        calendar = cls.env["energy.burning.calendar"].create(
            {
                "name": "All night",
                "line_ids": [
                    Command.create({"start": start, "hours": hours})
                    for start, hours in (("01-01", 15.5), ("01-16", 14.75))
                ],
            }
        )
        point = cls.env["energy.metering.point"].create(
            {
                "code": "N-11",
                "measurement": "unmetered",
                "burning_calendar_id": calendar.id,
                "load_ids": [
                    Command.create(
                        {
                            "name": name,
                            "number": number,
                            "watts": watts,
                            "date_start": start,
                            "date_end": end,
                        }
                    )
                    for name, number, watts, start, end in (
                        ("Sodium", 120, 70, "2020-01-01", False),
                        ("Sodium", 40, 150, "2020-01-01", "2026-01-15"),
                        ("LED", 40, 60, "2026-01-16", False),
                    )
                ],
            }
        )
        monthly = {"basis": "capacity", "time_unit": "month"}
        tariff = cls._tariff(
            "Lighting",
            23,
            [
                ("Street Lighting", "energy", _always(0.5512), {}),
                ("Lamp Service", "lamps", _always(1.25), monthly),
            ],
        )
        return cls._agree(point, tariff, [("lamps", 160)])

    def _read(self, garden=GARDEN):
        for rows, profile in (
            (POWER, self.readings_profile),
            (WATER, self.water_profile),
            (garden, self.water_profile),
        ):
            if rows:
                message = self._import_readings(
                    *rows, profile=profile, name=f"{rows[0][:6]}.csv"
                )
                self.assertEqual(
                    message.state, "processed", message.finding_ids.mapped("message")
                )

    # === The bill ===

    def test_one_bill_to_the_cent(self):
        self._read()
        segments = self._generate(self.agreements)
        self.assertEqual(
            set(segments.mapped("state")), {"ready"}, segments.mapped("finding")
        )
        invoice = self._invoice(segments)
        self.assertEqual(len(invoice), 1)
        found = {
            name: [
                (str(line.date_start), line.quantity, line.unit_price, line.amount)
                for line in segments.line_ids.filtered(
                    lambda line, name=name: line.name == name
                ).sorted("date_start")
            ]
            for name in segments.line_ids.mapped("name")
        }
        self.assertEqual(found, BILL)
        taxes = {
            tax.amount: (
                sum(
                    invoice.invoice_line_ids.filtered(
                        lambda line, tax=tax: tax in line.tax_ids
                    ).mapped("price_subtotal")
                ),
                -sum(
                    invoice.line_ids.filtered(
                        lambda line, tax=tax: line.tax_line_id == tax
                    ).mapped("balance")
                ),
            )
            for tax in invoice.invoice_line_ids.tax_ids
        }
        for percent, (base, tax) in TAXES.items():
            self.assertAlmostEqual(taxes[percent][0], base, 2)
            self.assertAlmostEqual(taxes[percent][1], tax, 2)
        self.assertAlmostEqual(invoice.amount_total, TOTAL, 2)
        sections = invoice.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertEqual(len(sections), 3)
        # a second run bills nothing twice
        self.assertFalse(self._generate(self.agreements))

    def test_it_says_how_it_was_calculated(self):
        self._read()
        by_agreement = {
            segment.agreement_id: segment for segment in self._generate(self.agreements)
        }
        lights = by_agreement[self.lights].explanation_html
        for text in ("120 × Sodium, 70 W", "40 × LED, 60 W", "468.5 burning hours"):
            self.assertIn(text, lights)
        self.assertIn("calculated", lights)
        # 8.4 kW × 468.5 h, 6 kW × 15 × 15.5 h, 2.4 kW × 16 × 14.75 h
        lights = by_agreement[self.lights]
        self.assertEqual(
            [
                (row.meter, row.register, row.date_from.day, row.date_to.day)
                + (row.quantity,)
                for row in lights._prepare_statement_readings()[lights.id]
            ],
            [
                ("120 × Sodium, 70 W", "468.5 burning hours", 1, 31, Decimal("3935.4")),
                ("40 × Sodium, 150 W", "232.5 burning hours", 1, 15, Decimal(1395)),
                ("40 × LED, 60 W", "236 burning hours", 16, 31, Decimal("566.4")),
            ],
        )
        sewage = by_agreement[self.water].line_ids.filtered(
            lambda line: line.name == "Sewage"
        )[0]
        self.assertIn("28 m³ × 8.93", sewage.explanation_text)
        self.assertIn("34 m³", sewage.explanation_text)
        self.assertIn("-6 m³", sewage.explanation_text)
        # each meter stands among the readings once
        water = by_agreement[self.water]
        readings = water._prepare_statement_readings()[water.id]
        self.assertEqual(
            sorted(row.meter for row in readings), ["G1", "G2", "W1", "W2"]
        )

    # === What is missing ===

    def test_a_sub_meter_without_reading_holds_the_sewage(self):
        """Without its reading all water would be charged as sewage."""
        self._read(garden=GARDEN[:1])
        segment = self._generate(self.water)
        self.assertEqual(segment.state, "error")
        self.assertIn("Sewage", segment.finding)
        self.assertIn("2026-01-15", str(segment.result_ids.mapped("params")))
        self._import_readings(
            GARDEN[1], profile=self.water_profile, name="late readings.csv"
        )
        self.assertTrue(segment.is_stale)
        self._generate(self.water)
        self.assertEqual(segment.state, "ready", segment.finding)
        self.assertEqual(segment.amount, 928.02)

    def test_without_a_sub_meter_all_water_is_sewage(self):
        """34 × 8.93 + 41 × 9.15 = 303.62 + 375.15, and 365.25 + 6.20"""
        self.water.point_id.installation_ids.filtered("is_sub_meter").unlink()
        self._read(garden=[])
        self.assertEqual(self._generate(self.water).amount, 1050.22)

    def test_lamps_without_hours_are_an_error(self):
        calendar = self.lights.point_id.burning_calendar_id
        segment = self._generate(self.lights)
        self.assertEqual(segment.state, "ready", segment.finding)
        calendar.line_ids.unlink()
        self.assertTrue(segment.is_stale)
        self._generate(self.lights)
        self.assertIn("missing_quantity", segment.result_ids.mapped("check_id.code"))

    def test_lamps_that_changed_are_calculated_again(self):
        """The last 40 lamps are out from January 22: 10 days × 14.75 h × 2.4 kW =
        354 kWh less × 0.5512 = 195.1248; 5,542.8 × 0.5512 = 3,055.19136"""
        segment = self._generate(self.lights)
        self.lights.point_id.load_ids.filtered(
            lambda load: load.name == "LED"
        ).date_end = "2026-01-21"
        self.assertTrue(segment.is_stale)
        self._generate(self.lights)
        self.assertEqual(segment.amount, 3255.19)

    # === Maximum demand ===

    def _exchange_power_meter(self):
        """Meter E2, × 40 like E1, is there from January 15."""
        point = self.power.point_id
        self.env["energy.installation"].search(
            [("point_id", "=", point.id)]
        ).date_end = "2026-01-14"
        self._install("E2", point, ["181", "182", "160"], "2026-01-15", multiplier=40)

    def _demand_lines(self, *rows):
        message = self._import_readings(*EXCHANGED, *rows)
        self.assertEqual(
            message.state, "processed", message.finding_ids.mapped("message")
        )
        segment = self._generate(self.power)
        return segment, [
            (str(line.date_start), line.quantity, line.unit_price, line.amount)
            for line in segment.line_ids.filtered(
                lambda line: line.name == "Peak Power"
            ).sorted("date_start")
        ]

    def test_an_exchanged_meter_has_one_maximum_in_the_month(self):
        """2.25 × 40 = 90 kW until January 14, 1.85 × 40 = 74 kW after it: the month's
        is 90 kW, × 21.40 = 1,926.00"""
        self._exchange_power_meter()
        segment, lines = self._demand_lines(
            "N-10;E1;1.6.0;2026-01-01;2026-01-14;;2.25;",
            "N-10;E2;1.6.0;2026-01-15;2026-01-31;;1.85;",
        )
        self.assertEqual(lines, [("2026-01-01", 90, 21.40, 1926.00)])
        self.assertIn("E1", segment.explanation_html)
        self.assertIn("E2", segment.explanation_html)

    def test_the_months_maximum_is_split_by_the_days_of_a_price(self):
        """90 kW of the second meter: 90 × 14/31 = 40.645161 × 21.40 = 869.81, and
        90 × 17/31 = 49.354839 × 24.80 = 1,224.00"""
        self._exchange_power_meter()
        item = self.power.term_ids.tariff_id.item_ids.filtered(
            lambda item: item.name == "Peak Power"
        )
        item.price_ids.date_end = "2026-01-14"
        item.price_ids = [Command.create({"date_start": "2026-01-15", "price": 24.80})]
        _segment, lines = self._demand_lines(
            "N-10;E1;1.6.0;2026-01-01;2026-01-14;;1.85;",
            "N-10;E2;1.6.0;2026-01-15;2026-01-31;;2.25;",
        )
        self.assertEqual(
            [(start, price, amount) for start, _quantity, price, amount in lines],
            [("2026-01-01", 21.40, 869.81), ("2026-01-15", 24.80, 1224.00)],
        )

    def test_the_second_meter_is_waited_for(self):
        """Its maximum may be the higher one: nothing is billed without it."""
        self._exchange_power_meter()
        self._import_readings(*EXCHANGED[:2], "N-10;E1;1.6.0;2026-01-01;2026-01-14;;2;")
        segment = self._generate(self.power)
        self.assertIn("missing_quantity", segment.result_ids.mapped("check_id.code"))
        self.assertNotEqual(segment.state, "ready")

    def test_half_a_month_has_the_maximum_of_the_month(self):
        self._exchange_power_meter()
        self._import_readings(
            *EXCHANGED,
            "N-10;E1;1.6.0;2026-01-01;2026-01-14;;2.25;",
            "N-10;E2;1.6.0;2026-01-15;2026-01-31;;1.85;",
        )
        half = [Span(date(2026, 1, 15), date(2026, 1, 31))]

        def ask():
            (found,) = self.power._get_quantities({self.power.id: half}).values()
            return {quantity.code: quantity.value for quantity in found}

        energies = {"energy_day": 8500, "energy_night": 4650, "energy": 13150}
        self.assertEqual(ask(), {**energies, "energy_demand": 90})
        # not what the occupant before him used
        self.power.term_ids.date_start = "2026-01-15"
        self.power.date_start = "2026-01-15"
        self.assertEqual(ask(), {**energies, "energy_demand": 74})

    def test_nothing_is_expected_of_points_without_a_meter(self):
        self.january.action_activate()
        rows = self.env["energy.completeness"].search(
            [("agreement_id", "in", self.agreements.ids)]
        )
        self.assertEqual(rows.point_id, (self.power | self.water).point_id)

    def test_a_maximum_is_not_estimated(self):
        """Energy is estimated from earlier days; a maximum is not the sum of days"""
        self._read()
        february = self.cycle.period_ids[1]
        made = self.env["energy.substitute"]._estimate_usage(
            self.power.point_id, february.date_start, february.date_end
        )
        self.assertEqual(made.quantity_type_id, self.day | self.night)

    # === Bad input ===

    def test_a_day_of_the_year_is_checked(self):
        with self._refused(ValidationError, "month and day"):
            self.lights.point_id.burning_calendar_id.line_ids[0].start = "13-01"

    def test_the_database_refuses_what_cannot_be(self):
        lines = self.lights.point_id.burning_calendar_id.line_ids
        for values in ({"hours": 25}, {"start": lines[1].start}):
            with (
                mute_logger("odoo.sql_db"),
                self._refused(Exception, "day|already|hours"),
            ):
                lines[0].write(values)
                lines.flush_recordset()


def _always(price):
    return [("2026-01-01", False, price)]
