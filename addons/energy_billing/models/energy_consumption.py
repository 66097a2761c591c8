from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.billing_base.rating import Span
from odoo.addons.billing_base.rating.spans import union

from ..bulk import as_table

STEPS = {
    "year": relativedelta(years=1),
    "month": relativedelta(months=1),
    "day": relativedelta(days=1),
}
ASKED = {"point_id": "int", "first": "date", "last": "date"}
ONE_DAY = timedelta(days=1)
FAR = date(2999, 12, 31)
YEARS = 10
"""The longest history shown."""


class EnergyConsumption(models.AbstractModel):
    """What a customer used, by year, month, day or hour of local time.

    Only days on which he had the point count: what who lived there before used is not
    shown. Intervals are summed as they were measured; what was read is spread evenly
    over the days between its readings.
    """

    _name = "energy.consumption"
    _description = "Consumption of a Customer"

    @api.model
    def _get_spans(self, partner, companies):
        """The customer's days at his points.

        :param partner: commercial res.partner
        :param companies: res.company
        :return: ``{energy.metering.point: [Span, …]}`` in the order of their codes
        """
        agreements = self.env["billing.agreement"].search(
            Domain("partner_id", "=", partner.id)
            & Domain("company_id", "in", companies.ids)
            & Domain("point_id", "!=", False)
        )
        return {
            point: union(
                Span(agreement.date_start, agreement.date_end or FAR)
                for agreement in group
            )
            for point, group in sorted(
                agreements.grouped("point_id").items(), key=lambda pair: pair[0].code
            )
        }

    @api.model
    def _get_types(self, points):
        """Quantities that are measured at the points, those they are parts of."""
        self.env["energy.usage"].flush_model()
        self.env["energy.interval"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT COALESCE(t.total_id, t.id)
                  FROM billing_quantity_type t
                 WHERE t.kind = 'flow' AND (EXISTS (
                       SELECT 1 FROM energy_usage u
                        WHERE u.point_id = ANY(%(points)s) AND u.is_current
                          AND u.quantity_type_id = t.id)
                    OR EXISTS (
                       SELECT 1 FROM energy_register_kind k
                         JOIN LATERAL (
                              SELECT 1 FROM energy_interval i
                               WHERE i.point_id = ANY(%(points)s)
                                 AND i.channel_id = k.id
                               LIMIT 1) found ON TRUE
                        WHERE k.quantity_type_id = t.id))
                """,
                points=points.ids,
            )
        )
        types = self.env["billing.quantity.type"]
        return types.browse(row[0] for row in rows).sorted("sequence")

    @api.model
    def _get_last_day(self, points):
        """The last day with a quantity of one of the points, None without."""
        return self.env.execute_query(
            SQL(
                """
                SELECT max(day) FROM (
                    SELECT max(date_end) AS day FROM energy_usage
                     WHERE point_id = ANY(%(points)s) AND is_current
                 UNION ALL
                    SELECT max(day) FROM energy_interval
                     WHERE point_id = ANY(%(points)s)) found
                """,
                points=points.ids,
            )
        )[0][0]

    # === What is shown ===

    @api.model
    def _get_range(self, step, day, spans):
        """First and last day that a chart shows.

        :param step: "year", "month", "day" or "hour"
        :param day: a day of the year, month or day that is shown
        """
        if step == "year":
            start = min(span.start for group in spans.values() for span in group)
            first = max(start.year, day.year - YEARS + 1)
            return date(first, 1, 1), date(day.year, 12, 31)
        if step == "month":
            return date(day.year, 1, 1), date(day.year, 12, 31)
        if step == "day":
            first = day.replace(day=1)
            return first, first + relativedelta(months=1) - ONE_DAY
        return day, day

    @api.model
    def _get_rows(self, spans, quantity_type, step, first, last):
        """Consumption of points, a row for each step of the range.

        :param spans: as of ``_get_spans``, of the points that are asked for
        :param step: "year", "month", "day" or "hour"
        :return: ``[(start, {point id: quantity}), …]`` in the order of time; start is
            a date, or an aware datetime of an hour. A point without measured values in
            a step is left out there.
        """
        asked = [
            {
                "point_id": point.id,
                "first": max(span.start, first),
                "last": min(span.end, last),
            }
            for point, group in spans.items()
            for span in group
            if span.start <= last and span.end >= first
        ]
        found = defaultdict(lambda: defaultdict(float))
        if asked:
            query = self._query_hours if step == "hour" else self._query_steps
            for start, point_id, quantity in query(asked, quantity_type, step):
                if quantity is not None:
                    found[start][point_id] += quantity
        return [
            # a local time that comes twice equals no other: instants are compared
            (start, dict(found.get(_instant(start), {})))
            for start in self._get_starts(spans, step, first, last)
        ]

    @api.model
    def _get_starts(self, spans, step, first, last):
        if step != "hour":
            starts = [first]
            while starts[-1] + STEPS[step] <= last:
                starts.append(starts[-1] + STEPS[step])
            return starts
        zone = self._get_zone(spans)
        begin = datetime.combine(first, time(), zone).astimezone(UTC)
        end = datetime.combine(last + ONE_DAY, time(), zone).astimezone(UTC)
        hours = (end - begin) // timedelta(hours=1)
        return [
            (begin + number * timedelta(hours=1)).astimezone(zone)
            for number in range(hours)
        ]

    @api.model
    def _get_zone(self, spans):
        """Local time of the points: that of the first one's network."""
        point = next(iter(spans), self.env["energy.metering.point"])
        return ZoneInfo(point.network_id.tz or self.env.user.tz or "UTC")

    @api.model
    def _query_steps(self, asked, quantity_type, step):
        """Sums by year, month or day: what was measured by intervals, and readings."""
        self.env["energy.usage"].flush_model()
        self.env["energy.interval"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT date_trunc(%(step)s, i.day)::date, i.point_id,
                       sum(i.total)::float8
                  FROM %(asked)s
                  JOIN energy_metering_point p ON p.id = asked.point_id
                   AND p.measurement = 'interval'
                  JOIN energy_interval i ON i.point_id = asked.point_id
                   AND i.day BETWEEN asked.first AND asked.last
                  JOIN energy_register_kind k ON k.id = i.channel_id
                   AND k.quantity_type_id = %(type)s
              GROUP BY 1, 2
             UNION ALL
                SELECT b.start::date, u.point_id,
                       sum(u.value * (b.last - b.first + 1)
                           / (u.date_end - u.date_start + 1))::float8
                  FROM %(asked)s
                  JOIN energy_metering_point p ON p.id = asked.point_id
                   AND p.measurement <> 'interval'
                  JOIN energy_usage u ON u.point_id = asked.point_id AND u.is_current
                   AND daterange(u.date_start, u.date_end, '[]')
                       && daterange(asked.first, asked.last, '[]')
                  JOIN billing_quantity_type t ON t.id = u.quantity_type_id
            CROSS JOIN LATERAL (
                       SELECT s.start,
                              greatest(s.start::date, u.date_start, asked.first)
                                  AS first,
                              least((s.start + %(width)s::interval)::date - 1,
                                    u.date_end, asked.last) AS last
                         FROM generate_series(
                              date_trunc(%(step)s,
                                  greatest(u.date_start, asked.first)::timestamp),
                              least(u.date_end, asked.last)::timestamp,
                              %(width)s::interval) AS s(start)) b
                 WHERE t.id = %(type)s
                    OR (t.total_id = %(type)s AND NOT EXISTS (
                        SELECT 1 FROM energy_usage w
                         WHERE w.point_id = u.point_id AND w.is_current
                           AND w.quantity_type_id = %(type)s
                           AND daterange(w.date_start, w.date_end, '[]')
                               && daterange(u.date_start, u.date_end, '[]')))
              GROUP BY 1, 2
                """,
                step=step,
                width=f"1 {step}",
                type=quantity_type.id,
                asked=as_table("asked", ASKED, asked),
            )
        )

    @api.model
    def _query_hours(self, asked, quantity_type, step):
        """Sums by hour. Hours are counted from local midnight on, so that a day of
        clock change has its 23 or 25."""
        self.env["energy.interval"].flush_model()
        points = self.env["energy.metering.point"].browse(
            {row["point_id"] for row in asked}
        )
        zones = {point.id: ZoneInfo(point.network_id.tz or "UTC") for point in points}
        midnights = {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT i.point_id, i.day, h.number, h.energy_sum
                  FROM %s
                  JOIN energy_interval i ON i.point_id = asked.point_id
                   AND i.day BETWEEN asked.first AND asked.last
                  JOIN energy_register_kind k ON k.id = i.channel_id
                   AND k.quantity_type_id = %s
            CROSS JOIN LATERAL energy_hours(i.energy, i.resolution) h
                """,
                as_table("asked", ASKED, asked),
                quantity_type.id,
            )
        )
        for point_id, day, number, quantity in rows:
            zone = zones[point_id]
            midnight = midnights.get((zone, day))
            if midnight is None:
                midnight = datetime.combine(day, time(), zone).astimezone(UTC)
                midnights[zone, day] = midnight
            yield midnight + timedelta(hours=number), point_id, quantity

    @api.model
    def _prepare_chart(self, spans, quantity_type, step, day, compare=False):
        """A page of consumption: labels, values, and those of a year before.

        :return: ``{"rows": [{"start", "label", "value", "former", "by_point"}, …],
            "total", "former_total", "first", "last"}``; values are None where nothing
            was measured
        """
        first, last = self._get_range(step, day, spans)
        rows = self._get_rows(spans, quantity_type, step, first, last)
        former = []
        if compare and step != "year":
            year = relativedelta(years=1)
            former = self._get_rows(
                spans, quantity_type, step, *(edge - year for edge in (first, last))
            )
        shown = []
        for number, (start, values) in enumerate(rows):
            before = former[number][1] if number < len(former) else {}
            shown.append(
                {
                    "start": start,
                    "label": self._get_label(step, start),
                    "value": _sum(values),
                    "former": _sum(before),
                    "by_point": values,
                }
            )
        return {
            "rows": shown,
            "total": _sum(_given(shown, "value")),
            "former_total": _sum(_given(shown, "former")),
            "first": first,
            "last": last,
        }

    @api.model
    def _get_label(self, step, start):
        if step == "year":
            return str(start.year)
        if step == "month":
            return format_date(self.env, start, date_format="MMM yyyy")
        if step == "day":
            return format_date(self.env, start)
        # the hour that comes twice in autumn says which it is
        other = start.replace(fold=1 - start.fold)
        twice = start.utcoffset() != other.utcoffset()
        return start.strftime("%H:%M %Z" if twice else "%H:%M")


def _instant(start):
    return start.astimezone(UTC) if isinstance(start, datetime) else start


def _given(rows, name):
    return {
        number: row[name] for number, row in enumerate(rows) if row[name] is not None
    }


def _sum(values):
    """Sum of a dictionary's values to six digits, None of an empty one."""
    return round(sum(values.values()), 6) if values else None
