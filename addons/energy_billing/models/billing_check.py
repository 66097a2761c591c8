from collections import defaultdict

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.billing_base.rating import Span
from odoo.addons.billing_base.rating.spans import gaps

from .billing_agreement import ENERGY


class BillingCheck(models.Model):
    """Checks of what was measured. Each looks at all segments in one statement."""

    _inherit = "billing.check"

    history_count = fields.Integer(
        string="Earlier Segments",
        default=6,
        help="How many earlier segments the mean is taken of.",
    )
    margin = fields.Float(
        string="Minimum Difference",
        help="Differences below this are not reported, in the unit of the quantity.",
    )

    def _get_points(self, segments):
        """The metered segments with a point, as a table expression ``s``.

        :return: SQL with columns id, agreement_id, point_id, measurement, date_start,
            date_end, quantity
        """
        self.env["billing.segment"].flush_model()
        self.env["billing.agreement"].flush_model()
        self.env["energy.metering.point"].flush_model()
        return SQL(
            """
            (SELECT s.id, s.agreement_id, a.point_id, p.measurement,
                    s.date_start, s.date_end, s.quantity
               FROM billing_segment s
               JOIN billing_segment_type t ON t.id = s.type_id
                AND t.algorithm = 'metered'
               JOIN billing_agreement a ON a.id = s.agreement_id
               JOIN energy_metering_point p ON p.id = a.point_id
              WHERE s.id = ANY(%s)) s
            """,
            segments.ids,
        )

    def _flush_measurements(self):
        for model in (
            "energy.installation",
            "energy.interval",
            "energy.reading",
            "energy.register",
            "energy.usage",
        ):
            self.env[model].flush_model()

    # === Is everything there ===

    def _check_energy_gap(self, segments):
        """Days without a settled quantity, or with incomplete intervals."""
        self._flush_measurements()
        points = self._get_points(segments)
        types = self.env["billing.quantity.type"].search([])
        energy = types.filtered(lambda t: t.code == ENERGY)
        required = self._get_required_types(points)
        covered = self._get_covered_days(points)
        parts = {t.id: types.filtered(lambda p, t=t: p.total_id == t) for t in types}
        found = {}
        for segment_id, measurement, start, end in self.env.execute_query(
            SQL("SELECT id, measurement, date_start, date_end FROM %s", points)
        ):
            if measurement == "unmetered":
                continue  # it is calculated, and rating tells missing days
            if measurement == "interval":
                wanted = energy
            else:
                wanted = types.browse(sorted(required.get(segment_id, ()))) or energy
            for quantity_type in wanted:
                family = quantity_type | quantity_type.total_id
                if not required.get(segment_id):
                    # the meter is not known: its day and night do as well
                    family |= parts[quantity_type.id]
                missing = gaps(
                    Span(start, end),
                    [
                        span
                        for member in family
                        for span in covered.get((segment_id, member.id), ())
                    ],
                )
                if missing:
                    found[segment_id] = {
                        "quantity_type_id": quantity_type.id,
                        "days": sum(gap.days for gap in missing),
                        "gaps": [[str(gap.start), str(gap.end)] for gap in missing],
                    }
                    break
        return found

    def _get_required_types(self, points):
        """Quantities that the installed meters count.

        :return: ``{segment id: {quantity type id, …}}``
        """
        required = defaultdict(set)
        for segment_id, type_id in self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT s.id, k.quantity_type_id
                  FROM %s
                  JOIN energy_installation i ON i.point_id = s.point_id
                   AND daterange(i.date_start, i.date_end, '[]')
                       && daterange(s.date_start, s.date_end, '[]')
                  JOIN energy_register g ON g.meter_id = i.meter_id AND g.is_billed
                  JOIN energy_register_kind k ON k.id = g.kind_id
                """,
                points,
            )
        ):
            required[segment_id].add(type_id)
        return required

    def _get_covered_days(self, points):
        """Days with a settled quantity or complete intervals.

        :return: ``{(segment id, quantity type id): [Span, …]}``
        """
        covered = defaultdict(list)
        for segment_id, type_id, start, end in self.env.execute_query(
            SQL(
                """
                SELECT s.id, u.quantity_type_id, u.date_start, u.date_end
                  FROM %(points)s
                  JOIN energy_usage u ON u.point_id = s.point_id AND u.is_current
                   AND daterange(u.date_start, u.date_end, '[]')
                       && daterange(s.date_start, s.date_end, '[]')
                 WHERE s.measurement <> 'interval'
             UNION ALL
                SELECT s.id, k.quantity_type_id, i.day, i.day
                  FROM %(points)s
                  JOIN energy_interval i ON i.point_id = s.point_id
                   AND i.day BETWEEN s.date_start AND s.date_end
                   AND i.missing_count = 0
                  JOIN energy_register_kind k ON k.id = i.channel_id
                 WHERE s.measurement = 'interval'
                """,
                points=points,
            )
        ):
            covered[segment_id, type_id].append(Span(start, end))
        return covered

    def _check_energy_import_error(self, segments):
        """Rows of the point that an import refused, as long as nothing later came."""
        self._flush_measurements()
        self.env["energy.message.finding"].flush_model()
        return {
            segment_id: {
                "finding_id": finding_id,
                "finding_code": code,
                "finding_params": params or {},
                "file": name,
                "row": row or "–",
                "count": count,
            }
            for segment_id, finding_id, code, params, name, row, count in (
                self.env.execute_query(
                    SQL(
                        """
                        SELECT DISTINCT ON (s.id) s.id, f.id, f.code, f.params, m.name,
                               f.row_number, count(*) OVER (PARTITION BY s.id)
                          FROM %s
                          JOIN energy_message_finding f ON f.point_id = s.point_id
                           AND f.level = 'error'
                           AND daterange(f.date_start, f.date_end, '[]')
                               && daterange(s.date_start, s.date_end, '[]')
                          JOIN energy_message m ON m.id = f.message_id
                           AND m.state IN ('processed', 'rejected')
                         WHERE NOT EXISTS (
                               SELECT 1 FROM energy_usage u
                                WHERE u.point_id = s.point_id AND u.is_current
                                  AND s.measurement <> 'interval'
                                  AND (u.message_id > m.id OR u.message_id IS NULL)
                                  AND daterange(u.date_start, u.date_end, '[]')
                                      && daterange(f.date_start, f.date_end, '[]'))
                           AND NOT EXISTS (
                               SELECT 1 FROM energy_interval i
                                WHERE i.point_id = s.point_id
                                  AND s.measurement = 'interval'
                                  AND i.message_id > m.id
                                  AND i.day BETWEEN f.date_start AND f.date_end)
                      ORDER BY s.id, f.message_id DESC, f.id
                        """,
                        self._get_points(segments),
                    )
                )
            )
        }

    # === Meters and readings ===

    def _check_energy_no_meter(self, segments):
        self._flush_measurements()
        return {
            segment_id: {"point": code}
            for segment_id, code in self.env.execute_query(
                SQL(
                    """
                    SELECT s.id, p.code
                      FROM %s
                      JOIN energy_metering_point p ON p.id = s.point_id
                     WHERE s.measurement = 'register' AND NOT EXISTS (
                           SELECT 1 FROM energy_installation i
                            WHERE i.point_id = s.point_id
                              AND daterange(i.date_start, i.date_end, '[]')
                                  && daterange(s.date_start, s.date_end, '[]'))
                    """,
                    self._get_points(segments),
                )
            )
        }

    def _check_energy_meter_exchange(self, segments):
        """Each register of an exchanged meter is read at the exchange."""
        self._flush_measurements()
        return {
            segment_id: {"meter": meter, "register": register, "day": str(day)}
            for segment_id, meter, register, day in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, m.code, g.code, edge.day
                      FROM %s
                      JOIN energy_installation i ON i.point_id = s.point_id
                       AND i.is_sub_meter IS NOT TRUE
                CROSS JOIN LATERAL (
                           VALUES (i.date_end), (i.date_start - 1)) AS edge(day)
                      JOIN energy_meter m ON m.id = i.meter_id
                      JOIN energy_register g ON g.meter_id = m.id AND g.is_billed
                     WHERE s.measurement = 'register'
                       AND edge.day >= s.date_start AND edge.day < s.date_end
                       AND NOT EXISTS (
                           SELECT 1 FROM energy_reading r
                            WHERE r.register_id = g.id AND r.date = edge.day
                              AND r.is_current)
                  ORDER BY s.id, edge.day, m.code, g.code
                    """,
                    self._get_points(segments),
                )
            )
        }

    def _check_energy_reading_difference(self, segments):
        """Usage = difference of the readings × multiplier, over a rollover."""
        self._flush_measurements()
        return {
            segment_id: {"value": float(value), "expected": float(expected)}
            for segment_id, value, expected in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, u.value, d.expected
                      FROM %s
                      JOIN energy_usage u ON u.point_id = s.point_id AND u.is_current
                       AND daterange(u.date_start, u.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                 LEFT JOIN energy_register g ON g.id = u.register_id
                CROSS JOIN LATERAL (
                           SELECT u.multiplier * (u.reading_to - u.reading_from
                                  + CASE WHEN u.reading_to < u.reading_from
                                         THEN 10::numeric ^ g.digits ELSE 0 END)
                                  AS expected) d
                     WHERE abs(u.value - d.expected) > %s
                  ORDER BY s.id, abs(u.value - d.expected) DESC
                    """,
                    self._get_points(segments),
                    self.limit,
                )
            )
        }

    # === Is it plausible ===

    def _check_energy_negative(self, segments):
        self._flush_measurements()
        return {
            segment_id: {"value": float(value), "date_start": str(start)}
            for segment_id, start, value in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (id) id, day, value FROM (
                        SELECT s.id, u.date_start AS day, u.value
                          FROM %(points)s
                          JOIN energy_usage u ON u.point_id = s.point_id
                           AND u.is_current AND u.value < 0
                           AND daterange(u.date_start, u.date_end, '[]')
                               && daterange(s.date_start, s.date_end, '[]')
                         WHERE s.measurement <> 'interval'
                     UNION ALL
                        SELECT s.id, i.day,
                               (SELECT min(v) FROM unnest(i.energy) AS v)
                          FROM %(points)s
                          JOIN energy_interval i ON i.point_id = s.point_id
                           AND i.day BETWEEN s.date_start AND s.date_end
                           AND 0 > ANY(i.energy)
                         WHERE s.measurement = 'interval'
                    ) found
                  ORDER BY id, day
                    """,
                    points=self._get_points(segments),
                )
            )
        }

    def _check_energy_over_mean(self, segments):
        return self._compare_with_mean(segments, 1)

    def _check_energy_under_mean(self, segments):
        return self._compare_with_mean(segments, -1)

    def _compare_with_mean(self, segments, sign):
        """Daily quantity against the mean of the last invoiced segments.

        :param sign: 1 finds what is above, -1 what is below
        """
        return {
            segment_id: {
                "quantity": float(quantity),
                "expected": round(float(expected), 3),
                "percent": round(abs(float(quantity / expected - 1)) * 100, 1),
                "segments": count,
            }
            for segment_id, quantity, expected, count in self.env.execute_query(
                SQL(
                    """
                    SELECT s.id, s.quantity, h.expected, h.count
                      FROM %(points)s
                CROSS JOIN LATERAL (
                           SELECT avg(daily) * (s.date_end - s.date_start + 1)
                                  AS expected, count(*) AS count
                             FROM (SELECT p.quantity / (p.date_end - p.date_start + 1)
                                          AS daily
                                     FROM billing_segment p
                                    WHERE p.agreement_id = s.agreement_id
                                      AND p.state = 'frozen'
                                      AND p.date_end < s.date_start
                                 ORDER BY p.date_end DESC
                                    LIMIT %(history)s) last) h
                     WHERE h.expected > 0
                       AND %(sign)s * (s.quantity / h.expected - 1) * 100 > %(limit)s
                       AND abs(s.quantity - h.expected) > %(margin)s
                    """,
                    points=self._get_points(segments),
                    history=self.history_count,
                    sign=sign,
                    limit=self.limit,
                    margin=self.margin,
                )
            )
        }

    def _check_energy_peak_over_capacity(self, segments):
        """Highest power of the intervals against the contracted capacity."""
        self._flush_measurements()
        self.env["billing.agreement.term.value"].flush_model()
        return {
            segment_id: {
                "peak": float(peak),
                "capacity": float(capacity),
                "day": str(day),
                "percent": round((float(peak / capacity) - 1) * 100, 1),
            }
            for segment_id, peak, capacity, day in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, i.peak, v.value, i.day
                      FROM %s
                      JOIN billing_agreement_term t ON t.agreement_id = s.agreement_id
                      JOIN billing_agreement_term_value v ON v.term_id = t.id
                       AND v.quantity_type_id = %s AND v.value > 0
                      JOIN energy_interval i ON i.point_id = s.point_id
                       AND i.day BETWEEN s.date_start AND s.date_end
                       AND daterange(t.date_start, t.date_end, '[]') @> i.day
                      JOIN energy_register_kind k ON k.id = i.channel_id
                       AND k.direction = 'import'
                     WHERE i.peak > v.value * (1 + %s / 100.0)
                  ORDER BY s.id, i.peak DESC
                    """,
                    self._get_points(segments),
                    self.env.ref("energy_billing.quantity_type_capacity").id,
                    self.limit,
                )
            )
        }

    def _check_energy_estimated(self, segments):
        self._flush_measurements()
        return {
            segment_id: {"quality": quality}
            for segment_id, quality in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (id) id, quality FROM (
                        SELECT s.id, u.quality
                          FROM %(points)s
                          JOIN energy_usage u ON u.point_id = s.point_id
                           AND u.is_current AND u.quality <> 'measured'
                           AND daterange(u.date_start, u.date_end, '[]')
                               && daterange(s.date_start, s.date_end, '[]')
                         WHERE s.measurement <> 'interval'
                     UNION ALL
                        SELECT s.id, 'substituted'
                          FROM %(points)s
                          JOIN energy_interval i ON i.point_id = s.point_id
                           AND i.day BETWEEN s.date_start AND s.date_end
                           AND i.quality IS NOT NULL
                         WHERE s.measurement = 'interval'
                    ) found
                  ORDER BY id, quality
                    """,
                    points=self._get_points(segments),
                )
            )
        }
