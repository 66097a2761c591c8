"""Deviation and cost of a settlement, day by day in arrays of all points."""

import io
from datetime import timedelta

import numpy as np

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.energy_billing.bulk import names
from odoo.addons.energy_billing.models.energy_import_intervals import COPY_HEADER

from ..forecasting import resample, slot_count, unfold
from ..settlement import Prices, decompose, price_intervals, share
from ..settlement.imbalance import UNIT
from .energy_history import _row_type

UNITS = int(UNIT)
DIGITS = len(str(UNITS)) - 1
COLUMNS = (
    "settlement_id series_id point_id kind day actual nominated"
    " net absolute shortage surplus ape_sum ape_count interval_count unpriced_count"
    " cost extra shared_cost cause_manual cause_weather cause_holiday cause_model"
).split()


class EnergySettlement(models.Model):
    _inherit = "energy.settlement"

    def _calculate(self):
        """Store the imbalance of every day anew.

        :raises UserError: without a nominated forecast or prices
        """
        self.ensure_one()
        area = self.area_id
        if not area.spot_curve_id or not area.short_curve_id:
            raise UserError(
                self.env._(
                    "%(area)s: choose the series of spot and shortage prices, and "
                    "import their days.",
                    area=area.name,
                )
            )
        forecasts = self.env["energy.forecast"].search(
            [
                ("area_id", "=", area.id),
                ("state", "=", "nominated"),
                ("date_start", "<=", self.date_end),
                ("date_end", ">=", self.date_start),
            ]
        )
        if not forecasts:
            raise UserError(
                self.env._(
                    "No forecast of %(start)s – %(end)s is nominated, so there is "
                    "nothing to compare with.",
                    start=self.date_start,
                    end=self.date_end,
                )
            )
        self.env.cr.execute(
            SQL("DELETE FROM energy_imbalance WHERE settlement_id = %s", self.id)
        )
        work = _Work(self, forecasts)
        missing, unpriced = [], 0
        for offset in range((self.date_end - self.date_start).days + 1):
            day = self.date_start + timedelta(days=offset)
            found = work.run(day)
            if found is None:
                missing.append(str(day))
            else:
                unpriced += found
        self.env["energy.imbalance"].invalidate_model()
        self.sudo().write(
            {
                "state": "done",
                "unpriced_count": unpriced,
                "missing_days": ", ".join(missing) or False,
            }
        )


class _Work:
    """What stays the same from day to day."""

    def __init__(self, settlement, forecasts):
        self.env = settlement.env
        self.settlement, self.area = settlement, settlement.area_id
        self.forecasts = forecasts
        self.minutes = self.area._get_minutes()
        series = self.env["energy.series"].search(
            [("area_id", "=", self.area.id), ("kind", "!=", "point")]
        )
        self.sums = [(one, set(one._get_points().ids)) for one in series]
        self.of_point = dict(
            self.env.execute_query(
                SQL(
                    "SELECT point_id, id FROM energy_series"
                    " WHERE area_id = %s AND kind = 'point'",
                    self.area.id,
                )
            )
        )
        self.weather = {}
        for model in ("energy.settlement.day", "energy.forecast.day"):
            self.env[model].flush_model()

    def run(self, day):
        """Store the rows of a day.

        :return: number of intervals of the portfolio without a price; None where no
            forecast of the day is nominated
        """
        forecast = self.forecasts.filtered(lambda f: f.date_start <= day <= f.date_end)[
            :1
        ]
        if not forecast:
            return None
        slots = slot_count(self.area.tz, self.minutes, day)
        ids, actual = self._read(
            SQL(
                "SELECT point_id, day, resolution, energy FROM energy_settlement_day"
                " WHERE settlement_id = %s AND day = %s",
                self.settlement.id,
                day,
            ),
            slots,
        )
        series_ids, nominated = self._read_forecast(forecast, day, "adjusted", slots)
        said_ids, said = self._read_forecast(forecast, day, "energy", slots, sums=True)
        said = dict(zip(said_ids.tolist(), said, strict=True))
        if not len(ids):
            return 0
        place = {int(series_id): n for n, series_id in enumerate(series_ids)}
        own = np.array([place.get(self.of_point.get(int(i)), -1) for i in ids])
        # a point that was not forecast was nominated with nothing
        planned = (
            np.where((own >= 0)[:, None], nominated[own], 0.0)
            if len(nominated)
            else np.zeros_like(actual)
        )
        prices = self._get_prices(day, slots)
        priced = price_intervals(actual, planned, prices)
        whole = price_intervals(
            np.nansum(actual, axis=0),
            self._portfolio(place, nominated, planned),
            prices,
        )
        shares = share(priced[0], whole[1])
        lines = self._lines(
            day,
            [(self.of_point.get(own), own, "point") for own in ids.tolist()],
            _figures(actual, planned, *priced),
            shares.sum(axis=1),
        )
        position = {int(point_id): n for n, point_id in enumerate(ids)}
        for one, points in self.sums:
            members = [position[p] for p in points if p in position]
            if not members:
                continue
            total = np.nansum(actual[members], axis=0)[None]
            number = place.get(one.id)
            plan = (
                nominated[number][None]
                if number is not None
                else planned[members].sum(axis=0)[None]
            )
            lines += self._lines(
                day,
                [(one.id, None, one.kind)],
                _figures(total, plan, *price_intervals(total, plan, prices)),
                [shares[members].sum()],
                self._causes(forecast, one, day, total[0], plan[0], said),
            )
        self._copy(lines)
        return int(whole[3].sum())

    def _read_forecast(self, forecast, day, layer, slots, sums=False):
        """Rows of a nominated day; with `sums` of customers and groups alone."""
        within = SQL("TRUE")
        if sums:
            within = SQL("series_id = ANY(%s)", [one.id for one, _p in self.sums])
        return self._read(
            SQL(
                "SELECT series_id, day, resolution, %s FROM energy_forecast_day"
                " WHERE forecast_id = %s AND day = %s AND %s IS NOT NULL AND %s",
                SQL.identifier(layer),
                forecast.id,
                day,
                SQL.identifier(layer),
                within,
            ),
            slots,
        )

    def _causes(self, forecast, series, day, actual, plan, said):
        """Manual layer, weather, holidays and model, in kWh of the day's deviation."""
        model = said.get(series.id)
        if model is None:
            return None
        if forecast not in self.weather:
            sums = self.env["energy.series"].union(*(one for one, _p in self.sums))
            self.weather[forecast] = forecast._get_weather_effect(sums)
        moved = self.weather[forecast].get(series.id)
        known = model
        if moved is not None:
            effect = moved[(day - forecast.date_start).days]
            known = model + unfold(effect, self.area.tz, self.minutes, day)
        holiday = day in self.area._get_holidays(day, day) or bool(
            series._get_off_days(day, day)[series.id]
        )
        found = decompose(actual, plan, model, known, np.full(len(actual), holiday))
        return [
            round(float(np.nansum(part)), 6)
            for part in (found.manual, found.weather, found.holiday, found.model)
        ]

    def _portfolio(self, place, nominated, planned):
        for one, _points in self.sums:
            if one.kind == "portfolio" and one.id in place:
                return nominated[place[one.id]]
        return planned.sum(axis=0)

    def _read(self, query, slots):
        """Rows of a day by binary COPY, in the area's resolution.

        :return: ids and (rows, slots) kWh
        """
        reader = _DayRows()
        cr = self.env.cr
        copy = SQL("COPY (%s) TO STDOUT (FORMAT binary)", query)
        cr.copy_expert(cr.mogrify(copy.code, copy.params), reader)
        ids, values = [np.empty(0, np.int64)], [np.empty((0, slots))]
        for table in reader.tables():
            energy = table["energy"]["items"]["value"].astype(float)
            minutes = int(table["resolution"][0])
            if energy.shape[1] * minutes != slots * self.minutes:
                # the day of another time zone cannot be compared
                continue
            ids.append(table["id"].astype(np.int64))
            values.append(resample(energy, minutes, self.minutes))
        return np.concatenate(ids), np.concatenate(values)

    def _get_prices(self, day, slots):
        area = self.area
        spot, short = (
            self._get_price(curve, day, slots)
            for curve in (area.spot_curve_id, area.short_curve_id)
        )
        surplus = (
            self._get_price(area.surplus_curve_id, day, slots)
            if area.surplus_curve_id
            else short
        )
        return Prices(spot, short, surplus)

    def _get_price(self, curve, day, slots):
        """Prices per MWh of a day; NaN where there are none."""
        row = self.env.execute_query(
            SQL(
                "SELECT resolution, energy FROM energy_curve_day"
                " WHERE curve_id = %s AND day = %s AND is_current",
                curve.id,
                day,
            )
        )
        if not row:
            return np.full(slots, np.nan)
        minutes, values = row[0][0], np.array(row[0][1], dtype=float) * 1000
        if minutes > self.minutes:
            values = np.repeat(values, minutes // self.minutes)
        elif minutes < self.minutes:
            values = values.reshape(-1, self.minutes // minutes).mean(axis=1)
        return values if len(values) == slots else np.full(slots, np.nan)

    def _lines(self, day, who, figures, shared, causes=None):
        """Rows of COPY: who of each, columns of `_figures`, shares in units."""
        *numbers, cost, extra = figures
        start = self.settlement.id
        end = "\t".join(map(_text, causes or (None,) * 4))
        amounts = zip(*map(_amounts, (cost, extra, shared)), strict=True)
        return [
            f"{start}\t{_text(series)}\t{_text(point)}\t{kind}\t{day}\t"
            + "\t".join(map(str, row))
            + f"\t{a}\t{b}\t{c}\t{end}\n"
            for (series, point, kind), row, (a, b, c) in zip(
                who, zip(*numbers, strict=True), amounts, strict=True
            )
        ]

    def _copy(self, lines):
        cr = self.env.cr
        copy = SQL("COPY energy_imbalance (%s) FROM STDIN", names(COLUMNS))
        cr.copy_expert(cr.mogrify(copy.code, copy.params), io.StringIO("".join(lines)))


def _text(value):
    return r"\N" if value is None else str(value)


def _amounts(units):
    """Whole units of an amount as exact decimal text, without a Decimal for each."""
    parts = [("-" if u < 0 else "", *divmod(abs(int(u)), UNITS)) for u in units]
    return [f"{sign}{whole}.{part:0{DIGITS}d}" for sign, whole, part in parts]


def _figures(actual, planned, deviation, cost, extra, unpriced):
    """Sums of the intervals of each row: a list of each column, in their order."""
    settled = np.isfinite(deviation)
    moved = np.where(settled, deviation, 0.0)
    size = np.abs(moved)
    energy = np.where(settled, actual, 0.0)
    some = energy != 0
    ape = np.divide(size, np.abs(energy), out=np.zeros_like(size), where=some)
    net, whole = moved.sum(1), size.sum(1)
    return [
        energy.sum(1).round(6).tolist(),
        np.where(settled, planned, 0).sum(1).round(6).tolist(),
        net.round(6).tolist(),
        whole.round(6).tolist(),
        ((whole + net) / 2).round(6).tolist(),
        ((whole - net) / 2).round(6).tolist(),
        ape.sum(1).tolist(),
        some.sum(1).tolist(),
        settled.sum(1).tolist(),
        unpriced.sum(1).tolist(),
        cost.sum(1).tolist(),
        extra.sum(1).tolist(),
    ]


class _DayRows:
    """Takes the rows of a binary COPY, by the number of their values."""

    HEAD = 2 + 8 + 8 + 8 + 4 + 20

    def __init__(self):
        self._rows = {}

    def write(self, data):  # pylint: disable=method-required-super
        if data.startswith(COPY_HEADER):
            data = data[len(COPY_HEADER) :]
        if len(data) > self.HEAD:
            self._rows.setdefault(len(data), []).append(bytes(data))

    def tables(self):
        for size, rows in self._rows.items():
            yield np.frombuffer(b"".join(rows), _row_type((size - self.HEAD) // 12))
