"""How a forecast is made: in pieces of series, each a transaction of its own.

The points are forecast first. What sums them, customers, groups and the portfolio,
waits for the last of them in a piece of its own.
"""

from datetime import timedelta

import numpy as np

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..forecasting import History, Result, bottom_up, losses, reconcile
from ..forecasting import forecast as make_forecast
from .energy_history import YEAR_DAYS

PIECE_SIZE = 500
INLINE_SIZE = 500
"""Up to so many series are forecast at once, more in background jobs."""


class EnergyForecast(models.Model):
    _inherit = "energy.forecast"

    def _begin_run(self):
        """Cut the series into pieces, and do them or hand them to jobs."""
        self.ensure_one()
        series = self._get_series()
        if not series:
            raise UserError(
                self.env._(
                    "%(area)s has no series. Make its portfolio under Forecasting, "
                    "Series.",
                    area=self.area_id.name,
                )
            )
        points = series.filtered(lambda s: s.kind == "point")
        sums = series - points
        if self.is_bottom_up and sums:
            own = self.env["energy.series"]
            for one in sums:
                own |= own._create_point_series(self.area_id, one._get_points())
            points |= own.filtered("active")
        self.piece_ids.unlink()
        Piece = self.env["energy.forecast.piece"].sudo()
        ids = points.ids
        rows = [
            {
                "forecast_id": self.id,
                "kind": "points",
                "series_ids": ids[at : at + PIECE_SIZE],
            }
            for at in range(0, len(ids), PIECE_SIZE)
        ]
        if sums:
            rows.append(
                {"forecast_id": self.id, "kind": "sums", "series_ids": sums.ids}
            )
        for number, row in enumerate(rows, 1):
            row["number"] = number
        pieces = Piece.create(rows)
        self.sudo().state = "running"
        if len(points) + len(sums) > INLINE_SIZE:
            (pieces.filtered(lambda p: p.kind == "points") or pieces)._enqueue()
        else:
            for piece in pieces:
                piece._run()
            self._end_run()

    def _get_series(self):
        return self.env["energy.series"].search(Domain("area_id", "=", self.area_id.id))

    def _advance(self):
        """What follows a piece: the sums after the last points, then the end."""
        self.ensure_one()
        pending = self.piece_ids.filtered(lambda piece: piece.state == "pending")
        if not pending:
            self._end_run()
        elif set(pending.mapped("kind")) == {"sums"}:
            pending._enqueue()

    def _end_run(self):
        failed = self.piece_ids.filtered(lambda piece: piece.state == "failed")
        if not failed and self.state == "running":
            self.sudo().state = "done"

    def _run_points(self, series):
        """Forecast series of points and store their days."""
        found, bands = self._forecast(series)
        self._store(series, found, bands)

    def _run_sums(self, series):
        """Forecast customers, groups and the portfolio: sums with their direct
        forecast beside them, or the direct one alone."""
        direct, bands = self._forecast(series)
        if not self.is_bottom_up:
            self._store(series, direct, bands)
            return
        members = self._get_members(series)
        sums, complete = self._sum_points(series, members, "energy")
        self._divide(series, members)
        changed, _complete = self._sum_points(series, members, "adjusted")
        whole = complete[:, None, None]
        values = np.where(whole, sums, direct.values)
        found = Result(
            values,
            ["sum" if ok else m for ok, m in zip(complete, direct.model, strict=True)],
            ["" if ok else r for ok, r in zip(complete, direct.reason, strict=True)],
        )
        self._store(
            series,
            found,
            self._get_bands(series, values),
            np.where(whole, changed, self._adjust(series, direct.values)),
            direct.values,
        )

    def _get_members(self, sums):
        """:return: ``{series id: ids of its points' series}``, forecast or not"""
        of_point = dict(
            self.env["energy.series"]._read_group(
                [("area_id", "=", self.area_id.id), ("kind", "=", "point")],
                ["point_id"],
                ["id:min"],
            )
        )
        of_point = {point.id: series_id for point, series_id in of_point.items()}
        return {
            one.id: {of_point[i] for i in one._get_points().ids if i in of_point}
            for one in sums
        }

    def _get_point_chunks(self, layer):
        """Stored forecasts of points, some at a time: ids and (ids, days, slots)."""
        Day = self.env["energy.forecast.day"]
        stored = Day._get_series_ids(self, [("series_id.kind", "=", "point")])
        for start in range(0, len(stored), PIECE_SIZE):
            ids = stored[start : start + PIECE_SIZE]
            rows = Day._load(self, [("series_id", "in", ids)], layer)
            yield ids, np.stack([rows[series_id] for series_id in ids])

    def _sum_points(self, series, members, layer="adjusted"):
        """Sums of the stored forecasts of points.

        :param members: of `_get_members`
        :param layer: "energy" what the models say, "adjusted" with the manual layer
        :return: (series, days, slots) kWh and whether any point was there
        """
        count = (self.date_end - self.date_start).days + 1
        slots = 1440 // self.area_id._get_minutes()
        sums = np.zeros((len(series), count, slots))
        complete = np.zeros(len(series), dtype=bool)
        for ids, values in self._get_point_chunks(layer):
            within = np.array([[i in members[one.id] for i in ids] for one in series])
            sums += bottom_up(values, within)
            complete |= within.any(axis=1)
        return sums, complete

    def _divide(self, series, members):
        """Divide what people changed of sums among their points, by their forecast.

        Customers come first, then groups, the portfolio last: each on top of what the
        ones before made of its points.
        """
        layers = self.env["energy.forecast.adjustment"]._get_layers(
            series, self.date_start, self.date_end
        )
        order = ("customer", "group", "portfolio")
        changed = series.filtered(lambda one: layers.get(one.id) and members[one.id])
        if not changed:
            return
        Day = self.env["energy.forecast.day"]
        asked = set().union(*(members[one.id] for one in changed))
        stored = Day._load(self, [("series_id", "in", list(asked))], "adjusted")
        for one in changed.sorted(lambda one: order.index(one.kind)):
            own = [i for i in members[one.id] if i in stored]
            if own:
                values = np.stack([stored[i] for i in own])
                total = self._adjust(one, values.sum(axis=0, keepdims=True))[0]
                stored.update(zip(own, reconcile(values, total), strict=True))
        points = self.env["energy.series"].browse(stored)
        if points:
            Day._update_adjusted(self, points, np.stack(list(stored.values())))

    def _get_weather_effect(self, series):
        """What the direct forecasts would have changed had the weather been known.

        :return: ``{series id: (days, slots) kWh by wall clock}``; empty where no
            weather is used
        """
        self.ensure_one()
        if not any(one.weather_id or one.area_id.weather_id for one in series):
            return {}
        said, _bands = self._forecast(series)
        known, _bands = self._forecast(series, knows_weather=True)
        return dict(zip(series.ids, known.values - said.values, strict=True))

    def _forecast(self, series, knows_weather=False):
        """Forecast series directly.

        :param knows_weather: use the measured weather of the forecast days too
        :return: forecasting.Result, and P10 and P90
        """
        area = self.area_id
        ahead = (self.date_end - self.cut_off).days
        lead = (self.date_start - self.cut_off).days
        first = self.cut_off - timedelta(days=YEAR_DAYS - 1)
        Loader = self.env["energy.history"]
        values = Loader._load(series, first, YEAR_DAYS)
        known = None if knows_weather else YEAR_DAYS
        days = Loader._get_days(series, first, YEAR_DAYS + ahead, known)
        found = make_forecast(
            History(first, values, area._get_minutes()),
            days,
            np.arange(lead, ahead + 1),
            [one._get_model() for one in series],
            shape=Loader._get_profile(series, days, values.shape[2]),
            quantity=[one.annual_quantity or np.nan for one in series],
        )
        return found, self._get_bands(series, found.values)

    @api.model
    def _get_bands(self, series, values):
        """P10 and P90 by the errors of each series' backtest; 30 % without one."""
        slots = values.shape[2]

        def read(one, name, usual):
            stored = one[name]
            fits = stored and len(stored) == slots
            return np.array(stored) if fits else np.full(slots, usual)

        low = np.stack([read(one, "band_low", -0.3) for one in series])[:, None]
        high = np.stack([read(one, "band_high", 0.3) for one in series])[:, None]
        size = np.maximum(
            np.abs(values), 0.1 * np.abs(values).mean(axis=(1, 2), keepdims=True)
        )
        bottom = values + low * size
        bottom = np.where((values >= 0) & (bottom < 0), 0.0, bottom)
        return np.minimum(bottom, values), np.maximum(values + high * size, values)

    def _store(self, series, found, bands, adjusted=None, second=None):
        """Store the days of series in one statement, with the manual layer.

        What the model said, its band and what people made of it stand side by side.

        :param adjusted: of sums, whose changes are in their points; what the model
            said with the series' own adjustments without
        :param second: the direct forecast of sums
        """
        area = self.area_id
        if adjusted is None:
            adjusted = self._adjust(series, found.values)
        self.env["energy.forecast.day"]._store(
            self,
            series,
            {
                "energy": found.values,
                "low": bands[0],
                "high": bands[1],
                "adjusted": adjusted,
                "losses": losses(adjusted, area.loss_percent),
                "direct": second,
            },
            found.model,
            found.reason,
        )

    def _adjust(self, series, values):
        """Values (series, days, slots) with the manual layer of each series."""
        Adjustment = self.env["energy.forecast.adjustment"]
        layers = Adjustment._get_layers(series, self.date_start, self.date_end)
        if not layers:
            return np.array(values)
        holidays = self.area_id._get_holidays(self.date_start, self.date_end)
        off = series._get_off_days(self.date_start, self.date_end)
        return np.stack(
            [
                Adjustment._apply(
                    layers.get(one.id, ()),
                    values[number],
                    self.date_start,
                    holidays | off[one.id],
                )
                for number, one in enumerate(series)
            ]
        )

    def _reapply(self):
        """Apply the manual layer anew to the stored forecast."""
        for forecast in self:
            forecast._expect("done")
            Day = self.env["energy.forecast.day"]
            for ids, values in forecast._get_point_chunks("energy"):
                points = self.env["energy.series"].browse(ids)
                Day._update_adjusted(forecast, points, forecast._adjust(points, values))
            stored = Day._load(forecast, [("series_id.kind", "!=", "point")], "energy")
            series = self.env["energy.series"].browse(stored)
            if not series:
                continue
            values = forecast._adjust(series, np.stack(list(stored.values())))
            if forecast.is_bottom_up:
                members = forecast._get_members(series)
                forecast._divide(series, members)
                sums, complete = forecast._sum_points(series, members)
                values = np.where(complete[:, None, None], sums, values)
            Day._update_adjusted(forecast, series, values)

    @api.model
    def _cron_day_ahead(self):
        """Make the day-ahead forecasts that are due within two hours."""
        now = fields.Datetime.now()
        areas = self.env["energy.market.area"].search([("is_automatic", "=", True)])
        due = {}
        for area in areas:
            local = fields.Datetime.context_timestamp(
                area.with_context(tz=area.tz), now
            )
            hour = local.hour + local.minute / 60
            if not area.deadline - 2 <= hour < area.deadline:
                continue
            day, cut_off = area._get_day_ahead(local.date())
            due[area] = (day, cut_off)
        known = {
            (area, start)
            for area, start in self._read_group(
                [
                    ("area_id", "in", [area.id for area in due]),
                    ("horizon", "=", "day"),
                    ("date_start", "in", [day for day, _cut_off in due.values()]),
                ],
                ["area_id", "date_start:day"],
            )
        }
        self.create(
            [
                {"area_id": area.id, "date_start": day, "cut_off": cut_off}
                for area, (day, cut_off) in due.items()
                if (area, day) not in known
            ]
        ).action_run()
