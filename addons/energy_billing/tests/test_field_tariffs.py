"""Tariffs of the field: one point billed with each, worked out by hand."""

from datetime import date, timedelta

from odoo.fields import Command
from odoo.tests import tagged

from .common import INTERVALS
from .market import MarketCase, load_data

JANUARY = ("2026-01-01", "2026-01-31")
QUARTERS = {
    **INTERVALS,
    "name": "Prices per quarter hour",
    "minutes": 15,
    "timezone": "Europe/Sofia",
}
PUBLICATION = """<?xml version="1.0" encoding="UTF-8"?>
<Publication_MarketDocument
 xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
  <TimeSeries>
    <in_Domain.mRID codingScheme="A01">10YCA-BULGARIA-R</in_Domain.mRID>
    <out_Domain.mRID codingScheme="A01">10YCA-BULGARIA-R</out_Domain.mRID>
    <currency_Unit.name>EUR</currency_Unit.name>
    <price_Measure_Unit.name>MWH</price_Measure_Unit.name>
    <curveType>A01</curveType>
    <Period>
      <timeInterval><start>%(start)s</start><end>%(end)s</end></timeInterval>
      <resolution>PT15M</resolution>
      %(points)s
    </Period>
  </TimeSeries>
</Publication_MarketDocument>
"""


@tagged("post_install", "-at_install")
class TestFieldTariffs(MarketCase):
    def _tariffs(self, country):
        loader = load_data("load_tariffs")
        company = self.company.with_env(self.env)
        return loader.Tariffs(self.env, company).load(loader.read(country))

    def _bill(self, point, tariff, start=JANUARY[0], end=JANUARY[1], **levels):
        """The segment of these days, and its posted invoice."""
        types = {t.code: t.id for t in self.env["billing.quantity.type"].search([])}
        agreement = self._create_point_agreement(point)
        agreement.term_ids.unlink()
        agreement.write(
            {
                "date_start": start,
                "type_id": self.floating_type.id,
                "term_ids": [
                    Command.create(
                        {
                            "date_start": start,
                            "tariff_id": tariff.id,
                            "value_ids": [
                                Command.create(
                                    {"quantity_type_id": types[code], "value": value}
                                )
                                for code, value in levels.items()
                            ],
                        }
                    )
                ],
            }
        )
        self.env["energy.billing.order"].create(
            {"point_id": point.id, "date_start": start, "date_end": end}
        )
        return self._generate(agreement)

    def _use(self, point, value, start=JANUARY[0], end=JANUARY[1], kind="energy"):
        self.env["energy.usage"].create(
            {
                "point_id": point.id,
                "quantity_type_id": self.env.ref(
                    f"energy_billing.quantity_type_{kind}"
                ).id,
                "date_start": start,
                "date_end": end,
                "value": value,
            }
        )

    def _assert_bill(self, segment, amounts, tax, total):
        self.assertEqual(segment.state, "ready", segment.result_ids.mapped("message"))
        self.assertEqual(segment.line_ids.mapped("amount"), amounts)
        move = self._invoice(segment)
        self.assertEqual((move.amount_tax, move.amount_total), (tax, total))

    # === CZ, low voltage ===

    def test_household_by_circuit_breaker(self):
        """3x25 A, 310 kWh: 99.00; 310 × 2.85; class of 75 A 256.00; 310 × 2.07858 =
        644.3598; 310 × 0.16424 = 50.9144; renewables 0; 12.87; 310 × 0.0283 = 8.773.
        Net 1,955.41, 21 % of it 410.6361."""
        self.two_tariff.write({"breaker_phases": "3", "breaker_amps": 25})
        self._use(self.two_tariff, 310)
        segment = self._bill(self.two_tariff, self._tariffs("cz")["cz-d02d"])
        self._assert_bill(
            segment,
            [99.00, 883.50, 256.00, 644.36, 50.91, 0.00, 12.87, 8.77],
            410.64,
            2366.05,
        )
        self.assertIn('"phases": 3', str(segment.snapshot).replace("'", '"'))

    def test_renewables_are_the_lower_of_two_caps(self):
        """Nov 16 – Jan 15 over two price decisions. 10 kWh a day: 460 × 0.495 = 227.70
        is less than 75 A × 2.20 × 1.5 months = 247.50; 20 kWh a day: 455.40 is more.
        From 2026 on the price is 0, which is one."""
        tariff = self._tariffs("cz")["cz-d02d"]
        for point, value, expected in (
            (self.two_tariff, 610, [227.70, 0]),
            (self.exchanged, 1220, [247.50, 0]),
        ):
            self._use(point, value, "2025-11-16", "2026-01-15")
            segment = self._bill(point, tariff, "2025-11-16", "2026-01-15", breaker=75)
            self.assertEqual(segment.state, "ready", segment.finding)
            lines = segment.line_ids.grouped(lambda line: line.item_id.code)
            picked = [
                line.amount
                for code in ("renewables_capacity", "renewables_energy")
                for line in lines.get(code, ())
            ]
            self.assertEqual(picked, expected)
        # of the smaller one: 250 × 1.5 months and 256 × 15/31
        lines = self.two_tariff.agreement_ids.segment_ids.line_ids
        self.assertEqual(
            lines.filtered(
                lambda line: line.item_id.code == "reserved_capacity"
            ).mapped("amount"),
            [375.00, 123.87],
        )

    def test_two_tariffs(self):
        """3x32 A, 310 kWh high and 620 kWh low: 99.00; 310 × 3.10; 620 × 2.50; 380.00;
        310 × 2.30; 620 × 0.25; 930 × 0.16424 = 152.7432; 0; 12.87; 930 × 0.0283 =
        26.319. Net 4,049.93, 21 % of it 850.4853."""
        self._use(self.two_tariff, 310, kind="energy_day")
        self._use(self.two_tariff, 620, kind="energy_night")
        tariff = self._tariffs("cz")["cz-d25d"]
        segment = self._bill(self.two_tariff, tariff, breaker=96)
        self._assert_bill(
            segment,
            [99.00, 961.00, 1550.00, 380.00, 713.00, 155.00, 152.74, 0.00]
            + [12.87, 26.32],
            850.49,
            4900.42,
        )

    def test_a_point_without_circuit_breaker_is_an_error(self):
        self._use(self.two_tariff, 310)
        segment = self._bill(self.two_tariff, self._tariffs("cz")["cz-d02d"])
        self.assertEqual(segment.state, "error")
        self.two_tariff.write({"breaker_phases": "1", "breaker_amps": 25})
        self.assertTrue(segment.is_stale)
        self._generate(segment.agreement_id)
        self.assertEqual(segment.state, "ready", segment.finding)
        capacity = segment.line_ids.filtered(
            lambda line: line.item_id.code == "reserved_capacity"
        )
        self.assertEqual(capacity.amount, 108.00)

    # === BG, trader ===

    def test_trader_with_an_exemption_from_excise(self):
        """310 kWh, 10 kW; excise on 150 + 160 × 50 % = 230 kWh = 0.23. Net 59.01."""
        self._use(self.point, 310)
        segment = self._bill(self.point, self._tariffs("bg")["bg-fixed"], capacity=10)
        self.env["energy.excise.certificate"].create(
            {
                "name": "EC-1",
                "partner_id": segment.partner_id.id,
                "ground_id": self.env["billing.tax.exemption"]
                .create({"name": "Own production", "code": "ART24", "kind": "excise"})
                .id,
                "percent": 50,
                "date_start": "2026-01-16",
                "date_end": "2026-12-31",
            }
        )
        self._generate(segment.agreement_id)
        self._assert_bill(
            segment,
            [37.20, 1.86, 3.10, 0.23, 0.50, 2.17, 7.75, 6.20],
            11.80,
            70.81,
        )

    def _spot(self, code="10YCA-BULGARIA-R"):
        return self.env["energy.curve"].create(
            {"name": "Spot", "code": "spot", "file_code": code}
        )

    def _import_prices(self, days, values, name="prices.csv"):
        """Prices of hours or quarter hours per MWh, the same on all days."""
        layout = QUARTERS if len(values) == 96 else INTERVALS
        profile = self.env["energy.table.profile"].search(
            [("kind", "=", "prices")], limit=1
        ) or self._create_profile(layout, kind="prices", network_id=False)
        head = "Point;Day;" + ";".join(map(str, range(len(values))))
        rows = [
            f"10YCA-BULGARIA-R;2026-01-{day:02d};" + ";".join(map(str, values))
            for day in days
        ]
        return self.env["energy.message"]._import_file(
            profile, name, "\n".join([head, *rows, ""]).encode()
        )

    def _import_publication(self, day, values, start="22:00"):
        """The same as a publication document; None is left out."""
        points = "".join(
            f"<Point><position>{number}</position><price.amount>{value}</price.amount>"
            "</Point>"
            for number, value in enumerate(values, 1)
            if value is not None
        )
        day = date.fromisoformat(day)
        content = PUBLICATION % {
            "start": f"{day - timedelta(days=1)}T{start}Z",
            "end": f"{day}T{start}Z",
            "points": points,
        }
        profile = self.env["energy.table.profile"].search(
            [("kind", "=", "prices")], limit=1
        )
        return self.env["energy.message"]._import_file(
            profile, f"prices-{day}.xml", content.encode()
        )

    def test_exchange_price_per_quarter_hour(self):
        """1 kWh an hour; the quarter hours of an hour cost 80, 80, 120, 120 a MWh, on
        average 0.10 a kWh: 744 × (0.10 × 1.05 + 0.004) = 81.096; 7.44; 0.744.
        Net 89.28, 20 % of it 17.856. January 31 comes as a publication document."""
        self._spot()
        quarters = [80, 80, 120, 120] * 24
        message = self._import_prices(range(1, 31), quarters)
        self.assertEqual(message.state, "processed", message.first_finding)
        message = self._import_publication("2026-01-31", quarters)
        self.assertEqual(message.state, "processed", message.first_finding)
        self._import_intervals(
            *self._quarters_of_use(0.25),
            profile=self._create_profile({**QUARTERS, "name": "Quarters of use"}),
        )
        segment = self._bill(self.interval_point, self._tariffs("bg")["bg-spot"])
        self._assert_bill(segment, [81.10, 7.44, 0.74], 17.86, 107.14)

    def _quarters_of_use(self, value):
        values = ";".join([str(value)] * 96)
        return [f"N-3;2026-01-{day:02d};{values}" for day in range(1, 32)]

    def test_one_quarter_hour_without_a_price_is_an_error_that_names_it(self):
        """08:30 on January 7 is the 35th quarter hour."""
        self._spot()
        quarters = [100.0] * 96
        self._import_prices([*range(1, 7), *range(8, 32)], quarters)
        message = self._import_publication(
            "2026-01-07", [None if n == 34 else 100 for n in range(96)]
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        self._import_intervals(
            *self._quarters_of_use(0.25),
            profile=self._create_profile({**QUARTERS, "name": "Quarters of use"}),
        )
        segment = self._bill(self.interval_point, self._tariffs("bg")["bg-spot"])
        self.assertEqual((segment.state, segment.amount), ("error", 0))
        finding = segment.result_ids.filtered(lambda result: result.level == "error")
        self.assertIn("spot", finding.message)
        self.assertIn("2026-01-07", finding.message)
        self.assertIn("35", finding.message)
        self.assertIn("08:30", finding.message)

    # === NO, grid ===

    def test_grid_with_capacity_step_and_spot_price(self):
        """1 kWh an hour, but 2, 3 and 6.1 kWh in an hour of January 5, 6 and 7: the
        mean 3.7 kW is in the step to 5 kW, 206.00. Day (6 to 22) 496 + 1 + 2 + 5.1 =
        504.1 × 0.3626 = 182.78666; night 248 × 0.2376 = 58.9248; 752.1 × 0.0713 =
        53.62473 and × 0.01 = 7.521; 39.00. Spot 500 a MWh to the 15th, 900 after:
        368.1 × 0.52 + 384 × 0.92 = 191.412 + 353.28 = 544.692. Net 1,092.54."""
        self._spot()
        self._import_prices(range(1, 16), [500] * 24)
        self._import_prices(range(16, 32), [900] * 24, "later.csv")
        rows = self._month_of_intervals(1)
        for day, value in ((5, 2), (6, 3), (7, 6.1)):
            cells = ["1"] * 24
            cells[10] = str(value)
            rows[day - 1] = f"N-3;2026-01-{day:02d};" + ";".join(cells)
        self._import_intervals(*rows)
        self.interval_point.calendar_id = self.env["energy.calendar"].create(
            {
                "name": "Day and night",
                "tz": "Europe/Sofia",
                "default_type_id": self.day.id,
                "line_ids": [
                    Command.create(
                        {
                            "quantity_type_id": self.night.id,
                            "hour_from": 22,
                            "hour_to": 6,
                        }
                    )
                ],
            }
        )
        segment = self._bill(self.interval_point, self._tariffs("no")["no-spot"])
        self._assert_bill(
            segment,
            [39.00, 544.69, 206.00, 182.79, 58.92, 53.62, 7.52],
            273.14,
            1365.68,
        )
