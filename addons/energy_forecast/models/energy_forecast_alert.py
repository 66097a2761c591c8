from datetime import timedelta

import numpy as np

from odoo import api, fields, models

DRIFT = 1.5
"""How much larger than in the backtest an error may be before it is told."""


class EnergyMarketArea(models.Model):
    _inherit = "energy.market.area"

    @api.model
    def _cron_alerts(self):
        """Tell the responsible user what endangers the next nomination."""
        for area in self.search([]):
            today = fields.Datetime.context_timestamp(
                area.with_context(tz=area.tz), fields.Datetime.now()
            ).date()
            area._alert_missing(today)
            area._alert_outside(today)
            area._alert_imbalance(today)

    def _get_data_ahead(self, today):
        """What the next nomination can know of its points.

        :return: the last day it may know, energy.series of the points, and those of
            them without a value of that day
        """
        self.ensure_one()
        _day, cut_off = self._get_day_ahead(today)
        series = self.env["energy.series"].search(
            [("area_id", "=", self.id), ("kind", "=", "point")]
        )
        known = self.env["energy.interval"]._read_group(
            [("point_id", "in", series.point_id.ids), ("day", "=", cut_off)],
            ["point_id"],
        )
        points = self.env["energy.metering.point"].union(*(row[0] for row in known))
        return cut_off, series, series.filtered(lambda one: one.point_id not in points)

    def _alert_missing(self, today):
        """Points whose measurement up to the cut-off is not there yet."""
        cut_off, series, without = self._get_data_ahead(today)
        missing = len(without.point_id)
        if missing:
            self._tell(
                self.env._("Data missing before the deadline"),
                self.env._(
                    "%(count)s of %(all)s metering points have no values of %(day)s. "
                    "Ask the distributor; without them the forecast uses older days.",
                    count=missing,
                    all=len(series.point_id),
                    day=cut_off,
                ),
            )

    def _alert_outside(self, today):
        """Forecasts of tomorrow that were never measured like that."""
        self.ensure_one()
        Day = self.env["energy.forecast.day"]
        day = today + timedelta(days=1)
        rows = Day.search(
            [
                ("day", "=", day),
                ("series_id.area_id", "=", self.id),
                ("series_id.kind", "!=", "point"),
                ("forecast_id.state", "in", ("done", "approved", "nominated")),
            ]
        )
        if not rows:
            return
        series = rows.series_id
        values = self.env["energy.history"]._load(
            series, day - timedelta(days=401), 400
        )
        totals = values.sum(axis=2)
        for number, one in enumerate(series):
            known = totals[number][np.isfinite(totals[number])]
            own = rows.filtered(lambda row, one=one: row.series_id == one)[-1:]
            if len(known) >= 28 and not (
                0.7 * known.min() <= own.total <= 1.3 * known.max()
            ):
                self._tell(
                    self.env._("Forecast outside its history"),
                    self.env._(
                        "%(series)s: %(total).0f kWh on %(day)s; a day had between "
                        "%(low).0f and %(high).0f kWh so far.",
                        series=one.name,
                        total=own.total,
                        day=day,
                        low=known.min(),
                        high=known.max(),
                    ),
                )

    def _alert_imbalance(self, today):
        """The portfolio's deviation over the limit, and errors that drift."""
        self.ensure_one()
        found = self.env["energy.imbalance"]._get_figures(
            [
                ("area_id", "=", self.id),
                ("kind", "!=", "point"),
                ("day", ">=", today - timedelta(days=14)),
            ],
            "series_id",
        )
        for series in self.env["energy.series"].browse(filter(None, found)):
            error = found[series.id]["wape"]
            if series.kind == "portfolio" and error > self.imbalance_limit:
                self._tell(
                    self.env._("Imbalance over the limit"),
                    self.env._(
                        "%(series)s deviated by %(error).1f %% in the last two weeks; "
                        "the limit is %(limit).1f %%.",
                        series=series.name,
                        error=error,
                        limit=self.imbalance_limit,
                    ),
                )
            if series.wape and error > DRIFT * series.wape:
                self._tell(
                    self.env._("Forecast error is drifting"),
                    self.env._(
                        "%(series)s: %(error).1f %% in the last two weeks, %(usual).1f "
                        "%% in its backtest. Test its models again.",
                        series=series.name,
                        error=error,
                        usual=series.wape,
                    ),
                )

    def _tell(self, summary, note):
        """An activity for the responsible user and a mail; the same once only."""
        self.ensure_one()
        user = self.user_id or self.env.ref("base.user_admin")
        Activity = self.env["mail.activity"]
        known = Activity.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("summary", "=", summary),
                ("note", "ilike", note),
            ],
            limit=1,
        )
        if known:
            return
        self.activity_schedule(
            "mail.mail_activity_data_todo", summary=summary, note=note, user_id=user.id
        )
        self.message_post(
            subject=summary,
            body=note,
            partner_ids=user.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
