"""Quantities made from measured ones, worked out by hand."""

import io

from openpyxl import load_workbook

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import INTERVALS
from .market import FILES, MarketCase

MONTH = ("2026-01-01", "2026-01-31")


@tagged("post_install", "-at_install")
class TestQuantities(MarketCase):
    def _item(self, name, quantity_code, price, **values):
        """A charge in a tariff of its own, and the tariff."""
        quantity_type = self.env["billing.quantity.type"].search(
            [("code", "=", quantity_code)]
        )
        tariff = self.env["billing.tariff"].create({"name": name, "code": name})
        item = self._create_item(
            name,
            [("2026-01-01", False, price)],
            **{"basis": "unit", "quantity_type_id": quantity_type.id, **values},
        )
        item.tariff_id = tariff
        return tariff

    def _billed(self, point, tariff, **values):
        agreement = self._create_point_agreement(point, **values)
        agreement.term_ids.tariff_id = tariff
        return agreement

    # === Register calendars ===

    def _calendar(self):
        return self.env["energy.calendar"].create(
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

    def test_intervals_are_split_by_the_calendar(self):
        """1 kWh an hour: 31 × 8 = 248 kWh at night × 0.10 = 24.80"""
        self.interval_point.calendar_id = self._calendar()
        self._import_intervals(*self._month_of_intervals(1))
        agreement = self._billed(
            self.interval_point, self._item("Night", "energy_night", 0.10)
        )
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "ready", segment.finding)
        self.assertEqual(segment.amount, 24.80)

    def test_public_and_further_holidays_are_days_of_rest(self):
        """4 Sundays, January 1 of the country, January 2 of the calendar itself:
        6 × 24 kWh × 0.10 = 14.40. Epiphany is one of another country."""
        ours, other = self.env.ref("base.bg"), self.env.ref("base.at")
        self.env["billing.holiday"].create(
            [
                {"name": name, "date": date, "country_id": country.id}
                for name, date, country in (
                    ("New Year", "2026-01-01", ours),
                    ("Epiphany", "2026-01-06", other),
                )
            ]
        )
        calendar = self._calendar()
        calendar.country_id = ours
        calendar.line_ids.write({"days": "rest", "hour_from": 0, "hour_to": 24})
        calendar.holiday_ids = [
            Command.create({"name": "Bridge day", "date": "2026-01-02"})
        ]
        self.interval_point.calendar_id = calendar
        self._import_intervals(*self._month_of_intervals(1))
        agreement = self._billed(
            self.interval_point, self._item("Rest", "energy_night", 0.10)
        )
        self.assertEqual(self._generate(agreement).amount, 14.40)

    def test_lamps_are_billed_by_their_number(self):
        """120 lamps until January 15, 124 after: 1.00 a lamp and month is
        120 × 15/31 + 124 × 16/31 = 58.06 + 64.00 = 122.06"""
        lamps = self.env.ref("energy_billing.quantity_type_lamps")
        tariff = self._item(
            "Street lighting",
            "energy",
            1.00,
            basis="capacity",
            quantity_type_id=lamps.id,
            time_unit="month",
        )
        agreement = self._billed(self.point, tariff)
        first = agreement.term_ids
        first.date_end = "2026-01-15"
        second = first.copy({"date_start": "2026-01-16", "date_end": False})
        for term, number in ((first, 120), (second, 124)):
            term.value_ids = [
                Command.clear(),
                Command.create({"quantity_type_id": lamps.id, "value": number}),
            ]
        segment = self._generate(agreement)
        self.assertEqual(segment.amount, 122.06)

    def test_a_season_is_checked(self):
        with self.assertRaises(ValidationError):
            self._calendar().line_ids.season_start = "13-01"

    # === Gas ===

    def _gas_point(self):
        gas = self._create_network("Gas North", "G", "G-[0-9]+")
        gas.commodity = "gas"
        point = self.env["energy.metering.point"].create(
            {"code": "G-1", "commodity": "gas", "network_id": gas.id}
        )
        self.env["energy.usage"].create(
            {
                "point_id": point.id,
                "quantity_type_id": self.env.ref(
                    "energy_billing.quantity_type_gas_volume"
                ).id,
                "date_start": MONTH[0],
                "date_end": MONTH[1],
                "value": 310,
            }
        )
        return point

    def test_gas_is_billed_as_energy_by_dated_calorific_values(self):
        """150 m³ × 10 + 160 m³ × 11 = 3,260 kWh × 0.10 = 326.00"""
        point = self._gas_point()
        self.env["energy.gas.factor"].create(
            [
                {
                    "network_id": point.network_id.id,
                    "date_start": start,
                    "date_end": end,
                    "calorific": value,
                }
                for start, end, value in (
                    ("2026-01-01", "2026-01-15", 10),
                    ("2026-01-16", "2026-01-31", 11),
                )
            ]
        )
        agreement = self._billed(point, self._item("Gas", "energy", 0.10))
        segment = self._generate(agreement)
        self.assertEqual(segment.amount, 326.00)
        point.network_id.invalidate_recordset()
        self.env["energy.gas.factor"].search([])[0].calorific = 12
        self.assertTrue(segment.is_stale)

    def test_gas_without_a_calorific_value_is_an_error(self):
        agreement = self._billed(self._gas_point(), self._item("Gas", "energy", 0.10))
        segment = self._generate(agreement)
        self.assertEqual(segment.state, "error")
        self.assertIn("missing_quantity", segment.result_ids.mapped("check_id.code"))

    # === Price series ===

    def _spot(self, **values):
        return self.env["energy.curve"].create(
            {
                "name": "Spot",
                "code": "spot",
                "file_code": "10YCA-BULGARIA-R",
                **values,
            }
        )

    def _import_spot(self, prices, name="spot.csv"):
        """A price an hour for each day of January, the same all day."""
        profile = self.env["energy.table.profile"].search(
            [("kind", "=", "prices")], limit=1
        ) or self._create_profile(
            {**INTERVALS, "name": "Spot prices"}, kind="prices", network_id=False
        )
        rows = [
            f"10YCA-BULGARIA-R;2026-01-{day:02d};" + ";".join([str(price)] * 24)
            for day, price in prices.items()
        ]
        head = "Point;Day;" + ";".join(map(str, range(24)))
        return self.env["energy.message"]._import_file(
            profile, name, "\n".join([head, *rows, ""]).encode()
        )

    def _spot_agreement(self):
        item = self._item("Spot", "energy", 0.01, basis="flat").item_ids
        item.price_ids.formula = "spot * 1.1 + price"
        item.basis = "index"
        self._import_intervals(*self._month_of_intervals(1))
        return self._billed(self.interval_point, item.tariff_id)

    def test_spot_prices_are_billed_per_interval(self):
        """24 kWh a day: 15 days × (0.10 × 1.1 + 0.01) + 16 days × (0.20 × 1.1 + 0.01)
        = 360 × 0.12 + 384 × 0.23 = 43.20 + 88.32 = 131.52"""
        self._spot()
        message = self._import_spot(
            {day: 100 if day < 16 else 200 for day in range(1, 32)}
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        segment = self._generate(self._spot_agreement())
        self.assertEqual(segment.state, "ready", segment.finding)
        self.assertEqual(segment.amount, 131.52)

    def test_a_missing_price_is_an_error_that_names_it(self):
        self._spot()
        self._import_spot({day: 100 for day in range(1, 32) if day != 7})
        segment = self._generate(self._spot_agreement())
        self.assertEqual(segment.state, "error")
        self.assertIn("2026-01-07", str(segment.result_ids.mapped("params")))

    def test_a_corrected_price_makes_segments_stale(self):
        curve = self._spot()
        self._import_spot(dict.fromkeys(range(1, 32), 100))
        agreement = self._spot_agreement()
        segment = self._generate(agreement)
        before = segment.amount
        message = self._import_spot({7: 300}, "corrected.csv")
        self.assertEqual(message.replaced_count, 1)
        self.assertTrue(segment.is_stale)
        self._generate(agreement)
        self.assertAlmostEqual(segment.amount - before, 24 * 0.2 * 1.1)
        versions = curve.day_ids.filtered(lambda row: str(row.day) == "2026-01-07")
        self.assertEqual(sorted(versions.mapped("version")), [1, 2])

    def test_prices_of_a_publication_document(self):
        curve = self._spot()
        self._import_spot({2: 1})
        profile = self.env["energy.table.profile"].search([("kind", "=", "prices")])
        message = self.env["energy.message"]._import_file(
            profile, "prices.xml", (FILES / "prices.xml").read_bytes()
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        day = curve.day_ids.filtered(lambda row: str(row.day) == "2026-01-01")
        self.assertAlmostEqual(day.energy[0], 0.1)
        self.assertAlmostEqual(day.energy[23], -0.0055)

    def test_unknown_series_is_told(self):
        message = self._import_spot({1: 100})
        self.assertEqual(message.state, "rejected")
        self.assertIn("curve_unknown", self._codes(message, "error"))

    # === Load profiles ===

    def test_profile_spreads_a_reading_over_days(self):
        """Weights 15 × 15 = 225 and 16 × 5 = 80: 225 × 0.10 + 80 × 0.20 = 38.50"""
        curve = self._spot(
            name="H0", code="h0", kind="profile", file_code="10YCA-BULGARIA-R"
        )
        self._import_spot({day: 15 if day < 16 else 5 for day in range(1, 32)})
        self.point.curve_id = curve
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1305;305")
        segment = self._generate(self._create_point_agreement(self.point))
        self.assertEqual(segment.line_ids.mapped("quantity"), [225, 80])
        self.assertEqual(segment.amount, 38.50)

    # === Excise ===

    def test_exempt_energy_is_left_out_of_excise(self):
        """310 kWh, exempt half of it from the 16th on: 150 + 80 = 230 × 0.01 = 2.30"""
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        tariff = self._item("Excise", "energy_excise", 0.01)
        agreement = self._billed(self.point, tariff)
        segment = self._generate(agreement)
        self.assertEqual(segment.amount, 3.10)
        self.env["energy.excise.certificate"].create(
            {
                "name": "EC-1",
                "partner_id": agreement.partner_id.id,
                "ground_id": self.env["billing.tax.exemption"]
                .create({"name": "Own production", "code": "ART24", "kind": "excise"})
                .id,
                "percent": 50,
                "date_start": "2026-01-16",
                "date_end": "2026-12-31",
            }
        )
        self.assertTrue(segment.is_stale)
        self._generate(agreement)
        self.assertEqual(segment.amount, 2.30)
        self.assertIn("EC-1", str(segment.snapshot))
        self._assert_supply_is_reported(segment)

    def _assert_supply_is_reported(self, segment):
        """What the reports for the authorities and of the received data show."""
        invoicer = self.env["billing.invoicer"]
        invoicer._post(invoicer._create_invoices(segment))
        supply = self.env["energy.excise.supply"].search(
            [("point_id", "=", self.point.id)]
        )
        self.assertEqual(
            (supply.energy, supply.taxed, supply.exempt, supply.rate, supply.excise),
            (310, 230, 80, 0.01, 2.30),
        )
        self.assertIn("Own production", supply.grounds)
        self.assertEqual(supply.certificates, "EC-1")
        reports = self.env["billing.report"]
        for name in ("exempt_supply", "excise", "energy_invoiced", "usage"):
            report = self.env.ref(f"energy_billing.report_{name}").copy(
                {
                    "span": "dates",
                    "date_start": "2026-01-01",
                    "date_end": "2026-01-31",
                    "company_id": self.company.id,
                }
            )
            names = [name for name, _title in report._get_columns()]
            rows = [dict(zip(names, row, strict=True)) for row in report._iter_rows()]
            self.assertEqual(
                [row["partner_id"] for row in rows], [segment.partner_id.display_name]
            )
            reports |= report
        content, _kind = self.env["ir.actions.report"]._render(
            "billing_base.billing_report_excel", reports.ids
        )
        self.assertEqual(
            load_workbook(io.BytesIO(content)).sheetnames[:2],
            ["Supplies by Exemption Ground", "Totals Supplies by Exemption"],
        )

    # === Substitutes and estimates ===

    def _board(self, point):
        self.env.invalidate_all()
        return self.env["energy.completeness"].search([("point_id", "=", point.id)])

    def test_missing_intervals_are_substituted_until_the_real_ones_come(self):
        self._create_point_agreement(self.interval_point)
        self.january.action_activate()
        self._import_intervals(*self._month_of_intervals(2, days=range(1, 25)))
        self._board(self.interval_point).action_fill()
        row = self._board(self.interval_point)
        self.assertEqual((row.status, row.missing_days), ("estimated", 0))
        day = self.env["energy.interval"].search([("day", "=", "2026-01-31")])
        self.assertEqual((day.total, set(day.quality)), (48, {2}))
        self.assertEqual(day.message_id.kind, "substitute")
        self._import_intervals(*self._month_of_intervals(1), name="real.csv")
        day.invalidate_recordset()
        self.assertEqual((day.total, day.quality, day.version), (24, False, 2))
        self.assertEqual(self._board(self.interval_point).status, "received")

    def test_missing_usage_is_estimated_until_the_real_one_comes(self):
        """31 kWh in December's 31 days: 1 kWh a day"""
        self._create_point_agreement(self.point)
        self.january.action_activate()
        self._import_readings("N-1;M1;1.8.0;2025-12-01;2025-12-31;1000;1031;31")
        self._board(self.point).action_fill()
        estimate = self._usages(self.point, quality="estimated")
        self.assertEqual((estimate.value, str(estimate.date_end)), (31, "2026-01-31"))
        self.assertEqual(self._board(self.point).status, "estimated")
        # the real reading comes for a part of the days only: the estimate is gone
        self._import_readings(
            "N-1;M1;1.8.0;2026-01-01;2026-01-20;1031;1081;50", name="real.csv"
        )
        current = self._usages(self.point, is_current=True)
        self.assertEqual(current.mapped("value"), [31, 50])
        self.assertEqual(self._board(self.point).missing_days, 11)

    def test_nothing_to_estimate_from_is_told(self):
        self._create_point_agreement(self.point)
        self.january.action_activate()
        with self.assertRaises(UserError):
            self._board(self.point).action_fill()
