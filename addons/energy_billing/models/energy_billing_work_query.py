from odoo import api, models
from odoo.tools import SQL


class EnergyBillingWork(models.Model):
    _inherit = "energy.billing.work"

    def _flush_sources(self):
        for model in (
            "billing.agreement",
            "billing.agreement.period",
            "billing.period",
            "billing.segment",
            "billing.segment.line",
            "energy.billing.order",
            "energy.billing.order.line",
            "energy.network.invoice.line",
            "energy.usage",
        ):
            self.env[model].flush_model()

    @property
    def _table_query(self):
        """Agreements billed by the calendar and those billed on messages apart: the
        first know their segment by the period alone, which is read for all of them at
        once. What only shows is asked for row by row, after the page was chosen."""
        self._flush_sources()
        return SQL(
            """
            SELECT x.*, CASE
                   WHEN x.is_frozen AND (
                        x.order_state = 'cancelled' OR x.is_stale OR x.differs
                        OR (x.order_state = 'open' AND x.measurement <> 'same'))
                        THEN 'corrected'
                   WHEN x.is_frozen AND x.order_id IS NULL AND x.billed_on = 'order'
                        THEN 'unordered'
                   WHEN x.is_frozen THEN 'billed'
                   WHEN x.order_state = 'open' AND x.measurement = 'different'
                        THEN 'different'
                   WHEN x.order_state = 'open' AND x.variants > 1 THEN 'variants'
                   WHEN x.order_state = 'open' THEN 'to_bill'
                   WHEN x.billed_on = 'calendar' AND x.due_date IS NOT NULL
                        THEN 'calendar'
                   WHEN x.due_date <= x.period_end THEN 'missing'
                   ELSE 'idle' END AS status
              FROM (
                SELECT b.*, b.id AS agreement_id,
                       (SELECT max(r.waived_by_id) FROM billing_check_result r
                         WHERE r.segment_id = b.segment_id) AS waived_by_id,
                       (SELECT max(l.invoice_id) %(received)s) AS network_invoice_id,
                       (SELECT COALESCE(sum(sl.amount), 0)
                          FROM billing_segment_line sl
                         WHERE sl.segment_id = b.segment_id AND sl.product_id IN (
                               SELECT product_id
                                 FROM energy_network_component_product_rel))
                       - (SELECT sum(l.amount) %(received)s) AS network_difference,
                       (SELECT max(s.date_end) FROM billing_segment s
                         WHERE s.agreement_id = b.id AND s.state = 'frozen')
                           AS billed_to
                  FROM ((%(calendar)s) UNION ALL (%(ordered)s)) b
              ) x
            """,
            calendar=self._calendar_query(),
            ordered=self._ordered_query(),
            received=SQL(
                "FROM energy_network_invoice_line l WHERE l.point_id = b.point_id"
                " AND l.date_start >= COALESCE(b.order_start, b.segment_start)"
                " AND l.date_end <= COALESCE(b.order_end, b.segment_end)"
            ),
        )

    @api.model
    def _agreement_query(self, billed_on, columns, segment, due_date, differs):
        """Measured agreements with their active period and the segment of the bill.

        :param columns: SQL of the order's columns
        :param segment: SQL of the joins after which ``s`` is the segment
        """
        return SQL(
            """
            SELECT a.id, f.id AS period_id, f.date_end AS period_end, a.company_id,
                   a.partner_id, a.point_id, a.commodity, a.network_id,
                   t.billed_on, %(columns)s,
                   %(due_date)s AS due_date, s.id AS segment_id,
                   s.invoice_id AS move_id, s.date_start AS segment_start,
                   s.date_end AS segment_end,
                   COALESCE(s.state = 'frozen', FALSE) AS is_frozen,
                   COALESCE(s.is_stale, FALSE) AS is_stale, %(differs)s AS differs,
                   COALESCE(s.currency_id, c.currency_id) AS currency_id, s.amount
              FROM billing_agreement a
              JOIN billing_agreement_type t ON t.id = a.type_id
               AND t.billed_on = %(billed_on)s
              JOIN billing_segment_type k ON k.id = t.segment_type_id
               AND k.algorithm = 'metered'
              JOIN res_company c ON c.id = a.company_id
              JOIN billing_period f ON f.cycle_id = a.cycle_id AND f.is_active
                   %(segment)s
             WHERE a.active AND a.point_id IS NOT NULL
            """,
            billed_on=billed_on,
            columns=columns,
            segment=segment,
            due_date=due_date,
            differs=differs,
        )

    @api.model
    def _calendar_query(self):
        """Agreements that the billing calendar has due."""
        return self._agreement_query(
            "calendar",
            SQL(
                "NULL::int AS order_id, NULL::varchar AS order_state,"
                " NULL::date AS order_start, NULL::date AS order_end,"
                " NULL::timestamp AS received_on, 0 AS variants,"
                " NULL::varchar AS measurement"
            ),
            SQL(
                """
                LEFT JOIN (
                     SELECT DISTINCT ON (s.period_id, s.agreement_id) s.*
                       FROM billing_period f
                       JOIN billing_segment s ON s.period_id = f.id AND s.is_exclusive
                        AND s.state NOT IN ('cancelling', 'cancelled')
                      WHERE f.is_active
                   ORDER BY s.period_id, s.agreement_id, s.state = 'frozen' DESC,
                            s.id DESC) s
                  ON s.agreement_id = a.id AND s.period_id = f.id
                """
            ),
            SQL(
                "CASE WHEN daterange(a.date_start, a.date_end, '[]')"
                " && daterange(f.date_start, f.date_end, '[]')"
                " THEN LEAST(a.date_end, f.date_end) END"
            ),
            SQL("FALSE"),
        )

    @api.model
    def _ordered_query(self):
        """Agreements billed on messages, each with the latest order of its point, its
        variants and how the stored measurement compares with it."""
        return self._agreement_query(
            "order",
            SQL(
                """
                o.id AS order_id, o.state AS order_state, o.date_start AS order_start,
                o.date_end AS order_end, o.received_on,
                (SELECT count(*)::int FROM energy_billing_order v
                  WHERE v.point_id = a.point_id
                    AND daterange(v.date_start, v.date_end, '[]')
                        && daterange(o.date_start, o.date_end, '[]')) AS variants,
                (SELECT CASE WHEN bool_and(EXISTS (
                             SELECT 1 FROM energy_usage u
                              WHERE u.point_id = a.point_id AND u.is_current
                                AND u.quantity_type_id = k.quantity_type_id
                                AND u.date_start = l.date_start
                                AND u.date_end = l.date_end AND u.value = l.value))
                             THEN 'same'
                             WHEN bool_or(EXISTS (
                             SELECT 1 FROM energy_usage u
                              WHERE u.point_id = a.point_id AND u.is_current
                                AND daterange(u.date_start, u.date_end, '[]')
                                    && daterange(l.date_start, l.date_end, '[]')))
                             THEN 'different' ELSE 'none' END
                   FROM energy_billing_order_line l
              LEFT JOIN energy_register_kind k ON k.id = l.register_kind_id
                  WHERE l.order_id = o.id HAVING count(*) > 0)::varchar AS measurement
                """
            ),
            SQL(
                """
                LEFT JOIN LATERAL (
                     SELECT o.* FROM energy_billing_order o
                      WHERE o.point_id = a.point_id AND o.state <> 'replaced'
                        AND daterange(o.date_start, o.date_end, '[]')
                            && daterange(a.date_start, a.date_end, '[]')
                   ORDER BY o.received_on DESC, o.id DESC LIMIT 1) o ON TRUE
                LEFT JOIN LATERAL (
                     SELECT s.* FROM billing_segment s
                      WHERE s.agreement_id = a.id AND s.is_exclusive
                        AND s.state NOT IN ('cancelling', 'cancelled')
                        AND CASE WHEN o.id IS NULL THEN s.period_id = f.id
                                 ELSE daterange(s.date_start, s.date_end, '[]')
                                      && daterange(o.date_start, o.date_end, '[]') END
                   ORDER BY s.state = 'frozen' DESC, s.id DESC LIMIT 1) s ON TRUE
                """
            ),
            SQL(
                "(COALESCE((SELECT max(d.date_end) FROM billing_segment d"
                " WHERE d.agreement_id = a.id AND d.state = 'frozen'),"
                " a.date_start - 1) + make_interval(months => t.order_months))::date"
            ),
            SQL(
                "o.id IS NOT NULL AND COALESCE((s.date_start, s.date_end)"
                " <> (GREATEST(o.date_start, a.date_start),"
                " LEAST(o.date_end, a.date_end)), FALSE)"
            ),
        )
