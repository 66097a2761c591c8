from collections import defaultdict
from datetime import date, timedelta

import numpy as np

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.energy_billing.copy_binary import (
    HEADER,
    POSTGRES_EPOCH,
    array_type,
)

from ..forecasting import (
    Days,
    find_outliers,
    fold,
    resample,
    typical_profile,
)
from ..forecasting.clean import quiet_mean
from ..forecasting.errors import ForecastError

YEAR_DAYS = 400
AT_ONCE = 1000
"""Points whose histories are in memory at the same time."""


class EnergyHistory(models.AbstractModel):
    """Measured energy of many points as arrays, for the pure packages."""

    _name = "energy.history"
    _description = "History of Measured Energy"

    @api.model
    def _load_points(self, points, first, count, minutes, zone):
        """Measured energy drawn by points.

        :param points: energy.metering.point, in the order of the answer
        :return: (points, count, slots) kWh by wall clock; NaN where nothing is stored
        """
        self.env["energy.interval"].flush_model()
        query = SQL(
            """
            COPY (SELECT i.point_id, i.day, i.resolution, i.energy
                    FROM energy_interval i
                    JOIN energy_register_kind k ON k.id = i.channel_id
                     AND k.direction = 'import' AND k.quantity_type_id = %s
                   WHERE i.point_id = ANY(%s) AND i.day BETWEEN %s AND %s
                     AND i.energy IS NOT NULL)
              TO STDOUT (FORMAT binary)
            """,
            self.env.ref("energy_billing.quantity_type_energy").id,
            points.ids,
            first,
            first + timedelta(days=count - 1),
        )
        return self._copy(query, points.ids, first, count, minutes, zone)

    @api.model
    def _copy(self, query, ids, first, count, minutes, zone):
        """Read day rows by binary COPY: a tenth of the time of rows of Python floats.

        :param query: COPY of id, day, resolution and values to STDOUT in binary
        """
        self.env["energy.interval"].check_access("read")
        rows = _Rows(ids, first, count, minutes, zone)
        cr = self.env.cr
        cr.copy_expert(cr.mogrify(query.code, query.params), rows)
        return rows.result()

    @api.model
    def _load(self, series, first, count):
        """Histories of series of one market area, cleaned as people said.

        :return: (series, count, slots) kWh by wall clock
        """
        area = series.area_id
        minutes, zone = area._get_minutes(), area.tz
        single = {s.point_id.id: n for n, s in enumerate(series) if s.kind == "point"}
        sums = {
            number: set(one._get_points().ids)
            for number, one in enumerate(series)
            if one.kind != "point"
        }
        ids = sorted(set(single).union(*sums.values()))
        found = np.full((len(series), count, 1440 // minutes), np.nan)
        totals = {number: _Sum(found.shape[1:]) for number in sums}
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            points = self.env["energy.metering.point"].browse(part)
            measured = self._load_points(points, first, count, minutes, zone)
            own = [row for row, point_id in enumerate(part) if point_id in single]
            found[[single[part[row]] for row in own]] = measured[own]
            for number, members in sums.items():
                rows = [row for row, point_id in enumerate(part) if point_id in members]
                if rows:
                    totals[number].add(measured[rows])
        for number, total in totals.items():
            found[number] = total.result()
        self._clean(series, found, first, count)
        return found

    @api.model
    def _clean(self, series, values, first, count):
        """Take out what people took out, in place."""
        place = {s.id: number for number, s in enumerate(series)}
        slots = values.shape[2]
        hours = np.arange(slots) * 24 / slots
        rows = self.env["energy.series.cleaning"].search(
            [("series_id", "in", series.ids)], order="id"
        )
        for row in rows:
            begin = max((row.date_start - first).days, 0)
            end = min((row.date_end - first).days + 1, count)
            within = (hours >= row.hour_start) & (hours < row.hour_end)
            new = np.nan if row.method == "exclude" else row.value * 24 / slots
            part = values[place[row.series_id.id], max(begin, 0) : max(end, 0)]
            part[:, within] = new

    @api.model
    def _get_days(self, series, first, count, known):
        """What is known of days: holidays, own shutdowns, weather, contracts.

        :param known: number of days whose measured weather may be used
        :return: forecasting.Days
        """
        area, last = series.area_id, first + timedelta(days=count - 1)
        slots = 1440 // area._get_minutes()
        holiday = np.zeros(count, dtype=bool)
        for day in area._get_holidays(first, last):
            holiday[(day - first).days] = True
        own = series._get_off_days(first, last)
        if any(own.values()):
            holiday = np.repeat(holiday[None], len(series), axis=0)
            for number, one in enumerate(series):
                for day in own[one.id]:
                    holiday[number, (day - first).days] = True
        return Days(
            first,
            holiday,
            self._get_temperature(series, first, count, slots, known),
            self._get_supplied(series, first, count),
        )

    @api.model
    def _get_temperature(self, series, first, count, slots, known):
        stations = [s.weather_id or s.area_id.weather_id for s in series]
        found = {
            station: station._get_temperature(first, count, slots, known)
            for station in set(stations)
            if station
        }
        usable = [found.get(station) for station in stations]
        if not usable or all(values is None for values in usable):
            return None
        if len(found) == 1 and all(values is not None for values in usable):
            return usable[0]
        # a place without data is as warm as the others on the mean
        mean = np.mean([v for v in found.values() if v is not None], axis=0)
        return np.stack([mean if v is None else v for v in usable])

    @api.model
    def _get_supplied(self, series, first, count):
        """Days within a contract of each point; always where there is none."""
        points = series.filtered(lambda s: s.kind == "point").point_id
        self.env["billing.agreement"].flush_model()
        rows = self.env.execute_query(
            SQL(
                "SELECT point_id, date_start, date_end FROM billing_agreement"
                " WHERE point_id = ANY(%s) AND active IS NOT FALSE",
                points.ids,
            )
        )
        if not rows:
            return None
        spans = defaultdict(list)
        for point_id, start, end in rows:
            begin = (start - first).days if start else 0
            stop = (end - first).days + 1 if end else count
            spans[point_id].append((max(begin, 0), max(min(stop, count), 0)))
        supplied = np.ones((len(series), count), dtype=bool)
        for number, one in enumerate(series):
            if one.kind == "point" and spans.get(one.point_id.id):
                supplied[number] = False
                for begin, stop in spans[one.point_id.id]:
                    supplied[number, begin:stop] = True
        return supplied

    @api.model
    def _get_profile(self, series, days, slots):
        """Shares of a year from the series' load profiles; None without any."""
        curves = [s.curve_id or s.point_id.curve_id for s in series]
        if not any(curves):
            return None
        found = np.broadcast_to(
            typical_profile(days, slots), (len(series), days.count, slots)
        ).copy()
        last = days.first + timedelta(days=days.count - 1)
        for curve in set(filter(None, curves)):
            shares = self._get_shares(curve, days.first, last, slots)
            if shares is not None:
                rows = [n for n, own in enumerate(curves) if own == curve]
                found[rows] = shares
        return found

    @api.model
    def _get_shares(self, curve, first, last, slots):
        """A curve's days as shares of a year; a missing day is that of a year ago."""
        minutes = 1440 // slots
        zone = self.env.company.partner_id.tz or "UTC"
        count = (last - first).days + 1
        stored = {}
        for day, resolution, energy in self.env.execute_query(
            SQL(
                "SELECT day, resolution, energy FROM energy_curve_day"
                " WHERE is_current AND curve_id = %s",
                curve.id,
            )
        ):
            values = np.nan_to_num(np.array(energy, dtype=float))
            try:
                folded = fold(values, zone, resolution, day)
            except ForecastError:
                width = 1440 // resolution
                folded = np.resize(values, width)
            stored[day] = resample(folded, resolution, minutes)
        if not stored:
            return None
        mean = np.mean([day.sum() for day in stored.values()]) * 365.25
        found = np.empty((count, slots))
        usual = np.mean(list(stored.values()), axis=0)
        for number in range(count):
            day = first + timedelta(days=number)
            values = stored.get(day, stored.get(day - timedelta(days=364), usual))
            found[number] = values
        return found / mean if mean > 0 else None

    @api.model
    def _mark(self, values):
        """What is wrong with a history: gaps and outliers.

        :return: bool arrays of the shape of `values`
        """
        return np.isnan(values), find_outliers(values)


class _Rows:
    """Takes the rows of a binary COPY and lays them into an array by wall clock."""

    HEAD = 2 + 8 + 8 + 8 + 4 + 20

    def __init__(self, ids, first, count, minutes, zone):
        self._ids = np.array(ids, dtype=np.int64)
        self._order = np.argsort(self._ids)
        self._first, self._minutes, self._zone = first, minutes, zone
        self._found = np.full((len(ids), count, 1440 // minutes), np.nan)
        self._rows = defaultdict(list)

    def write(self, data):  # pylint: disable=method-required-super
        if data.startswith(HEADER):
            data = data[len(HEADER) :]
        if len(data) > self.HEAD:
            self._rows[len(data)].append(bytes(data))

    def result(self):
        for size, rows in self._rows.items():
            slots = (size - self.HEAD) // 12
            table = np.frombuffer(b"".join(rows), _row_type(slots))
            values = table["energy"]["items"]["value"].astype(float)
            days = table["day"].astype(np.int64) + POSTGRES_EPOCH
            places = np.searchsorted(
                self._ids, table["id"].astype(np.int64), sorter=self._order
            )
            self._add(
                self._order[places],
                days - self._first.toordinal(),
                table["resolution"].astype(int),
                values,
            )
        return self._found

    def _add(self, places, days, resolutions, values):
        for resolution in np.unique(resolutions):
            some = resolutions == resolution
            if values.shape[1] * resolution == 1440:
                self._lay(places[some], days[some], values[some], int(resolution))
                continue
            for number in np.unique(days[some]):
                here = some & (days == number)
                day = date.fromordinal(int(number) + self._first.toordinal())
                try:
                    folded = fold(values[here], self._zone, int(resolution), day)
                except ForecastError:
                    # the day of another time zone: what it lacks stays a gap
                    continue
                self._lay(places[here], days[here], folded, int(resolution))

    def _lay(self, places, days, values, resolution):
        self._found[places, days] = resample(values, resolution, self._minutes)


def _row_type(slots):
    return np.dtype(
        [
            ("field_count", ">i2"),
            ("id_bytes", ">i4"),
            ("id", ">i4"),
            ("day_bytes", ">i4"),
            ("day", ">i4"),
            ("resolution_bytes", ">i4"),
            ("resolution", ">i4"),
            ("energy", array_type(slots, ">f8")),
        ]
    )


class _Sum:
    """Sum over points, some at a time; a slot that too many points lack is a gap.

    What few of them lack is estimated from the others, so that a group's history does
    not sink because one point's file is late.
    """

    def __init__(self, shape):
        self._total, self._present = np.zeros(shape), np.zeros(shape)
        self._known, self._whole = np.zeros(shape, dtype=bool), 0.0

    def add(self, values):
        """:param values: (points, days, slots), NaN for missing"""
        there = np.isfinite(values)
        share = np.abs(np.nan_to_num(quiet_mean(values, axis=(1, 2))))
        self._whole += share.sum()
        self._known |= there.any(axis=0)
        self._present += np.tensordot(share, there, axes=1)
        self._total += np.where(there, values, 0.0).sum(axis=0)

    def result(self):
        if self._whole <= 0:
            return np.where(self._known, self._total, np.nan)
        present = self._present / self._whole
        # all are there: no rounding of their shares
        present = np.where(present > 1 - 1e-9, 1.0, present)
        whole = self._total / np.where(present > 0, present, 1)
        return np.where(present >= 0.7, whole, np.nan)
