from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Date
from odoo.tools import SQL

from ..forecasting import accuracy, begins, fold, unfold
from ..forecasting.clean import quiet_mean

LONGEST = {"slot": 14, "hour": 62, "day": 800, "month": 2000}
"""Days that are shown at most in each step."""


class EnergySeries(models.Model):
    """What the charts of a series show; the screen draws it and computes nothing."""

    _inherit = "energy.series"

    def get_chart(self, options):
        """Figures of the charts of one series.

        :param options: ``{"first", "last"}`` dates as text, "step" of slot, hour, day
            and month, and optionally "forecast_id" and "settlement_id"
        :return: ``{"labels", "actual", "forecast", "low", "high", "nominated",
            "marks", "heat", "bias", "duration", "costs", "first", "last", "step"}``;
            energy in kWh, None where nothing is known
        """
        self.ensure_one()
        self.check_access("read")
        first, last, step = self._get_chart_span(options)
        count = (last - first).days + 1
        actual, marks = self._get_chart_actual(first, count, options)
        layers = self._get_chart_layers(first, count, options)
        flipped = -1 if self.area_id.is_sign_flipped else 1
        found = {
            "first": str(first),
            "last": str(last),
            "step": step,
            "labels": self._get_chart_labels(first, count, step),
            "minutes": self.area_id._get_minutes(),
            "bias": _bias(layers["forecast"], actual, -flipped),
            "heat": _heat(layers["forecast"], actual, first),
            "duration": _clean(
                np.sort(actual[np.isfinite(actual)])[::-1][:: _every(actual)]
            ),
            "costs": self._get_chart_costs(),
            "currency": self.area_id.currency_id.symbol or "",
            "leaderboard": self.leaderboard or {},
            "models": dict(
                self._fields["chosen_model"]._description_selection(self.env)
            ),
        }
        for name, values in {"actual": actual, **layers}.items():
            found[name] = _clean(self._aggregate(values, first, step))
        found["marks"] = (
            self._aggregate(marks, first, step, flags=True).tolist()
            if step in ("slot", "hour")
            else []
        )
        measured = accuracy.measure(layers["forecast"], actual)
        found["measures"] = {
            name: None if value != value else value
            for name, value in (
                ("wape", measured.wape),
                ("mape", measured.mape),
                ("mae", measured.mae),
                ("bias", measured.bias),
            )
        }
        inside = accuracy.coverage(layers["low"], layers["high"], actual)
        found["measures"]["coverage"] = None if inside != inside else 100 * inside
        return found

    def _get_chart_span(self, options):
        step = options.get("step") or "hour"
        if step not in LONGEST:
            raise UserError(self.env._("Choose quarters, hours, days or months."))
        forecast = self.env["energy.forecast"].browse(options.get("forecast_id"))
        settlement = self.env["energy.settlement"].browse(options.get("settlement_id"))
        first = Date.to_date(options.get("first"))
        last = Date.to_date(options.get("last"))
        if not first:
            source = settlement if settlement else forecast
            if source:
                first, last = source.date_start, source.date_end
                if forecast and not settlement:
                    first -= timedelta(days=7)
            else:
                last = Date.context_today(self)
                first = last - timedelta(days=13)
        last = last or first
        if last < first:
            first, last = last, first
        return first, min(last, first + timedelta(days=LONGEST[step] - 1)), step

    def _get_chart_actual(self, first, count, options):
        """What was measured, or settled; and 1 for gaps, 2 for outliers."""
        History = self.env["energy.history"]
        before = 28
        values = History._load(self, first - timedelta(days=before), count + before)
        gaps, outliers = History._mark(values)
        marks = np.where(gaps, 1, np.where(outliers, 2, 0))[0, before:]
        return values[0, before:], marks

    def _get_chart_layers(self, first, count, options):
        """Forecast with band and nomination, by wall clock: (count, slots) each."""
        slots = 1440 // self.area_id._get_minutes()
        found = {
            name: np.full((count, slots), np.nan)
            for name in ("forecast", "low", "high", "model", "nominated")
        }
        self.env["energy.forecast.day"].flush_model()
        chosen = options.get("forecast_id") or 0
        # the newest version last, the chosen one after all
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.day, d.resolution, f.state, d.adjusted, d.energy, d.low, d.high
                  FROM energy_forecast_day d
                  JOIN energy_forecast f ON f.id = d.forecast_id
                 WHERE d.series_id = %s AND d.day BETWEEN %s AND %s
              ORDER BY d.day, f.id = %s, f.date_end - f.date_start DESC, f.id
                """,
                self.id,
                first,
                first + timedelta(days=count - 1),
                chosen,
            )
        )
        for day, minutes, state, *layers in rows:
            adjusted, energy, low, high = (
                fold(np.array(values, dtype=float), self.area_id.tz, minutes, day)
                for values in layers
            )
            if len(adjusted) != slots:
                continue
            row = (day - first).days
            found["forecast"][row], found["model"][row] = adjusted, energy
            found["low"][row], found["high"][row] = low, high
            if state == "nominated":
                found["nominated"][row] = adjusted
        return found

    def _get_chart_labels(self, first, count, step):
        area = self.area_id
        if step == "month":
            months = [first + timedelta(days=n) for n in range(count)]
            return sorted({f"{day:%Y-%m}" for day in months})
        if step == "day":
            return [str(first + timedelta(days=n)) for n in range(count)]
        minutes = 60 if step == "hour" else area._get_minutes()
        zone = ZoneInfo(area.tz)
        return [
            moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")
            for n in range(count)
            for moment in begins(area.tz, minutes, first + timedelta(days=n))
        ]

    def _aggregate(self, values, first, step, flags=False):
        """(days, slots) by wall clock to one value of each label."""
        area, minutes = self.area_id, self.area_id._get_minutes()
        if step in ("day", "month"):
            there = np.isfinite(values).any(axis=1)
            totals = np.where(there, np.nansum(values, axis=1), np.nan)
            if step == "day":
                return totals
            months = [f"{first + timedelta(days=n):%Y-%m}" for n in range(len(values))]
            names = sorted(set(months))
            place = np.array([names.index(month) for month in months])
            return np.array(
                [
                    np.nansum(totals[place == n])
                    if np.isfinite(totals[place == n]).any()
                    else np.nan
                    for n in range(len(names))
                ]
            )
        parts = []
        for number, row in enumerate(values):
            real = unfold(row, area.tz, minutes, first + timedelta(days=number))
            if step == "hour" and minutes < 60:
                real = real.reshape(-1, 60 // minutes)
                real = real.max(axis=1) if flags else real.sum(axis=1)
            parts.append(real)
        return np.concatenate(parts)

    def _get_chart_costs(self):
        """Cost and extra cost of the last twelve settled months."""
        self.env["energy.imbalance"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT to_char(i.day, 'YYYY-MM'), sum(i.cost)::float8,
                       sum(i.extra)::float8,
                       CASE WHEN sum(abs(i.actual)) > 0
                            THEN 100 * sum(i.absolute) / sum(abs(i.actual)) END
                  FROM (SELECT *, max(settlement_id) OVER (PARTITION BY day) AS last_id
                          FROM energy_imbalance WHERE series_id = %s) i
                 WHERE i.settlement_id = i.last_id
              GROUP BY 1 ORDER BY 1 DESC LIMIT 12
                """,
                self.id,
            )
        )
        return [
            {"month": month, "cost": cost, "extra": extra, "percent": percent}
            for month, cost, extra, percent in reversed(rows)
        ]

    @api.readonly
    def get_series_list(self):
        """Series to choose from, of the market area of this one."""
        rows = self.search_read(
            [("area_id", "=", self.area_id.id), ("kind", "!=", "point")], ["name"]
        )
        return [{"id": row["id"], "name": row["name"]} for row in rows]


def _every(values):
    """Step that leaves at most 500 values."""
    return max(int(np.isfinite(values).sum()) // 500, 1)


def _bias(forecast, actual, sign):
    """Mean deviation of each hour of the day, in kWh."""
    error = sign * (forecast - actual)
    slots = error.shape[1]
    by_hour = error.reshape(len(error), 24, slots // 24).sum(axis=2)
    return _clean(quiet_mean(by_hour, axis=0))


def _heat(forecast, actual, first):
    """Absolute error in percent, of each weekday (Monday first) and hour."""
    slots = actual.shape[1]
    shape = (len(actual), 24, slots // 24)
    error = np.abs(forecast - actual).reshape(shape).sum(axis=2)
    size = np.abs(actual).reshape(shape).sum(axis=2)
    weekday = (first.weekday() + np.arange(len(actual))) % 7
    rows = []
    for number in range(7):
        own = weekday == number
        both = np.isfinite(error[own])
        top = np.where(both, error[own], 0).sum(axis=0)
        low = np.where(both, size[own], 0).sum(axis=0)
        rows.append(
            _clean(np.where(low > 0, 100 * top / np.where(low > 0, low, 1), np.nan))
        )
    return rows


def _clean(values):
    """A list that JSON takes: None for what is not known."""
    return [None if value != value else round(float(value), 3) for value in values]
