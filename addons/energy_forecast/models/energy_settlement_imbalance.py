"""Deviation and cost of a settlement, day by day in arrays of all points."""

import io
import struct
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.energy_billing.bulk import names
from odoo.addons.energy_billing.copy_binary import (
    HEADER,
    POSTGRES_EPOCH,
    TRAILER,
    array_type,
    numeric,
    pack,
)

from ..forecasting import resample, slot_count, unfold
from ..settlement import Prices, decompose, price_intervals, share
from ..settlement.imbalance import UNIT

AMOUNT = len(str(int(UNIT))) - 1
"""Decimals of an amount: its units are whole numbers of 10^-AMOUNT."""
ENERGY = 6
"""Decimals of kWh."""

WHO = "settlement_id series_id point_id kind day".split()
MEASURES = (
    "actual nominated net absolute shortage surplus ape_sum ape_count interval_count"
    " unpriced_count cost extra shared_cost"
).split()
CAUSES = "cause_manual cause_weather cause_holiday cause_model".split()
COLUMNS = WHO + MEASURES + CAUSES


class EnergySettlement(models.Model):
    _inherit = "energy.settlement"

    def _calculate(self):
        """Store the imbalance of every day anew; versions of the same days together.

        :raises UserError: without a nominated forecast or prices
        """
        for key, settlements in self.grouped(
            lambda one: (one.area_id, one.date_start, one.date_end)
        ).items():
            settlements._calculate_days(*key)

    def _calculate_days(self, area, first, last):
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
                ("date_start", "<=", last),
                ("date_end", ">=", first),
            ]
        )
        if not forecasts:
            raise UserError(
                self.env._(
                    "No forecast of %(start)s – %(end)s is nominated, so there is "
                    "nothing to compare with.",
                    start=first,
                    end=last,
                )
            )
        self.env.cr.execute(
            SQL("DELETE FROM energy_imbalance WHERE settlement_id = ANY(%s)", self.ids)
        )
        work = _Work(area, forecasts, first, last)
        missing, unpriced = [], dict.fromkeys(self, 0)
        with ThreadPoolExecutor(1) as pool:
            # one is compared while the database writes the one before
            waiting = deque()
            for offset in range((last - first).days + 1):
                day = first + timedelta(days=offset)
                plan = work.get_plan(day)
                if not plan:
                    missing.append(str(day))
                    continue
                for settlement in self:
                    ids, actual = work.get_settled(settlement, plan)
                    if not len(ids):
                        continue
                    compared = pool.submit(
                        work.compare, settlement.id, plan, ids, actual
                    )
                    waiting.append((settlement, plan, ids, actual, compared))
                    if len(waiting) > 1:
                        done = waiting.popleft()
                        unpriced[done[0]] += work.store(*done)
            for done in waiting:
                unpriced[done[0]] += work.store(*done)
        self.env["energy.imbalance"].invalidate_model()
        done = {"state": "done", "missing_days": ", ".join(missing) or False}
        for count, some in self.grouped(unpriced.get).items():
            some.sudo().write({**done, "unpriced_count": count})


@dataclass(frozen=True)
class _Plan:
    """What is nominated on a day, and what a deviation costs.

    :param nominated: _Lookup of (slots,) kWh by series id
    """

    forecast: models.Model
    day: date
    slots: int
    nominated: "_Lookup"
    prices: Prices


class _Work:
    """What stays the same from day to day."""

    def __init__(self, area, forecasts, first, last):
        self.env = area.env
        self.area, self.forecasts = area, forecasts
        self.minutes = area._get_minutes()
        self.sums = self.env["energy.series"].search(
            [("area_id", "=", area.id), ("kind", "!=", "point")]
        )
        portfolio = self.sums.filtered(lambda one: one.kind == "portfolio")
        self.portfolio_id = portfolio[:1].id
        self.members = _Members([one._get_points().ids for one in self.sums])
        self.off_days = self.sums._get_off_days(first, last)
        rows = self.env.execute_query(
            SQL(
                "SELECT point_id, id FROM energy_series"
                " WHERE area_id = %s AND kind = 'point'",
                area.id,
            )
        )
        points, ids = np.array(rows, dtype=np.int64).reshape(-1, 2).T
        self.series_of_points = _Lookup(points, ids)
        self.weather = {}
        for model in ("energy.settlement.day", "energy.forecast.day"):
            self.env[model].flush_model()

    def get_plan(self, day):
        """:return: _Plan, None where no forecast of the day is nominated"""
        forecast = self.forecasts.filtered(lambda f: f.date_start <= day <= f.date_end)[
            :1
        ]
        if not forecast:
            return None
        slots = slot_count(self.area.tz, self.minutes, day)
        ids, values = self._read_forecast(forecast, day, "adjusted", slots)
        # a point that was not forecast has nothing nominated
        nominated = _Lookup(ids, values)
        return _Plan(forecast, day, slots, nominated, self._get_prices(day, slots))

    def get_settled(self, settlement, plan):
        """:return: (points,) ids and (points, slots) kWh of a settled day"""
        return self._read(
            SQL(
                "SELECT point_id AS id, resolution, energy FROM energy_settlement_day"
                " WHERE settlement_id = %s AND day = %s",
                settlement.id,
                plan.day,
            ),
            plan.slots,
        )

    def compare(self, settlement_id, plan, ids, actual):
        """Deviation and cost of the points; without the database, in another thread.

        :return: _Compared
        """
        series_of = self.series_of_points.get(ids)
        planned = plan.nominated.get(series_of)
        priced = price_intervals(actual, planned, plan.prices)
        portfolio = plan.nominated.find(self.portfolio_id)
        if portfolio is None:
            portfolio = planned.sum(axis=0)
        whole = price_intervals(np.nansum(actual, axis=0), portfolio, plan.prices)
        shares = share(priced[0], whole[1]).sum(axis=1)
        figures = [*_figures(actual, planned, *priced), shares]
        rows = []
        # the index of a series' rows is short where they lie in its order
        order = np.argsort(series_of)
        known = order[series_of[order] > 0]
        unknown = order[series_of[order] == 0]
        # a column is NULL in all rows of a COPY or in none
        for some, series in ((known, series_of[known]), (unknown, None)):
            if len(some):
                rows.append(
                    _rows(
                        settlement_id,
                        plan.day,
                        series,
                        ids[some],
                        "point",
                        [column[some] for column in figures],
                    )
                )
        return _Compared(planned, shares, int(whole[3].sum()), rows)

    def store(self, settlement, plan, ids, actual, compared):
        """Store the rows of a day.

        :param compared: of :meth:`compare`, to come
        :return: number of intervals of the portfolio without a price
        """
        result = compared.result()
        for rows in result.rows:
            self._copy(rows)
        self._store_sums(settlement, plan, ids, actual, result.planned, result.shares)
        return result.unpriced

    def _store_sums(self, settlement, plan, ids, actual, planned, shares):
        """Store customers, groups and the portfolio that have points on a day.

        :param ids: (points,) ids of settled points
        :param actual: (points, slots) kWh
        :param planned: (points, slots) kWh
        :param shares: (points,) of the portfolio's cost in units
        """
        numbers, add = self.members.of(ids)
        if not len(numbers):
            return
        sums = self.sums.browse([self.sums.ids[n] for n in numbers])
        total, wanted, shared = map(add, (np.nan_to_num(actual), planned, shares))
        for row, one in zip(wanted, sums, strict=True):
            own = plan.nominated.find(one.id)
            if own is not None:
                row[:] = own
        priced = price_intervals(total, wanted, plan.prices)
        figures = [*_figures(total, wanted, *priced), shared]
        causes, known = self._causes(plan, sums, total, wanted)
        series_ids = np.array(sums.ids)
        kinds = np.array(sums.mapped("kind"))
        for kind in set(kinds.tolist()):
            for with_causes in (True, False):
                some = (kinds == kind) & (known == with_causes)
                if some.any():
                    self._copy(
                        _rows(
                            settlement.id,
                            plan.day,
                            series_ids[some],
                            None,
                            kind,
                            [column[some] for column in figures],
                            [part[some] for part in causes] if with_causes else None,
                        )
                    )

    def _read_forecast(self, forecast, day, layer, slots, sums=False):
        """Rows of a nominated day; with `sums` of customers and groups alone."""
        within = SQL("TRUE")
        if sums:
            within = SQL("series_id = ANY(%s)", self.sums.ids)
        return self._read(
            SQL(
                "SELECT series_id AS id, resolution, %s AS energy"
                " FROM energy_forecast_day"
                " WHERE forecast_id = %s AND day = %s AND %s IS NOT NULL AND %s",
                SQL.identifier(layer),
                forecast.id,
                day,
                SQL.identifier(layer),
                within,
            ),
            slots,
        )

    def _causes(self, plan, sums, actual, wanted):
        """Manual layer, weather, holidays and model of some series' deviations.

        :return: (rows,) kWh of the day for each of CAUSES, and (rows,) bool: the
            forecast says what the model said, so that causes are known
        """
        forecast, day = plan.forecast, plan.day
        said = dict(
            zip(
                *self._read_forecast(forecast, day, "energy", plan.slots, sums=True),
                strict=True,
            )
        )
        nothing = np.full(plan.slots, np.nan)
        model = np.array([said.get(one.id, nothing) for one in sums])
        if forecast not in self.weather:
            self.weather[forecast] = forecast._get_weather_effect(self.sums)
        moved = self.weather[forecast]
        with_weather = model.copy()
        offset = (day - forecast.date_start).days
        for row, one in zip(with_weather, sums, strict=True):
            if one.id in moved:
                row += unfold(moved[one.id][offset], self.area.tz, self.minutes, day)
        is_holiday = day in self.area._get_holidays(day, day)
        off = [is_holiday or day in self.off_days[one.id] for one in sums]
        found = decompose(actual, wanted, model, with_weather, np.array(off)[:, None])
        parts = (found.manual, found.weather, found.holiday, found.model)
        return (
            [np.nansum(part, axis=1) for part in parts],
            np.array([one.id in said for one in sums]),
        )

    def _read(self, query, slots):
        """Rows of a day, in the area's resolution.

        :param SQL query: rows of id, resolution, energy
        :return: ids and (rows, slots) kWh
        """
        # all rows as one value: a call of Python for each would take as long as the
        # reading
        copy = SQL(
            """
            COPY (SELECT int4send(resolution) || int4send(cardinality(energy))
                         || string_agg(int4send(id) || array_send(energy), ''::bytea)
                    FROM (%s) rows
                GROUP BY resolution, cardinality(energy))
              TO STDOUT (FORMAT binary)
            """,
            query,
        )
        cr, tables = self.env.cr, _Tables()
        cr.copy_expert(cr.mogrify(copy.code, copy.params), tables)
        found = [
            (ids, resample(energy, minutes, self.minutes))
            for minutes, ids, energy in tables.get_all()
            # the day of another time zone cannot be compared
            if energy.shape[1] * minutes == slots * self.minutes
        ]
        if not found:
            return np.empty(0, np.int64), np.empty((0, slots))
        if len(found) == 1:
            return found[0]
        ids, values = zip(*found, strict=True)
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

    def _copy(self, rows):
        cr = self.env.cr
        copy = SQL(
            "COPY energy_imbalance (%s) FROM STDIN (FORMAT binary)", names(COLUMNS)
        )
        cr.copy_expert(cr.mogrify(copy.code, copy.params), io.BytesIO(rows))


@dataclass(frozen=True)
class _Compared:
    """What the points of a day deviate.

    :param planned: (points, slots) kWh
    :param shares: (points,) of the portfolio's cost in units
    :param unpriced: intervals of the portfolio without a price
    :param rows: bytes to copy
    """

    planned: np.ndarray
    shares: np.ndarray
    unpriced: int
    rows: list


def _rows(settlement_id, day, series_ids, point_ids, kind, figures, causes=None):
    """Rows of a day for COPY.

    :param series_ids: (rows,) ids, None where the rows have none
    :param point_ids: the same
    :param figures: (rows,) for each of MEASURES, amounts in units
    :param causes: (rows,) kWh for each of CAUSES, None where unknown
    """
    count = len(figures[0])
    *energies, ape, apes, intervals, unpriced, cost, extra, shared = figures
    return pack(
        count,
        [
            np.full(count, settlement_id, np.int32),
            None if series_ids is None else series_ids.astype(np.int32),
            None if point_ids is None else point_ids.astype(np.int32),
            kind.encode(),
            np.full(count, day.toordinal() - POSTGRES_EPOCH, np.int32),
            *map(_energy, energies),
            ape,
            *(number.astype(np.int32) for number in (apes, intervals, unpriced)),
            *(numeric(units, AMOUNT) for units in (cost, extra, shared)),
            *(map(_energy, causes) if causes else [None] * len(CAUSES)),
        ],
    )


class _Lookup:
    """Values by id, for thousands of ids at once."""

    def __init__(self, ids, values):
        """:param ids: (rows,), each once; :param values: (rows, …)"""
        self._order = np.argsort(ids)
        self._ids = ids[self._order]
        self._values = values

    def get(self, ids):
        """:return: (ids, …) values, 0 where there is none"""
        if not len(self._ids):
            return np.zeros((len(ids), *self._values.shape[1:]), self._values.dtype)
        place = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        found = self._values[self._order[place]]
        found[self._ids[place] != ids] = 0
        return found

    def find(self, one):
        """The value of one id, None where there is none."""
        place = np.searchsorted(self._ids, one or 0)
        if place < len(self._ids) and self._ids[place] == one:
            return self._values[self._order[place]]
        return None


class _Members:
    """Which points belong to which sums."""

    def __init__(self, points):
        """:param points: ids of the points of each sum"""
        self._sum = np.repeat(np.arange(len(points)), [len(some) for some in points])
        self._point = np.array([i for some in points for i in some], dtype=np.int64)

    def of(self, ids):
        """Sums of some points.

        :param ids: (points,) whose values are known
        :return: numbers of the sums that have one of them, and what adds up rows of
            the points to rows of these sums
        """
        order = np.argsort(ids)
        place = np.searchsorted(ids, self._point, sorter=order)
        rows = order[np.minimum(place, len(ids) - 1)]
        present = ids[rows] == self._point
        rows = rows[present]
        numbers, starts = np.unique(self._sum[present], return_index=True)

        def add(values):
            return np.add.reduceat(values[rows], starts, axis=0)

        return numbers, add


def _energy(values):
    return numeric(np.rint(np.asarray(values) * 10**ENERGY), ENERGY)


def _figures(actual, planned, deviation, cost, extra, unpriced):
    """Sums of the intervals of each row: (rows,) for each of MEASURES but the last."""
    settled = np.isfinite(deviation)
    moved = np.where(settled, deviation, 0.0)
    size = np.abs(moved)
    energy = np.where(settled, actual, 0.0)
    some = energy != 0
    ape = np.divide(size, np.abs(energy), out=np.zeros_like(size), where=some)
    net, whole = moved.sum(1), size.sum(1)
    return [
        energy.sum(1),
        np.where(settled, planned, 0).sum(1),
        net,
        whole,
        (whole + net) / 2,
        (whole - net) / 2,
        ape.sum(1),
        some.sum(1),
        settled.sum(1),
        unpriced.sum(1),
        cost.sum(1),
        extra.sum(1),
    ]


class _Tables:
    """Takes the values of :meth:`_Work._read`."""

    HEAD = struct.Struct(">hiii")

    def __init__(self):
        self._values = []

    def write(self, data):  # pylint: disable=method-required-super
        if data.startswith(HEADER):
            data = data[len(HEADER) :]
        if data != TRAILER:
            self._values.append(bytes(data))

    def get_all(self):
        """:return: minutes, (rows,) ids, (rows, slots) kWh of each kind of rows"""
        for value in self._values:
            _fields, _size, minutes, slots = self.HEAD.unpack_from(value)
            kind = np.dtype(
                [("id", ">i4"), ("energy", array_type(slots, ">f8").descr[1:])]
            )
            table = np.frombuffer(value, kind, offset=self.HEAD.size)
            yield (
                minutes,
                table["id"].astype(np.int64),
                table["energy"]["items"]["value"].astype(float),
            )
