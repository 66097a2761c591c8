import hashlib
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np

from odoo import api, fields, models
from odoo.tools import SQL

from ..bulk import as_decimal, as_table
from ..market.substitute import fill_day
from ..market.tables.intervals import IntervalChunk
from ..market.tables.market_days import MarketDays

WEEKS = 4
"""Reference days are the same weekdays of so many weeks before."""
STEP = Decimal("0.001")
"""Estimates are not more exact than that."""
LOOK_BACK = 400
"""Days of measured usage from which an estimate is made."""


class EnergySubstitute(models.AbstractModel):
    """Fills what was not delivered, visibly: the next real value takes its place."""

    _name = "energy.substitute"
    _description = "Substitute Values and Estimates"

    # === Intervals ===

    @api.model
    def _fill_intervals(self, points, first, last):
        """Substitute missing values and days of interval points.

        :return: energy.message that tells what was made, or none when nothing was
        """
        stored = self._get_rows(points, first - timedelta(weeks=WEEKS), last)
        chunks = defaultdict(list)
        for point in points:
            rows = stored.get(point.id, {})
            if not rows:
                continue
            zone = ZoneInfo(point.network_id.tz or "UTC")
            for channel, minutes in sorted({key[1:] for key in rows}):
                days = MarketDays(zone, minutes)
                for offset in range((last - first).days + 1):
                    day = first + timedelta(days=offset)
                    filled = self._fill(rows, day, channel, minutes, days.slots(day))
                    if filled is not None:
                        chunks[minutes, len(filled.values)].append(
                            (point.code, channel, day, filled)
                        )
        if not chunks:
            return self.env["energy.message"]
        return self._store(points, chunks, first, last)

    @api.model
    def _get_rows(self, points, first, last):
        """Stored days: ``{point id: {(day, channel, minutes): (values, quality)}}``"""
        self.env["energy.interval"].flush_model()
        found = defaultdict(dict)
        for point_id, day, channel, minutes, values, quality in self.env.execute_query(
            SQL(
                """
                SELECT i.point_id, i.day, k.code, i.resolution, i.energy, i.quality
                  FROM energy_interval i
                  JOIN energy_register_kind k ON k.id = i.channel_id
                 WHERE i.point_id = ANY(%s) AND i.day BETWEEN %s AND %s
                """,
                points.ids,
                first,
                last,
            )
        ):
            found[point_id][day, channel, minutes] = (
                np.array(values, dtype=float),
                None if quality is None else np.array(quality),
            )
        return found

    @api.model
    def _fill(self, rows, day, channel, minutes, slots):
        """The filled day, None when nothing is missing or nothing can be said."""
        values, quality = rows.get(
            (day, channel, minutes), (np.full(slots, np.nan), None)
        )
        if not np.isnan(values).any():
            return None
        references = [
            rows[key][0]
            for week in range(1, WEEKS + 1)
            if (key := (day - timedelta(weeks=week), channel, minutes)) in rows
        ]
        return fill_day(values, references, quality)

    @api.model
    def _store(self, points, chunks, first, last):
        company = points.company_id[:1]
        now = fields.Datetime.now()
        label = f"{first} – {last}"
        message = self.env["energy.message"].create(
            {
                "name": self.env._("Substitute values %(days)s", days=label),
                "company_id": company.id,
                "state": "processed",
                "processed_on": now,
                "processed_by_id": self.env.uid,
                "content_hash": hashlib.sha256(
                    f"substitute {points.ids} {label} {now}".encode()
                ).hexdigest(),
            }
        )
        rule = self.env["energy.table.profile"].new(
            {"company_id": company.id, "commodity": points[:1].commodity}
        )
        rule.capacity_factor = 0
        with self.env["energy.import.intervals"]._loading(rule) as loader:
            for (minutes, _slots), rows in chunks.items():
                loader.load(
                    IntervalChunk(
                        [row[0] for row in rows],
                        [row[1] for row in rows],
                        [row[2] for row in rows],
                        [0] * len(rows),
                        minutes,
                        np.array([row[3].values for row in rows]),
                        np.array([row[3].quality for row in rows], np.uint8),
                    ),
                    message,
                )
            result = loader.store([message])[message.id]
        # kinds of messages without a profile are not worked out
        message.write({**result.counts, "kind": "substitute"})
        self.env["energy.metering.point"]._mark_sources_changed(result.changes)
        return message

    # === Register readings ===

    @api.model
    def _estimate_usage(self, points, first, last):
        """Estimate the days without usage by the mean of the measured days before.

        :return: the energy.usage made, one for each quantity and gap
        """
        Usage = self.env["energy.usage"]
        Usage.flush_model()
        rows = [
            {
                "point_id": point_id,
                "company_id": company_id,
                "quantity_type_id": type_id,
                "register_id": register_id,
                "meter_code": None,
                "date_start": start,
                "date_end": end,
                "value": (as_decimal(mean) * ((end - start).days + 1)).quantize(STEP),
                "reading_from": None,
                "reading_to": None,
                "multiplier": Decimal(1),
                "quality": "estimated",
            }
            for point_id, company_id, type_id, register_id, mean, start, end in (
                self._get_gaps(points, first, last)
            )
        ]
        plan = Usage._plan(rows)
        Usage._apply(plan)
        self.env["energy.metering.point"]._mark_sources_changed(
            {row["point_id"]: (first, last) for row in plan.fresh}
        )
        return Usage.search(
            [
                ("point_id", "in", points.ids),
                ("quality", "=", "estimated"),
                ("is_current", "=", True),
                ("date_start", ">=", first),
                ("date_end", "<=", last),
            ]
        )

    @api.model
    def _get_gaps(self, points, first, last):
        """Quantities measured before and their days without usage, with the mean of a
        day as text."""
        asked = [{"point_id": p, "first": first, "last": last} for p in points.ids]
        columns = {"point_id": "int", "first": "date", "last": "date"}
        return self.env.execute_query(
            SQL(
                """
                SELECT h.point_id, h.company_id, h.quantity_type_id, h.register_id,
                       (h.total / h.days)::text, lower(g.gap), upper(g.gap) - 1
                  FROM (SELECT asked.point_id, asked.first, asked.last, u.company_id,
                               u.quantity_type_id, max(u.register_id) AS register_id,
                               sum(u.value) AS total,
                               sum(u.date_end - u.date_start + 1) AS days
                          FROM %s
                          JOIN energy_usage u ON u.point_id = asked.point_id
                           AND u.is_current AND u.quality = 'measured'
                          JOIN billing_quantity_type t ON t.id = u.quantity_type_id
                           AND t.kind = 'flow'
                           AND u.date_end < asked.last
                           AND u.date_start >= asked.first - %s
                      GROUP BY asked.point_id, asked.first, asked.last, u.company_id,
                               u.quantity_type_id) h
            CROSS JOIN LATERAL unnest(
                       datemultirange(daterange(h.first, h.last, '[]'))
                       - COALESCE((SELECT range_agg(
                                          daterange(c.date_start, c.date_end, '[]'))
                                     FROM energy_usage c
                                    WHERE c.point_id = h.point_id AND c.is_current
                                      AND c.quantity_type_id = h.quantity_type_id
                                      AND c.date_end >= h.first
                                      AND c.date_start <= h.last), '{}')) AS g(gap)
                """,
                as_table("asked", columns, asked),
                LOOK_BACK,
            )
        )
