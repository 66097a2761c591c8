"""What an agreement is billed for: quantities of usages and intervals."""

from datetime import date
from decimal import Decimal

from psycopg2.errors import ExclusionViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.billing_base.rating import Span

from .common import JANUARY, EnergyCase


@tagged("post_install", "-at_install")
class TestAgreement(EnergyCase):
    def _quantities(self, agreement, start=JANUARY[0], end=JANUARY[1]):
        found = agreement._get_quantities({agreement.id: [Span(start, end)]})
        return {
            (quantity.code, quantity.span): quantity for quantity in found[agreement.id]
        }

    def test_one_agreement_per_point_and_day(self):
        self._create_point_agreement(self.point)
        with self.assertRaises(ExclusionViolation), mute_logger("odoo.sql_db"):
            self._create_point_agreement(self.point, code="SECOND")

    def test_next_agreement_of_the_point(self):
        first = self._create_point_agreement(self.point, date_end="2026-01-31")
        second = self._create_point_agreement(
            self.two_tariff_point, code="SECOND", date_start="2026-02-01"
        )
        second.point_id = self.point
        self.assertEqual(self.point.agreement_ids, first | second)

    def test_e_invoices_name_the_point(self):
        agreement = self._create_point_agreement(self.point, code="FIRST")
        self.assertEqual(agreement._get_invoiced_object(), (self.point.code, None))

    def test_usage_is_the_energy_of_its_days(self):
        agreement = self._create_point_agreement(self.point)
        self._import_readings("N-1;M1;1.8.0;2026-01-01;2026-01-31;1000;1310;310")
        quantity = self._quantities(agreement)["energy", Span(*JANUARY)]
        self.assertEqual((quantity.value, quantity.unit), (Decimal("310"), "kWh"))
        self.assertEqual(quantity.source["register"], "1.8.0")
        self.assertEqual(quantity.source["reading_to"], "1310")

    def test_day_and_night_add_up_to_energy(self):
        agreement = self._create_point_agreement(self.two_tariff_point)
        self._import_readings(
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;100;300;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;50;150;100",
        )
        found = self._quantities(agreement)
        values = {code: quantity.value for (code, _span), quantity in found.items()}
        self.assertEqual(
            values, {"energy_day": 200, "energy_night": 100, "energy": 300}
        )

    def test_no_total_of_a_meter_with_a_register_missing(self):
        agreement = self._create_point_agreement(self.two_tariff_point)
        self.env["energy.usage"].create(
            {
                "point_id": self.two_tariff_point.id,
                "quantity_type_id": self.day.id,
                "date_start": JANUARY[0],
                "date_end": JANUARY[1],
                "value": 200,
            }
        )
        self.assertEqual(
            [code for code, _span in self._quantities(agreement)], ["energy_day"]
        )

    def test_intervals_give_a_value_for_each_day(self):
        agreement = self._create_point_agreement(self.interval_point)
        rows = self._month_of_intervals(0.1)
        self._import_intervals(*rows)
        quantity = self._quantities(agreement)["energy", Span(*JANUARY)]
        self.assertEqual(quantity.value, Decimal("74.4"))
        self.assertEqual(quantity.daily, (Decimal("2.4"),) * 31)
        self.assertIsNone(quantity.intervals)

    def test_values_come_along_where_a_tariff_prices_each_interval(self):
        agreement = self._create_point_agreement(self.interval_point)
        self.energy_item.basis = "index"
        self._import_intervals(*self._month_of_intervals(0.25))
        quantity = self._quantities(agreement)["energy", Span(*JANUARY)]
        self.assertEqual(len(quantity.intervals), 31)
        self.assertEqual(quantity.intervals[0].tolist(), [0.25] * 24)

    def test_incomplete_day_has_no_quantity(self):
        agreement = self._create_point_agreement(self.interval_point)
        rows = self._month_of_intervals()
        rows[4] = rows[4].replace(";1;", ";;", 1)
        self._import_intervals(*rows)
        found = self._quantities(agreement)
        self.assertEqual(
            [span for code, span in found if code == "energy"],
            [
                Span(date(2026, 1, 1), date(2026, 1, 4)),
                Span(date(2026, 1, 6), date(2026, 1, 31)),
            ],
        )

    def test_maximum_demand_of_a_complete_span(self):
        agreement = self._create_point_agreement(self.interval_point)
        rows = self._month_of_intervals()
        rows[4] = rows[4].replace(";1;", ";7.5;", 1)
        self._import_intervals(*rows)
        demand = self._quantities(agreement)["energy_demand", Span(*JANUARY)]
        self.assertEqual((demand.value, demand.unit), (Decimal("7.5"), "kW"))

    def test_interval_point_is_never_billed_on_its_register(self):
        agreement = self._create_point_agreement(self.interval_point)
        self.env["energy.usage"].create(
            {
                "point_id": self.interval_point.id,
                "quantity_type_id": self.energy.id,
                "date_start": JANUARY[0],
                "date_end": JANUARY[1],
                "value": 999,
            }
        )
        self.assertEqual(self._quantities(agreement), {})

    def test_all_agreements_are_asked_at_once(self):
        agreements = self.env["billing.agreement"]
        for number in range(5):
            point = self.env["energy.metering.point"].create({"code": f"N-10{number}"})
            agreements |= self._create_point_agreement(point)
        spans = {agreement.id: [Span(*JANUARY)] for agreement in agreements}
        agreements._get_quantities(spans)
        self.env.invalidate_all()
        with self.assertQueryCount(20):
            agreements._get_quantities(spans)
