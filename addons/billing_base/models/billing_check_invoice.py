from odoo import models
from odoo.tools import SQL


class BillingCheck(models.Model):
    """Checks of what is to be invoiced, against the limits and what was before."""

    _inherit = "billing.check"  # pylint: disable=consider-merging-classes-inherited

    def _check_total_not_positive(self, segments):
        return {
            segment_id: {"amount": float(amount)}
            for segment_id, amount in self._select(
                SQL(
                    """
                    SELECT s.id, s.amount
                      FROM billing_segment s
                     WHERE s.id = ANY(%s) AND s.amount <= 0 AND EXISTS (
                           SELECT FROM billing_segment_line l
                            WHERE l.segment_id = s.id)
                    """,
                    segments.ids,
                )
            )
        }

    def _check_total_over_limit(self, segments):
        return {
            segment_id: {"amount": float(amount), "limit": self.limit}
            for segment_id, amount in self._select(
                SQL(
                    """
                    SELECT s.id, s.amount FROM billing_segment s
                     WHERE s.id = ANY(%s) AND s.amount > %s
                    """,
                    segments.ids,
                    self.limit,
                )
            )
        }

    def _check_difference_to_last(self, segments):
        """Daily amount against the last invoiced segment of the agreement."""
        return {
            segment_id: {
                "amount": float(amount),
                "last": float(last),
                "percent": round(float(percent), 1),
            }
            for segment_id, amount, last, percent in self._select(
                SQL(
                    """
                    SELECT * FROM (
                        SELECT s.id, s.amount, last.amount AS before,
                               abs(s.amount / (s.date_end - s.date_start + 1)
                                   / (last.amount
                                      / (last.date_end - last.date_start + 1))
                                   - 1) * 100 AS percent
                          FROM billing_segment s
                          JOIN LATERAL (
                               SELECT p.amount, p.date_start, p.date_end
                                 FROM billing_segment p
                                WHERE p.agreement_id = s.agreement_id
                                  AND p.type_id = s.type_id
                                  AND p.state = 'frozen'
                                  AND p.date_end < s.date_start
                             ORDER BY p.date_end DESC
                                LIMIT 1) last ON last.amount > 0
                         WHERE s.id = ANY(%s) AND s.is_exclusive) compared
                     WHERE percent > %s
                    """,
                    segments.ids,
                    self.limit,
                )
            )
        }

    def _check_duplicate(self, segments):
        """The same is on another live segment: a charge of the same account, product,
        day and amount, or a tariff charge of the agreement on the same days."""
        return {
            segment_id: {"segment_id": other, "charge": name, "day": str(day)}
            for segment_id, other, name, day in self._select(
                SQL(
                    """
                    SELECT DISTINCT ON (id) id, other, name, day FROM (
                        SELECT s.id, o.id AS other, l.name, l.date_start AS day
                          FROM billing_segment s
                          JOIN billing_segment o ON o.agreement_id = s.agreement_id
                           AND o.id <> s.id AND o.charge_id IS NULL
                           AND o.state NOT IN ('cancelling', 'cancelled')
                           AND o.date_start <= s.date_end
                           AND o.date_end >= s.date_start
                          JOIN billing_segment_line l ON l.segment_id = s.id
                          JOIN billing_segment_line m ON m.segment_id = o.id
                           AND m.product_id = l.product_id
                           AND m.item_id IS NOT DISTINCT FROM l.item_id
                           AND m.date_start <= l.date_end
                           AND m.date_end >= l.date_start
                         WHERE s.id = ANY(%(ids)s) AND s.charge_id IS NULL
                     UNION ALL
                        SELECT s.id, o.id, c.name, c.date
                          FROM billing_segment s
                          JOIN billing_charge c ON c.id = s.charge_id
                          JOIN billing_charge d ON d.account_id = c.account_id
                           AND d.id <> c.id AND d.product_id = c.product_id
                           AND d.date = c.date AND d.amount = c.amount
                          JOIN billing_segment o ON o.charge_id = d.id
                           AND o.state NOT IN ('cancelling', 'cancelled')
                         WHERE s.id = ANY(%(ids)s)) found
                  ORDER BY id, other
                    """,
                    ids=segments.ids,
                )
            )
        }

    def _check_days_not_billed(self, segments):
        """Days between the segment before and this one that nobody billed."""
        return {
            segment_id: {"date_start": str(first), "date_end": str(last)}
            for segment_id, first, last in self._select(
                SQL(
                    """
                    SELECT s.id, before.last + 1, s.date_start - 1
                      FROM billing_segment s
                      JOIN billing_agreement a ON a.id = s.agreement_id
                      JOIN LATERAL (
                           SELECT GREATEST(max(p.date_end), a.opening_billed_to)
                                  AS last
                             FROM billing_segment p
                            WHERE p.agreement_id = s.agreement_id
                              AND p.type_id = s.type_id AND p.is_exclusive
                              AND p.state NOT IN ('cancelling', 'cancelled')
                              AND p.date_end < s.date_start) before
                        ON before.last + 1 < s.date_start
                     WHERE s.id = ANY(%s) AND s.is_exclusive
                    """,
                    segments.ids,
                )
            )
        }

    def _check_zero_quantity(self, segments):
        """Nothing was consumed in the last so many segments, this one included."""
        return self._find_in_a_row(
            segments, SQL("p.quantity = 0"), SQL("t.algorithm = 'metered'")
        )

    def _check_estimated_again(self, segments):
        """Estimated more than so many times in a row."""
        return self._find_in_a_row(
            segments, SQL("p.is_estimated"), SQL("TRUE"), beyond=1
        )

    def _find_in_a_row(self, segments, condition, scope, beyond=0):
        """Segments that end a row of at least ``limit + beyond`` of which a condition
        is true.

        :param condition: SQL on ``p``, a segment of the agreement
        :param scope: SQL on ``t``, the segment type
        """
        wanted = max(1, int(self.limit) + beyond)
        return {
            segment_id: {"count": count}
            for segment_id, count in self._select(
                SQL(
                    """
                    SELECT s.id, row.count
                      FROM billing_segment s
                      JOIN billing_segment_type t ON t.id = s.type_id AND %(scope)s
                CROSS JOIN LATERAL (
                           SELECT count(*) FILTER (WHERE last.fits) AS count
                             FROM (SELECT (%(condition)s) AS fits
                                     FROM billing_segment p
                                    WHERE p.agreement_id = s.agreement_id
                                      AND p.type_id = s.type_id
                                      AND p.state NOT IN ('cancelling', 'cancelled')
                                      AND p.date_end <= s.date_end
                                 ORDER BY p.date_end DESC
                                    LIMIT %(wanted)s) last) row
                     WHERE s.id = ANY(%(ids)s) AND s.is_exclusive
                       AND row.count >= %(wanted)s
                       AND EXISTS (SELECT FROM billing_segment_line l
                                    WHERE l.segment_id = s.id)
                    """,
                    condition=condition,
                    scope=scope,
                    wanted=wanted,
                    ids=segments.ids,
                )
            )
        }
