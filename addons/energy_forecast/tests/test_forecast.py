import base64
from datetime import date, timedelta
from unittest.mock import patch

import numpy as np
from lxml import etree
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import TODAY, ForecastCase


@tagged("post_install", "-at_install")
class TestForecast(ForecastCase):
    def test_points_groups_and_portfolio(self):
        forecast = self._forecast()
        self.assertEqual(forecast.state, "done", forecast.error_text)
        totals = {day.series_id.name: day.total for day in forecast.day_ids}
        # April 20 is a Monday
        self.assertAlmostEqual(totals["N-1"], 240, delta=5)
        self.assertAlmostEqual(
            totals["All"], totals["N-1"] + totals["N-2"] + totals["N-3"], places=4
        )
        self.assertAlmostEqual(totals["Two"], totals["N-1"] + totals["N-3"], places=4)
        day = self._day(forecast, self.portfolio)
        self.assertEqual(day.model, "sum")
        self.assertAlmostEqual(day.loss_total, day.total * 0.05, places=3)
        self.assertLess(day.low_total, day.total)
        self.assertAlmostEqual(sum(day.direct), day.total, delta=60)

    def test_nothing_after_the_cut_off_is_used(self):
        before = self._day(self._forecast(), self.portfolio).total
        rows = self.env["energy.interval"].search(
            [("day", "=", TODAY - timedelta(days=1))]
        )
        self.assertEqual(len(rows), 3)
        for row in rows:
            row.sudo().energy = [9999.0] * 24
        after = self._day(self._forecast(), self.portfolio).total
        self.assertEqual(before, after)

    def test_days_of_clock_change_have_their_hours(self):
        self._measure(self.point, date(2025, 8, 1), 90, 10.0)
        forecast = self._forecast(date(2025, 10, 25), date_end=date(2025, 10, 27))
        series = self.env["energy.series"].search([("point_id", "=", self.point.id)])
        lengths = [len(day.adjusted) for day in self._day(forecast, series)]
        self.assertEqual(lengths, [24, 25, 24])

    def test_a_point_without_history_says_why(self):
        point = self.env["energy.metering.point"].create(
            {"code": "N-9", "measurement": "interval"}
        )
        self.group.point_ids = [Command.link(point.id)]
        forecast = self._forecast()
        series = self.env["energy.series"].search([("point_id", "=", point.id)])
        day = self._day(forecast, series)
        self.assertEqual((day.total, day.reason), (0, "none"))
        series.annual_quantity = 36500
        day = self._day(self._forecast(), series)
        self.assertEqual((day.model, day.reason), ("profile", "short"))
        self.assertAlmostEqual(day.total, 110, delta=15)

    def test_versions_are_kept(self):
        first, second = self._forecast(), self._forecast()
        self.assertEqual((first.version, second.version), (1, 2))
        self.assertTrue(first.day_ids)

    def test_the_manual_layer_survives_a_new_run(self):
        forecast = self._forecast()
        before = self._day(forecast, self.portfolio).total
        series = self.env["energy.series"].search([("point_id", "=", self.point.id)])
        self.env["energy.forecast.adjustment"].create(
            {
                "series_id": series.id,
                "method": "add",
                "value": 6,
                "date_start": TODAY,
                "date_end": TODAY,
                "hour_start": 8,
                "hour_end": 18,
                "reason": "New furnace",
            }
        )
        forecast.action_run()
        day = self._day(forecast, series)
        self.assertAlmostEqual(day.total, day.model_total + 60, places=4)
        portfolio = self._day(forecast, self.portfolio)
        self.assertAlmostEqual(portfolio.total, before + 60, places=4)
        self.assertAlmostEqual(portfolio.model_total, before, places=4)
        self.assertAlmostEqual(
            self._day(self._forecast(), self.portfolio).total, before + 60, places=4
        )

    def test_a_curve_drawn_on_the_chart(self):
        forecast = self._forecast()
        values = [None] * 24
        values[12] = 500.0
        Adjustment = self.env["energy.forecast.adjustment"]
        with self.assertRaises(UserError):
            Adjustment.draw(forecast.id, self.portfolio.id, str(TODAY), values, " ")
        Adjustment.draw(
            forecast.id, self.portfolio.id, str(TODAY), values, "Known outage"
        )
        day = self._day(forecast, self.portfolio)
        self.assertAlmostEqual(day.adjusted[12], 500, places=4)
        self.assertNotEqual(day.energy[12], 500)

    def test_a_change_of_a_group_is_divided_among_its_points(self):
        forecast = self._forecast()
        names = ("N-1", "N-2", "N-3", "Two", "All")
        self.env["energy.forecast.adjustment"].create(
            [
                {
                    "series_id": series.id,
                    "method": method,
                    "value": value,
                    "date_start": TODAY,
                    "date_end": TODAY,
                    "reason": "Known to the desk",
                }
                for series, method, value in (
                    (self.portfolio, "add", 6),
                    (self.group, "multiply", 1.5),
                )
            ]
        )
        for again in (forecast.action_run, forecast._reapply):
            again()
            days = {day.series_id.name: day for day in forecast.day_ids}
            self.assertEqual(set(days), set(names))
            before = {name: days[name].model_total for name in names}
            after = {name: days[name].total for name in names}
            points = sum(after[name] for name in names[:3])
            self.assertAlmostEqual(after["All"], points, places=4)
            self.assertAlmostEqual(after["Two"], after["N-1"] + after["N-3"], places=4)
            whole = before["All"] + before["Two"] * 0.5 + 6 * 24
            self.assertAlmostEqual(after["All"], whole, places=4)
            # the portfolio's change on top of the group's, by size
            self.assertAlmostEqual(
                after["N-1"] / before["N-1"], after["N-3"] / before["N-3"], places=3
            )
            self.assertAlmostEqual(
                after["N-1"] / before["N-1"] / 1.5,
                after["N-2"] / before["N-2"],
                places=3,
            )

    def test_contract_ends(self):
        self._create_point_agreement(self.point, date_end=TODAY - timedelta(days=1))
        forecast = self._forecast()
        series = self.env["energy.series"].search([("point_id", "=", self.point.id)])
        self.assertEqual(self._day(forecast, series).total, 0)

    def test_a_shutdown_day_is_a_holiday(self):
        series = self.env["energy.series"].search([("point_id", "=", self.point.id)])
        series.shutdown_ids = [
            Command.create({"name": "Works", "date_start": TODAY, "date_end": TODAY})
        ]
        day = self._day(self._forecast(), series)
        self.assertLess(day.total, 0.75 * 240)

    def test_cleaned_hours_are_not_learnt(self):
        series = self.env["energy.series"].search([("point_id", "=", self.point.id)])
        first = TODAY - timedelta(days=10)
        self.env["energy.series.cleaning"].create(
            {
                "series_id": series.id,
                "date_start": first,
                "date_end": first,
                "hour_start": 3,
                "hour_end": 4,
                "method": "replace",
                "value": 7,
                "reason": "Meter test",
            }
        )
        values = self.env["energy.history"]._load(series, first, 2)
        self.assertEqual(values[0, 0, 2:5].tolist(), [10, 7, 10])
        self.assertEqual(
            self.env["energy.interval"]
            .search([("point_id", "=", self.point.id), ("day", "=", first)])
            .energy[3],
            10,
        )

    def test_a_sum_is_the_same_read_at_once_and_point_by_point(self):
        History = self.env["energy.history"]
        self.env["energy.interval"].search(
            [("point_id", "=", self.point.id), ("day", "=", TODAY - timedelta(days=3))]
        ).sudo().unlink()
        whole = History._load(self.portfolio, TODAY - timedelta(days=30), 30)
        module = "odoo.addons.energy_forecast.models.energy_history"
        with patch(f"{module}.AT_ONCE", 1):
            parts = History._load(self.portfolio, TODAY - timedelta(days=30), 30)
        np.testing.assert_allclose(parts, whole)
        # a sixth of the energy is missing, and is estimated from the others
        self.assertAlmostEqual(whole[0, 27, 0], 60, delta=0.5)

    def test_backtest_chooses_and_measures(self):
        self.portfolio._backtest(TODAY - timedelta(days=1), days=28)
        self.assertTrue(self.portfolio.chosen_model)
        self.assertLess(self.portfolio.wape, 5)
        self.assertEqual(len(self.portfolio.band_low), 24)
        self.assertIn("ridge", self.portfolio.leaderboard)
        self.assertIn("table", self.portfolio.leaderboard_html)

    def test_background_pieces(self):
        forecast = self.env["energy.forecast"].create(
            {"area_id": self.area.id, "date_start": TODAY}
        )
        module = "odoo.addons.energy_forecast.models.energy_forecast_run"
        with patch(f"{module}.INLINE_SIZE", 1):
            forecast.action_run()
        self.assertEqual(forecast.state, "running")
        points, sums = forecast.piece_ids
        jobs = (
            self.env["queue.job"]
            .sudo()
            .search([("identity_key", "=", points._get_identity_key())])
        )
        self.assertEqual(len(jobs), 1)
        points._run_job()
        points._run_job()
        forecast._advance()
        self.assertTrue(
            self.env["queue.job"]
            .sudo()
            .search([("identity_key", "=", sums._get_identity_key())])
        )
        sums._run_job()
        forecast._advance()
        self.assertEqual((forecast.state, forecast.progress), ("done", 100))

    # === Nomination and schedules ===

    def _nominated(self, **values):
        forecast = self._forecast(**values)
        forecast.action_approve()
        forecast.action_nominate()
        return forecast

    def test_one_nominated_forecast_for_a_day(self):
        first, second = self._nominated(), self._nominated()
        self.assertEqual((first.state, second.state), ("replaced", "nominated"))
        with self.assertRaises(UserError):
            first.unlink()
        with self.assertRaises(UserError):
            second.action_run()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            first.state = "nominated"
            self.env.flush_all()

    def test_several_days_are_nominated_at_once(self):
        old = self._nominated()
        days = (TODAY, TODAY + timedelta(days=1))
        new = self.env["energy.forecast"].union(*map(self._forecast, days))
        new.action_approve()
        new.action_nominate()
        self.assertEqual(set(new.mapped("state")), {"nominated"})
        self.assertEqual(old.state, "replaced")
        longer = self._forecast(date_end=days[1])
        longer.action_approve()
        longer.action_nominate()
        self.assertEqual(set(new.mapped("state")), {"replaced"})
        again = self._forecast()
        again.action_approve()
        with self.assertRaisesRegex(UserError, "other days too"):
            again.action_nominate()

    def test_nominating_asks_for_the_permission(self):
        clerk = new_test_user(
            self.env,
            login="fc_clerk",
            groups="billing_base.group_billing_clerk",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        forecast = self._forecast().with_user(clerk)
        with self.assertRaisesRegex(UserError, "permission"):
            forecast.action_approve()
        clerk.group_ids |= self.env.ref("energy_forecast.group_energy_nominate")
        forecast.action_approve()
        forecast.action_nominate()
        self.assertEqual(forecast.nominated_by_id, clerk)

    def test_schedule_is_sent_with_a_copy_and_answered(self):
        forecast = self._nominated()
        forecast.action_make_schedules()
        schedule = forecast.schedule_ids
        self.assertEqual((schedule.revision, schedule.format), (1, "cim"))
        root = etree.fromstring(schedule._get_content())
        sent = [float(p.text) for p in root.iter("{*}quantity")]
        day = self._day(forecast, self.portfolio)
        self.assertAlmostEqual(sum(sent), day.total * 1.05 / 1000, delta=0.013)
        schedule.action_send()
        self.assertEqual(schedule.state, "sent")
        mail = self.env["mail.mail"].search([("res_id", "=", schedule.id)], limit=1)
        self.assertIn("operator@example.com", mail.email_to)
        self.assertEqual(mail.email_cc, "desk@example.com")
        self.area.schedule_format = "ess"
        forecast.action_make_schedules()
        second = forecast.schedule_ids - schedule
        self.assertEqual(second.revision, 2)
        self.assertIn(b"ScheduleDocument", second._get_content())
        answer = (
            "<AcknowledgementDocument>"
            f'<ReceivingDocumentIdentification v="{second.name}"/>'
            '<ReceivingDocumentVersion v="2"/>'
            '<Reason><ReasonCode v="A02"/><ReasonText v="Too late"/></Reason>'
            "</AcknowledgementDocument>"
        )
        wizard = self.env["energy.schedule.answer"].create(
            {"file": base64.b64encode(answer.encode())}
        )
        self.assertEqual(wizard.action_import()["res_id"], second.id)
        self.assertEqual(second.state, "rejected")
        self.assertIn("Too late", second.answer)
        self.assertEqual(schedule.state, "sent")

    def test_missing_codes_are_named(self):
        self.area.operator_eic = False
        with self.assertRaisesRegex(UserError, "EIC of the Operator"):
            self._nominated().action_make_schedules()

    def test_what_is_left_to_buy(self):
        self.env["energy.purchase.contract"].create(
            {
                "name": "Base",
                "area_id": self.area.id,
                "kind": "base",
                "power": 0.02,
                "date_start": TODAY,
                "date_end": TODAY,
            }
        )
        forecast = self._forecast()
        found = forecast._get_purchase()
        self.assertEqual(found["contracts"].tolist(), [[20.0] * 24])
        self.assertAlmostEqual(
            found["buy"].sum(), found["forecast"].sum() * 1.05 - 480, places=3
        )
        text = forecast._write_csv().decode("utf-8-sig").splitlines()
        self.assertEqual(len(text), 25)
        self.assertTrue(text[1].startswith("2026-04-20 00:00;2026-04-19 21:00;"))
        self.assertTrue(forecast._write_xlsx().startswith(b"PK"))

    # === Charts ===

    def test_chart(self):
        forecast = self._nominated()
        found = self.portfolio.get_chart({"forecast_id": forecast.id})
        self.assertEqual(len(found["labels"]), 8 * 24)
        self.assertEqual(len(found["actual"]), 8 * 24)
        self.assertEqual(len(found["nominated"]), 8 * 24)
        self.assertIsNone(found["forecast"][0])
        self.assertIsNotNone(found["forecast"][-1])
        self.assertEqual(len(found["heat"]), 7)
        self.assertEqual(len(found["bias"]), 24)
        days = self.portfolio.get_chart(
            {"first": "2026-01-01", "last": "2026-04-20", "step": "month"}
        )
        self.assertEqual(days["labels"], ["2026-01", "2026-02", "2026-03", "2026-04"])

    def test_marks_of_gaps_and_outliers(self):
        first = TODAY - timedelta(days=30)
        row = self.env["energy.interval"].search(
            [("point_id", "=", self.point.id), ("day", "=", first)]
        )
        row.sudo().energy = [float("nan")] + [10.0] * 10 + [900.0] + [10.0] * 12
        series = self.env["energy.series"].search([("point_id", "=", self.point.id)])
        found = series.get_chart({"first": str(first), "last": str(TODAY)})
        self.assertEqual((found["marks"][0], found["marks"][11]), (1, 2))
