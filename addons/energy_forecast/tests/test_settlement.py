from datetime import timedelta
from decimal import Decimal

import numpy as np

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.energy_billing.tests.common import INTERVALS_HEAD

from .common import TODAY, ForecastCase


@tagged("post_install", "-at_install")
class TestSettlement(ForecastCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forecast = cls._forecast()
        cls.forecast.action_approve()
        cls.forecast.action_nominate()
        for name, price in (("spot", 100), ("short", 130), ("surplus", 60)):
            curve = cls.env["energy.curve"].create({"name": name, "code": f"fc_{name}"})
            cls.env["energy.curve.day"].sudo().create(
                {
                    "curve_id": curve.id,
                    "company_id": cls.company.id,
                    "day": TODAY,
                    "resolution": 60,
                    "energy": [price / 1000] * 24,
                    "version": 1,
                    "is_current": True,
                }
            )
            cls.area[f"{name}_curve_id"] = curve
        cls.planned = {
            row.series_id.point_id.code: np.array(row.adjusted)
            for row in cls.forecast.day_ids
            if row.series_id.kind == "point"
        }

    def _content(self, moves, day=TODAY):
        """A file in which points deviate from their nomination by kWh an hour."""
        rows = [INTERVALS_HEAD]
        for code, move in moves.items():
            values = (self.planned[code].round(3) + move).round(3)
            rows.append(f"{code};{day};" + ";".join(f"{v:g}" for v in values))
        return "\n".join([*rows, ""]).encode()

    def _import(self, moves, kind="daily", **values):
        return self.env["energy.settlement"]._import(
            self.area, kind, self.intervals_profile, "s.csv", self._content(moves)
        )

    def _row(self, settlement, code):
        return settlement.imbalance_ids.filtered(lambda row: row.point_id.code == code)

    def test_deviation_and_cost(self):
        settlement = self._import({"N-1": 2, "N-2": -1, "N-3": 0})
        settlement.action_calculate()
        row = self._row(settlement, "N-1")
        self.assertAlmostEqual(row.net, 48, delta=0.05)
        # 48 kWh short at 130, 30 of it more than spot
        self.assertAlmostEqual(row.cost, 6.24, delta=0.02)
        self.assertAlmostEqual(row.extra, 1.44, delta=0.02)
        row = self._row(settlement, "N-2")
        self.assertAlmostEqual(row.cost, -1.44, delta=0.02)
        portfolio = settlement.imbalance_ids.filtered(lambda r: r.kind == "portfolio")
        self.assertAlmostEqual(portfolio.net, 24, delta=0.1)
        self.assertAlmostEqual(settlement.cost, 3.12, delta=0.02)
        self.assertAlmostEqual(settlement.wape, 100 * 24 / portfolio.actual, delta=0.1)

    def test_shares_add_up_to_what_the_group_pays(self):
        settlement = self._import({"N-1": 2, "N-2": -1, "N-3": 1})
        settlement.action_calculate()
        self.env.cr.execute(
            "SELECT sum(shared_cost) FILTER (WHERE kind = 'point'),"
            " sum(cost) FILTER (WHERE kind = 'portfolio'),"
            " sum(shared_cost) FILTER (WHERE kind = 'portfolio')"
            " FROM energy_imbalance WHERE settlement_id = %s",
            (settlement.id,),
        )
        members, alone, shared = self.env.cr.fetchone()
        self.assertEqual(members, shared)
        self.assertEqual(members, alone)
        # who had a surplus while the group was short pays nothing
        self.assertEqual(self._row(settlement, "N-2").shared_cost, 0)
        self.assertAlmostEqual(
            self._row(settlement, "N-1").shared_cost,
            2 * self._row(settlement, "N-3").shared_cost,
            delta=0.05,
        )

    def test_who_caused_it(self):
        forecast = self._forecast()
        self.env["energy.forecast.adjustment"].create(
            {
                "series_id": self.portfolio.id,
                "method": "add",
                "value": 4,
                "date_start": TODAY,
                "date_end": TODAY,
                "reason": "Expected more",
            }
        )
        forecast.action_run()
        forecast.action_approve()
        forecast.action_nominate()
        settlement = self._import({"N-1": 1, "N-2": 0, "N-3": 0})
        settlement.action_calculate()
        row = settlement.imbalance_ids.filtered(lambda row: row.kind == "portfolio")
        self.assertAlmostEqual(row.net, 24 - 96, delta=0.1)
        self.assertAlmostEqual(row.cause_manual, -96, places=3)
        self.assertAlmostEqual(row.cause_model, 24, delta=0.1)
        self.assertEqual((row.cause_weather, row.cause_holiday), (0, 0))
        self.area._load_holidays([2026])
        self.env["billing.holiday"].create(
            {"name": "Strike", "date": TODAY, "country_id": self.area.country_id.id}
        )
        settlement.action_calculate()
        row = settlement.imbalance_ids.filtered(lambda row: row.kind == "portfolio")
        self.assertAlmostEqual(row.cause_holiday, 24, delta=0.1)
        parts = row.cause_manual + row.cause_weather + row.cause_holiday
        self.assertAlmostEqual(parts + row.cause_model, row.net, delta=0.02)

    def test_versions_stand_side_by_side(self):
        first = self._import({"N-1": 2, "N-2": 0, "N-3": 0})
        second = self._import({"N-1": 1, "N-2": 0, "N-3": 0})
        self.assertEqual((first.version, second.version), (1, 2))
        first.action_calculate()
        second.action_calculate()
        second.action_calculate()
        self.assertGreater(first.cost, second.cost)
        self.assertEqual(len(first.imbalance_ids), len(second.imbalance_ids))

    def test_a_file_is_imported_once(self):
        self._import({"N-1": 2})
        with self.assertRaisesRegex(UserError, "before"):
            self._import({"N-1": 2})

    def test_a_bad_file_leaves_nothing(self):
        before = self.env["energy.settlement"].search_count([])
        for content in (b"", b"nothing", b"\x00\x01", b"Point;Day\nN-1;2026-04-20\n"):
            with self.subTest(content), self.assertRaises(UserError):
                self.env["energy.settlement"]._import(
                    self.area, "daily", self.intervals_profile, "b.csv", content
                )
        self.assertEqual(self.env["energy.settlement"].search_count([]), before)

    def test_missing_prices_are_counted_not_free(self):
        self.area.short_curve_id.day_ids.sudo().unlink()
        settlement = self._import({"N-1": 2, "N-2": 0, "N-3": 0})
        settlement.action_calculate()
        self.assertEqual(settlement.unpriced_count, 24)

    def test_what_was_not_nominated_is_told(self):
        settlement = self.env["energy.settlement"]._import(
            self.area,
            "daily",
            self.intervals_profile,
            "late.csv",
            self._content({"N-1": 1}, TODAY + timedelta(days=1)),
        )
        with self.assertRaisesRegex(UserError, "nominated"):
            settlement.action_calculate()

    def test_customers_are_charged_once(self):
        agreement = self._create_point_agreement(self.point)
        settlement = self._import({"N-1": 2, "N-2": 0, "N-3": 0})
        settlement.action_calculate()
        with self.assertRaisesRegex(UserError, "product"):
            settlement.action_rebill()
        self.area.charge_product_id = self.product
        settlement.action_rebill()
        settlement.action_rebill()
        charge = self.env["billing.charge"].search(
            [("res_model", "=", "energy.settlement"), ("res_id", "=", settlement.id)]
        )
        self.assertEqual(len(charge), 1)
        self.assertEqual(charge.partner_id, agreement.partner_id)
        self.assertAlmostEqual(charge.unit_price, 6.24, delta=0.02)
        shares = self.env["energy.imbalance"]._get_customer_shares(settlement)
        self.assertEqual(
            shares[agreement.partner_id.id], Decimal(str(charge.unit_price))
        )

    def test_the_responsible_user_is_told_of_a_large_imbalance(self):
        self.area.imbalance_limit = 1
        settlement = self._import({"N-1": 9, "N-2": 9, "N-3": 9})
        settlement.action_calculate()
        self.area._alert_imbalance(TODAY + timedelta(days=1))
        self.assertIn(
            "Imbalance over the limit", self.area.activity_ids.mapped("summary")
        )

    def test_chart_of_a_settlement(self):
        settlement = self._import({"N-1": 2, "N-2": 0, "N-3": 0})
        settlement.action_calculate()
        found = self.portfolio.get_chart({"settlement_id": settlement.id})
        self.assertEqual(found["costs"][0]["month"], "2026-04")
        self.assertEqual(len(found["labels"]), 24)
