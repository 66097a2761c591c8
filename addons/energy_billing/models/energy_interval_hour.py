from collections import defaultdict
from datetime import date

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from .energy_import_intervals import COPY_HEADER, POSTGRES_EPOCH, array_type


class EnergyIntervalHour(models.Model):
    """Measured energy by the hour, of whatever resolution it was delivered in."""

    _name = "energy.interval.hour"
    _description = "Measured Hour"
    _auto = False
    _order = "hour desc, point_id"

    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", readonly=True
    )
    network_id = fields.Many2one("energy.network", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    channel_id = fields.Many2one("energy.register.kind", readonly=True)
    day = fields.Date(readonly=True)
    hour = fields.Datetime(readonly=True, help="When the hour begins.")
    hour_of_day = fields.Integer(
        readonly=True,
        aggregator=None,
        help="From 0; the day of clock change in autumn has 25.",
    )
    energy = fields.Float(string="Energy (kWh)", digits="Product Unit", readonly=True)

    @api.depends("point_id", "hour")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.point_id.code or ''} {row.hour or ''}"

    @property
    def _table_query(self):
        self.env["energy.interval"].flush_model()
        return SQL(
            """
            SELECT i.id::bigint * 32 + h.number AS id, i.point_id, p.network_id,
                   i.company_id, i.channel_id, i.day, h.number AS hour_of_day,
                   (i.day::timestamp AT TIME ZONE COALESCE(n.tz, 'UTC')
                    + h.number * interval '1 hour') AT TIME ZONE 'UTC' AS hour,
                   h.energy_sum AS energy
              FROM energy_interval i
              JOIN energy_metering_point p ON p.id = i.point_id
         LEFT JOIN energy_network n ON n.id = p.network_id
        CROSS JOIN LATERAL energy_hours(i.energy, i.resolution) AS h
            """
        )

    def init(self):
        """The function that sums the values of a day by hours.

        Hours are those of elapsed time since local midnight, so a day of clock change
        has 23 or 25; missing values count as nothing.
        """
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION energy_hours(
                    energy float8[], resolution int,
                    OUT number int, OUT energy_sum float8)
                RETURNS SETOF record LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
                    SELECT ((position - 1) * resolution / 60)::int,
                           sum(value) FILTER (WHERE value <> 'NaN')
                      FROM unnest(energy) WITH ORDINALITY AS t(value, position)
                  GROUP BY 1
                $$
                """
            )
        )

    @api.model
    def _sum_portfolio(self, points, first, last):
        """Hourly sums of many points.

        The rows come by binary COPY and are summed by numpy as they come: a fifth of
        the time of unnesting them in the database, in memory that doesn't grow.

        :return: ``[(day, hour of the day from 0, kWh), …]`` of imported energy
        """
        self.env["energy.interval"].flush_model()
        self.check_access("read")
        cr = self.env.cr
        query = SQL(
            """
            COPY (SELECT i.day, i.resolution, i.energy
                    FROM energy_interval i
                    JOIN energy_register_kind k ON k.id = i.channel_id
                     AND k.direction = 'import'
                   WHERE i.point_id = ANY(%s) AND i.day BETWEEN %s AND %s)
              TO STDOUT (FORMAT binary)
            """,
            points.ids,
            first,
            last,
        )
        sums = _HourSums()
        cr.copy_expert(cr.mogrify(query.code, query.params), sums)
        return sums.result()


class _HourSums:
    """Takes the rows of a binary COPY and keeps their sums by day and hour.

    psycopg2 hands over a row in each call, the first with the header before it.
    """

    BLOCK = 4096

    def __init__(self):
        self._rows = defaultdict(list)
        self._sums = {}

    def write(self, data):  # pylint: disable=method-required-super
        if data.startswith(COPY_HEADER):
            data = data[len(COPY_HEADER) :]
        if len(data) <= ROW_HEAD:
            # the end of the stream
            return
        rows = self._rows[len(data)]
        rows.append(bytes(data))
        if len(rows) >= self.BLOCK:
            self._add(len(data))

    def _add(self, size):
        rows = self._rows.pop(size)
        slots = (size - ROW_HEAD) // 12
        found = np.frombuffer(b"".join(rows), _row_type(slots))
        values = np.nan_to_num(found["energy"]["items"]["value"].astype(float))
        keys = found["day"].astype(np.int64) * 10_000 + found["resolution"]
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        totals = np.add.reduceat(values[order], starts, axis=0)
        for key, total in zip(keys[starts].tolist(), totals, strict=True):
            day, minutes = divmod(key, 10_000)
            hours = total.reshape(-1, 60 // minutes).sum(axis=1)
            known = self._sums.get(day)
            if known is None:
                self._sums[day] = hours
            elif len(known) == len(hours):
                known += hours
            else:
                # networks of several time zones change their clocks on other days
                self._sums[day] = _padded(known, hours)

    def result(self):
        for size in list(self._rows):
            self._add(size)
        return [
            (date.fromordinal(POSTGRES_EPOCH + day), hour, round(float(value), 6))
            for day, hours in sorted(self._sums.items())
            for hour, value in enumerate(hours)
        ]


ROW_HEAD = 2 + 8 + 8 + 4 + 20
"""Bytes of a row before the elements of its array: count, two fields, array head."""


def _row_type(slots):
    return np.dtype(
        [
            ("field_count", ">i2"),
            ("day_bytes", ">i4"),
            ("day", ">i4"),
            ("resolution_bytes", ">i4"),
            ("resolution", ">i4"),
            ("energy", array_type(slots, ">f8")),
        ]
    )


def _padded(one, other):
    total = np.zeros(max(len(one), len(other)))
    total[: len(one)] += one
    total[: len(other)] += other
    return total
