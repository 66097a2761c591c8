from odoo import models
from odoo.tools import SQL


class BillingCheck(models.Model):
    """Checks of what is billed against messages and invoices of the market."""

    _inherit = "billing.check"

    def _flush_market(self):
        for model in (
            "billing.segment.line",
            "energy.billing.order",
            "energy.network.component",
            "energy.network.invoice.line",
            "energy.network.rate",
            "energy.usage",
        ):
            self.env[model].flush_model()

    def _check_energy_breaker_differs(self, segments):
        """The circuit-breaker that was billed against the one in the data to bill."""
        self._flush_market()
        return {
            segment_id: {
                "billed": f"{float(billed):g}",
                "told": f"{phases}x{amps:g} A",
            }
            for segment_id, billed, phases, amps in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, q->>'value', o.breaker_phases,
                           o.breaker_amps
                      FROM %s
                      JOIN billing_segment b ON b.id = s.id
                CROSS JOIN LATERAL jsonb_array_elements(b.snapshot->'quantities') q
                      JOIN energy_billing_order o ON o.point_id = s.point_id
                       AND o.state = 'open' AND o.breaker_phases > 0
                       AND o.breaker_amps > 0
                       AND daterange(o.date_start, o.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                     WHERE q->>'code' = 'breaker'
                       AND (q->>'value')::numeric
                           <> (o.breaker_phases * o.breaker_amps)::numeric
                       AND (q->>'from')::date <= s.date_end
                       AND (q->>'to')::date >= s.date_start
                  ORDER BY s.id, o.id
                    """,
                    self._get_points(segments),
                )
            )
        }

    def _check_energy_rate_differs(self, segments):
        """The point's distribution rate against the one in the data to bill."""
        self._flush_market()
        return {
            segment_id: {"known": known, "told": told}
            for segment_id, known, told in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, r.code, o.rate
                      FROM %s
                      JOIN energy_metering_point p ON p.id = s.point_id
                      JOIN energy_network_rate r ON r.id = p.network_rate_id
                      JOIN energy_billing_order o ON o.point_id = s.point_id
                       AND o.state = 'open' AND o.rate <> ''
                       AND daterange(o.date_start, o.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                     WHERE upper(o.rate) <> upper(r.code)
                  ORDER BY s.id, o.id
                    """,
                    self._get_points(segments),
                )
            )
        }

    def _check_energy_network_differs(self, segments):
        """Distribution billed against the distributor's invoice of the same days; of
        several components the one that differs most."""
        self._flush_market()
        return {
            segment_id: {
                "component": code,
                "charged": f"{charged:.2f}",
                "received": f"{received:.2f}",
            }
            for segment_id, code, charged, received in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (id) id, code, charged, received FROM (
                        SELECT s.id, c.code, c."limit", sum(l.amount) AS received,
                               (SELECT COALESCE(sum(b.amount), 0)
                                  FROM billing_segment_line b
                                  JOIN energy_network_component_product_rel r
                                    ON r.product_id = b.product_id
                                 WHERE b.segment_id = s.id AND r.component_id = c.id
                               ) AS charged
                          FROM %s
                          JOIN energy_network_invoice_line l ON l.point_id = s.point_id
                           AND l.date_start >= s.date_start AND l.date_end <= s.date_end
                          JOIN energy_network_component c ON c.id = l.component_id
                           AND EXISTS (
                               SELECT 1 FROM energy_network_component_product_rel r
                                WHERE r.component_id = c.id)
                          JOIN billing_agreement a ON a.id = s.agreement_id
                          JOIN billing_agreement_type t ON t.id = a.type_id
                           AND t.network_services = 'tariff'
                      GROUP BY s.id, c.id) found
                     WHERE abs(charged - received) > "limit"
                  ORDER BY id, abs(charged - received) DESC
                    """,
                    self._get_points(segments),
                )
            )
        }

    def _check_energy_reactive(self, segments):
        """Reactive energy over so many percent of the active energy."""
        return {
            segment_id: {
                "reactive": float(reactive),
                "percent": round(float(reactive / active) * 100, 1),
            }
            for segment_id, reactive, active in self.env.execute_query(
                SQL(
                    """
                    SELECT id, reactive, active FROM (
                        SELECT s.id,
                               sum((q->>'value')::numeric)
                                   FILTER (WHERE q->>'code' = 'energy_reactive')
                                   AS reactive,
                               sum((q->>'value')::numeric)
                                   FILTER (WHERE q->>'code' = 'energy') AS active
                          FROM %s
                          JOIN billing_segment b ON b.id = s.id
                    CROSS JOIN LATERAL jsonb_array_elements(b.snapshot->'quantities') q
                      GROUP BY s.id) found
                     WHERE active > 0 AND reactive > active * %s / 100.0
                    """,
                    self._get_points(segments),
                    self.limit,
                )
            )
        }

    def _check_energy_rollover(self, segments):
        """Registers that passed their last digit."""
        self._flush_market()
        return {
            segment_id: {
                "meter": meter or "",
                "reading_from": f"{first:.3f}",
                "reading_to": f"{last:.3f}",
            }
            for segment_id, meter, first, last in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, u.meter_code,
                           u.reading_from::numeric, u.reading_to::numeric
                      FROM %s
                      JOIN energy_usage u ON u.point_id = s.point_id AND u.is_current
                       AND u.reading_to < u.reading_from AND u.value >= 0
                       AND daterange(u.date_start, u.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                  ORDER BY s.id, u.id
                    """,
                    self._get_points(segments),
                )
            )
        }
