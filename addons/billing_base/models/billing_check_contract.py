from odoo import models
from odoo.tools import SQL


class BillingCheck(models.Model):
    """Checks of contract and prices. Each looks at all segments in one statement."""

    _inherit = "billing.check"  # pylint: disable=consider-merging-classes-inherited

    def _flush_for_checks(self):
        for model in (
            "billing.agreement",
            "billing.agreement.term",
            "billing.agreement.type",
            "billing.charge",
            "billing.segment",
            "billing.segment.line",
            "billing.tariff",
            "billing.tariff.item",
            "res.partner",
        ):
            self.env[model].flush_model()

    def _select(self, query):
        """Rows of a query that reads what may not be written yet."""
        self._flush_for_checks()
        return self.env.execute_query(query)

    # === Contract ===

    def _check_capacity_missing(self, segments):
        """Charges by capacity whose level is not entered, or is 0."""
        return {
            segment_id: {"quantity_type_id": type_id}
            for segment_id, type_id in self._select(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, i.quantity_type_id
                      FROM billing_segment s
                      JOIN billing_agreement_term t ON t.agreement_id = s.agreement_id
                       AND daterange(t.date_start, t.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                      JOIN billing_tariff_item i ON i.tariff_id = t.tariff_id
                       AND i.active AND i.kind = 'charge' AND i.basis = 'capacity'
                      JOIN billing_quantity_type q ON q.id = i.quantity_type_id
                     WHERE s.id = ANY(%s) AND s.is_exclusive
                       AND NOT EXISTS (
                           SELECT FROM jsonb_array_elements(s.snapshot->'quantities') f
                            WHERE f->>'code' = q.code
                              AND (f->>'value')::numeric > 0)
                  ORDER BY s.id, i.quantity_type_id
                    """,
                    segments.ids,
                )
            )
        }

    def _check_interval_differs(self, segments):
        """What was measured does not begin and end with the days billed."""
        return {
            segment_id: {"date_start": first, "date_end": last}
            for segment_id, first, last in self._select(
                SQL(
                    """
                    SELECT s.id, m.first, m.last
                      FROM billing_segment s
                CROSS JOIN LATERAL (
                           SELECT min(f->>'from') AS first, max(f->>'to') AS last
                             FROM jsonb_array_elements(s.snapshot->'quantities') f
                             JOIN billing_quantity_type q ON q.code = f->>'code'
                              AND q.kind = 'flow') m
                     WHERE s.id = ANY(%s) AND s.is_exclusive
                       AND m.first IS NOT NULL
                       AND (m.first <> s.date_start::text
                            OR m.last <> s.date_end::text)
                    """,
                    segments.ids,
                )
            )
        }

    def _check_customer_category(self, segments):
        """Customers without a category."""
        return {
            segment_id: {"partner_id": partner_id}
            for segment_id, partner_id in self._select(
                SQL(
                    """
                    SELECT s.id, p.id
                      FROM billing_segment s
                      JOIN res_partner p ON p.id = s.partner_id
                     WHERE s.id = ANY(%s) AND p.billing_category_id IS NULL
                    """,
                    segments.ids,
                )
            )
        }

    def _check_deposit_missing(self, segments):
        """The agreement type asks for a deposit, and none was requested."""
        return {
            segment_id: {}
            for (segment_id,) in self._select(
                SQL(
                    """
                    SELECT s.id
                      FROM billing_segment s
                      JOIN billing_agreement a ON a.id = s.agreement_id
                      JOIN billing_agreement_type at ON at.id = a.type_id
                       AND at.deposit_rule <> 'none'
                     WHERE s.id = ANY(%s) AND s.is_exclusive
                       AND NOT EXISTS (
                           SELECT FROM billing_charge c
                             JOIN billing_segment_type t ON t.id = c.type_id
                              AND t.algorithm = 'deposit'
                            WHERE c.account_id = a.account_id
                              AND (c.agreement_id = a.id OR c.agreement_id IS NULL)
                              AND c.state <> 'cancelled')
                    """,
                    segments.ids,
                )
            )
        }

    def _check_estimate_not_allowed(self, segments):
        """Estimated, though the agreement type wants the real quantity."""
        return {
            segment_id: {}
            for (segment_id,) in self._select(
                SQL(
                    """
                    SELECT s.id
                      FROM billing_segment s
                      JOIN billing_agreement a ON a.id = s.agreement_id
                      JOIN billing_agreement_type at ON at.id = a.type_id
                     WHERE s.id = ANY(%s) AND s.is_estimated
                       AND at.estimation = 'never'
                    """,
                    segments.ids,
                )
            )
        }

    # === Prices ===

    def _check_price_zero(self, segments):
        """A charge was billed at a price of 0."""
        return {
            segment_id: {
                "item_id": item_id,
                "charge": name,
                "date_start": str(first),
                "date_end": str(last),
            }
            for segment_id, item_id, name, first, last in self._select(
                SQL(
                    """
                    SELECT DISTINCT ON (l.segment_id) l.segment_id, l.item_id, l.name,
                           l.date_start, l.date_end
                      FROM billing_segment_line l
                     WHERE l.segment_id = ANY(%s)
                       AND l.unit_price = 0 AND l.quantity <> 0
                  ORDER BY l.segment_id, l.sequence, l.date_start, l.id
                    """,
                    segments.ids,
                )
            )
        }

    def _check_price_changed(self, segments):
        """The days billed span two price versions of a charge."""
        return {
            segment_id: {"item_id": item_id, "charge": name, "day": str(day)}
            for segment_id, item_id, name, day in self._select(
                SQL(
                    """
                    SELECT DISTINCT ON (l.segment_id) l.segment_id, l.item_id,
                           max(l.name), max(l.date_start)
                      FROM billing_segment_line l
                     WHERE l.segment_id = ANY(%s) AND l.price_id IS NOT NULL
                  GROUP BY l.segment_id, l.item_id
                    HAVING count(DISTINCT l.price_id) > 1
                  ORDER BY l.segment_id, l.item_id
                    """,
                    segments.ids,
                )
            )
        }

    def _check_tariff_not_valid(self, segments):
        """A tariff in force on these days is archived, or not allowed any more."""
        return {
            segment_id: {"tariff_id": tariff_id, "term_id": term_id}
            for segment_id, tariff_id, term_id in self._select(
                SQL(
                    """
                    SELECT DISTINCT ON (s.id) s.id, f.id, t.id
                      FROM billing_segment s
                      JOIN billing_agreement a ON a.id = s.agreement_id
                      JOIN billing_agreement_term t ON t.agreement_id = s.agreement_id
                       AND daterange(t.date_start, t.date_end, '[]')
                           && daterange(s.date_start, s.date_end, '[]')
                      JOIN billing_tariff f ON f.id = t.tariff_id
                     WHERE s.id = ANY(%(ids)s) AND s.is_exclusive
                       AND (f.active IS NOT TRUE OR (
                            EXISTS (SELECT FROM %(allowed)s r
                                     WHERE r.%(type)s = a.type_id)
                            AND NOT EXISTS (SELECT FROM %(allowed)s r
                                             WHERE r.%(type)s = a.type_id
                                               AND r.%(tariff)s = f.id)))
                  ORDER BY s.id, t.date_start
                    """,
                    ids=segments.ids,
                    **self._get_allowed_relation(),
                )
            )
        }

    def _get_allowed_relation(self):
        field = self.env["billing.agreement.type"]._fields["tariff_ids"]
        return {
            "allowed": SQL.identifier(field.relation),
            "type": SQL.identifier(field.column1),
            "tariff": SQL.identifier(field.column2),
        }
