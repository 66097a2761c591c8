import io
import math
from contextlib import contextmanager

import numpy as np

from odoo import api, models
from odoo.tools import SQL

from ..copy_binary import (
    FLOAT8,
    HEADER,
    INT2,
    POSTGRES_EPOCH,
    TRAILER,
    array_type,
    fill_array,
)
from ..market.tables import parse_intervals
from .energy_import import ImportResult, Report

INCOMING = "energy_interval_incoming"


class EnergyImportIntervals(models.AbstractModel):
    """Interval values of a table.

    Chunks go by binary COPY into a temporary table; what is new or changed is then
    taken over as a whole.
    """

    _name = "energy.import.intervals"
    _inherit = "energy.import"
    _description = "Import of Intervals"

    @api.model
    def _import(self, message, fileobj):
        parsed = parse_intervals(message.profile_id._to_table_profile(), fileobj)
        with self._loading(message.profile_id) as loader:
            for chunk in parsed:
                loader.load(chunk, message)
            loader.drop_days(parsed.bad_days)
            result = loader.store([message])[message.id]
        result.findings = parsed.findings + result.findings
        result.counts["row_count"] = parsed.rows_read
        result.counts["value_count"] = parsed.values_kept
        return result

    @contextmanager
    def _loading(self, profile):
        """A loader of chunks with its temporary table."""
        self._create_incoming()
        yield _Loader(self, profile, Report())
        self.env.cr.execute(SQL("DROP TABLE %s", SQL.identifier(INCOMING)))

    @api.model
    def _create_incoming(self):
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE %s (
                    message_id int4 NOT NULL,
                    point_id int4 NOT NULL,
                    day date NOT NULL,
                    channel_id int4 NOT NULL,
                    resolution int4 NOT NULL,
                    total float8,
                    peak float8,
                    missing_count int4 NOT NULL,
                    energy float8[] NOT NULL,
                    quality int2[]
                ) ON COMMIT DROP
                """,
                SQL.identifier(INCOMING),
            )
        )


class _Loader:
    """Checks chunks of the parser and copies them into the temporary table."""

    def __init__(self, importer, profile, report):
        self.importer = importer
        self.env = importer.env
        self.cr = importer.env.cr
        self.profile = profile
        self.report = report
        self.kinds = importer._get_kinds()
        self.points = {}
        self.usable = {}
        self.message_of = {}
        self.factor = profile.capacity_factor

    def load(self, chunk, message):
        """Copy the usable day-rows of a chunk; a point comes in one message only."""
        unknown = set(chunk.points) - self.points.keys()
        if unknown:
            found = self.importer._get_points(self.profile, unknown)
            self.points |= {code: found.get(code) for code in unknown}
            self.message_of |= dict.fromkeys(unknown, message.id)
        usable = np.fromiter(
            map(self._check_row, chunk.points, chunk.channels, chunk.rows),
            bool,
            len(chunk),
        )
        # a row without any value is a day that was not delivered
        usable &= ~np.isnan(chunk.values).all(axis=1)
        with np.errstate(invalid="ignore"):
            power = np.fmax.reduce(chunk.values, axis=1) * 60 / chunk.minutes
        self._check_power(chunk, power, usable)
        if not usable.any():
            return
        columns = {
            "message_id": [message.id] * len(chunk),
            "point_id": [self._point_id(code) for code in chunk.points],
            "day": [day.toordinal() - POSTGRES_EPOCH for day in chunk.days],
            "channel_id": [self._kind_id(code) for code in chunk.channels],
        }
        measured = np.ones(len(chunk), bool)
        if chunk.quality is not None:
            measured = ~chunk.quality.any(axis=1)
        for rows, quality in (
            (usable & measured, None),
            (usable & ~measured, chunk.quality),
        ):
            if rows.any():
                self._copy(chunk, columns, power, rows, quality)

    def drop_days(self, bad_days):
        """Take days out again that a later row of the file contradicted."""
        keys = [
            (self.points[code].id, self.kinds[channel].id, day)
            for code, channel, day in bad_days
            if self.points.get(code) and channel in self.kinds
        ]
        if keys:
            point_ids, kind_ids, days = map(list, zip(*keys, strict=True))
            self.cr.execute(
                SQL(
                    """
                    DELETE FROM %s n
                     USING unnest(%s::int4[], %s::int4[], %s::date[])
                           AS bad(point_id, channel_id, day)
                     WHERE (n.point_id, n.channel_id, n.day)
                         = (bad.point_id, bad.channel_id, bad.day)
                    """,
                    SQL.identifier(INCOMING),
                    point_ids,
                    kind_ids,
                    days,
                )
            )

    def store(self, messages):
        """Take over what was loaded.

        :param messages: list of energy.message the chunks came from
        :return: ``{message id: ImportResult}``
        """
        self.cr.execute(SQL("ANALYZE %s", SQL.identifier(INCOMING)))
        results = {message.id: ImportResult([], {}, _no_days()) for message in messages}
        for message_id, rows, points, values, start, end in self.env.execute_query(
            SQL(
                """
                SELECT message_id, count(*), count(DISTINCT point_id),
                       sum(cardinality(energy)), min(day), max(day)
                  FROM %s GROUP BY message_id
                """,
                SQL.identifier(INCOMING),
            )
        ):
            results[message_id].counts |= {
                "row_count": rows,
                "point_count": points,
                "unchanged_count": rows,
                "value_count": values,
                "date_start": start,
                "date_end": end,
            }
        for message_id, point, first, last, new, replaced in self.env[
            "energy.interval"
        ]._upsert_from(INCOMING):
            result = results[message_id]
            result.changes[point] = (first, last)
            result.counts["new_count"] += new
            result.counts["replaced_count"] += replaced
            result.counts["unchanged_count"] -= new + replaced
        for finding in self.report.findings:
            results[self.message_of[finding.point]].findings.append(finding)
        return results

    def _check_row(self, code, channel, row):
        """Whether rows of a point and channel can be used; told once."""
        key = (code, channel)
        if key not in self.usable:
            self.usable[key] = self._check_key(code, channel, row)
        return self.usable[key]

    def _check_key(self, code, channel, row):
        point = self.points[code]
        if not self.importer._check_point(self.profile, self.report, code, point, row):
            return False
        if channel not in self.kinds:
            self.report.error("register_unknown", code, row, once=True, value=channel)
            return False
        if point.measurement != "interval":
            self.report.warning("point_not_interval", code, row, once=True)
        return True

    def _check_power(self, chunk, power, usable):
        """Take days out on which more flowed than the connection can carry."""
        if not self.factor:
            return
        capacity = np.array(
            [
                point.capacity if point else 0
                for point in map(self.points.get, chunk.points)
            ]
        )
        over = usable & (capacity > 0) & (power > capacity * self.factor)
        for i in np.flatnonzero(over):
            usable[i] = False
            self.report.error(
                "impossible_value",
                chunk.points[i],
                chunk.rows[i],
                day=chunk.days[i].isoformat(),
                value=f"{power[i]:.3f}",
                capacity=f"{capacity[i]:g}",
            )

    def _point_id(self, code):
        point = self.points[code]
        return point.id if point else 0

    def _kind_id(self, code):
        kind = self.kinds.get(code)
        return kind.id if kind else 0

    def _copy(self, chunk, columns, power, rows, quality):
        """COPY some rows of a chunk in Postgres' binary format."""
        values = chunk.values[rows]
        missing = np.isnan(values)
        present = np.where(missing, 0.0, values) if missing.any() else values
        data = np.zeros(len(values), _row_type(chunk.slots, quality is not None))
        for name in data.dtype.names:
            constant = _CONSTANTS.get(name)
            if constant is not None:
                data[name] = constant
        for name, column in columns.items():
            data[name] = np.array(column)[rows]
        data["resolution"] = chunk.minutes
        # the exact sum, rounded once
        data["total"] = [round(math.fsum(row), 6) for row in present.tolist()]
        data["peak"] = power[rows]
        data["missing_count"] = missing.sum(axis=1)
        fill_array(data["energy"], FLOAT8, 8, values)
        if quality is None:
            data["quality"] = -1
        else:
            fill_array(data["quality"], INT2, 2, quality[rows])
        stream = io.BytesIO(HEADER + data.tobytes() + TRAILER)
        self.cr.copy_expert(
            SQL("COPY %s FROM STDIN (FORMAT binary)", SQL.identifier(INCOMING)).code,
            stream,
        )


def _no_days():
    return {
        "row_count": 0,
        "point_count": 0,
        "new_count": 0,
        "replaced_count": 0,
        "unchanged_count": 0,
        "value_count": 0,
        "date_start": False,
        "date_end": False,
    }


_SCALARS = {
    "message_id": ">i4",
    "point_id": ">i4",
    "day": ">i4",
    "channel_id": ">i4",
    "resolution": ">i4",
    "total": ">f8",
    "peak": ">f8",
    "missing_count": ">i4",
}
"""Columns of the temporary table before the arrays, as numpy types."""

_CONSTANTS = {"field_count": len(_SCALARS) + 2} | {
    f"{name}_bytes": np.dtype(kind).itemsize for name, kind in _SCALARS.items()
}


def _row_type(slots, with_quality):
    """The numpy type of one row in COPY's binary format."""
    fields = [("field_count", ">i2")]
    for name, kind in _SCALARS.items():
        fields += [(f"{name}_bytes", ">i4"), (name, kind)]
    fields.append(("energy", array_type(slots, ">f8")))
    fields.append(("quality", array_type(slots, ">i2") if with_quality else ">i4"))
    return np.dtype(fields)
