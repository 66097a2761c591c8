"""Which segments earn a commission, and which give it back."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo.tools import SQL

from odoo.addons.billing_base.rating import to_decimal

from ..commission import commission, divide

PAID = ("paid", "in_payment")


@dataclass(frozen=True)
class Count:
    """A commission to be entered.

    :param partner_id: of the broker
    :param kind: ``earned`` or ``clawback``
    :param number: how many entries the segment had before
    """

    partner_id: int
    currency_id: int
    agreement_id: int
    assignment_id: int
    segment_id: int
    move_id: int | None
    kind: str
    day: date
    base: Decimal
    quantity: Decimal
    amount: Decimal
    number: int


class BrokerCounter:
    """Counts for one company until a day, in sets; what was counted stays counted."""

    def __init__(self, env, company, until):
        self.env = env
        self.company = company
        self.until = until

    def count(self):
        """:return: Counts, what is taken back before what is earned"""
        self.env.flush_all()
        return [*self._taken_back(), *self._earned()]

    def _earned(self):
        rows = self.env.execute_query(
            SQL(
                """
                %(last)s
                SELECT a.id, a.agreement_id, s.id, s.invoice_id, s.currency_id,
                       CASE b.earned_on WHEN 'paid' THEN %(paid_on)s
                            ELSE m.invoice_date END,
                       s.quantity::text, q.uom_id,
                       (SELECT COALESCE(SUM(l.amount), 0)::text
                          FROM billing_segment_line l
                     LEFT JOIN billing_tariff_item i ON i.id = l.item_id
                         WHERE l.segment_id = s.id
                           AND (i.charge_type_id IN (
                                    SELECT billing_charge_type_id
                                      FROM billing_broker_agreement_charge_type
                                     WHERE billing_broker_agreement_id = b.id)
                                OR NOT EXISTS (
                                    SELECT 1 FROM billing_broker_agreement_charge_type
                                     WHERE billing_broker_agreement_id = b.id))),
                       COALESCE(k.entries, 0)
                  FROM billing_broker_assignment a
                  JOIN billing_broker_agreement b ON b.id = a.agreement_id
                  JOIN billing_segment s ON s.contract_id = a.contract_id
                   AND daterange(a.date_start, a.date_end, '[]') @> s.date_end
                   AND s.currency_id = b.currency_id AND s.is_exclusive
                  JOIN billing_agreement g ON g.id = s.agreement_id
                  JOIN billing_agreement_type t ON t.id = g.type_id
             LEFT JOIN billing_quantity_type q ON q.id = t.quantity_type_id
                  JOIN account_move m ON m.id = s.invoice_id AND m.state = 'posted'
             LEFT JOIN account_move r ON r.id = s.reversal_id
                   AND r.state = 'posted' AND r.invoice_date <= %(until)s
             LEFT JOIN counted k ON k.assignment_id = a.id AND k.segment_id = s.id
                 WHERE b.company_id = %(company)s AND b.active
                   AND s.company_id = %(company)s
                   AND m.invoice_date <= %(until)s AND r.id IS NULL
                   AND (k.kind IS NULL OR k.kind = 'clawback')
                   AND (b.earned_on = 'issued'
                        OR m.payment_state IN %(paid)s
                           AND %(paid_on)s <= %(until)s)
              ORDER BY 6, s.id, a.id
                """,
                last=LAST,
                paid_on=PAID_ON,
                paid=PAID,
                until=self.until,
                company=self.company.id,
            )
        )
        agreements = self.env["billing.broker.agreement"].browse(
            {row[1] for row in rows}
        )
        units = self.env["uom.uom"]
        for (
            assignment_id,
            agreement_id,
            segment_id,
            move_id,
            currency_id,
            day,
            quantity,
            uom_id,
            base,
            entries,
        ) in rows:
            agreement = agreements.browse(agreement_id)
            base, quantity = Decimal(base), Decimal(quantity or 0)
            if agreement.basis == "unit":
                quantity = agreement._get_quantity(quantity, units.browse(uom_id))
            rounding = to_decimal(agreement.currency_id.rounding)
            total = commission(
                agreement.basis, to_decimal(agreement.rate), base, quantity, rounding
            )
            parts = agreement.part_ids
            percents = [to_decimal(part.percent) for part in parts]
            for part, amount in zip(
                parts, divide(total, percents, rounding), strict=True
            ):
                yield Count(
                    part.partner_id.id,
                    currency_id,
                    agreement_id,
                    assignment_id,
                    segment_id,
                    move_id,
                    "earned",
                    day,
                    base,
                    quantity,
                    amount,
                    entries // len(parts),
                )

    def _taken_back(self):
        """What was earned by a segment that is reversed by now, or not paid any more:
        the same amount, taken back on the day of the credit note."""
        rows = self.env.execute_query(
            SQL(
                """
                %(last)s
                SELECT l.partner_id, s.currency_id, l.agreement_id, l.assignment_id,
                       l.segment_id, COALESCE(r.id, l.move_id),
                       COALESCE(r.invoice_date, %(until)s), l.base_amount::text,
                       l.quantity::text, l.amount::text, l.number + 1
                  FROM counted k
                  JOIN billing_broker_line l ON l.assignment_id = k.assignment_id
                   AND l.segment_id = k.segment_id AND l.number = k.number
                  JOIN billing_broker_agreement b ON b.id = l.agreement_id
                  JOIN billing_segment s ON s.id = l.segment_id
             LEFT JOIN account_move m ON m.id = s.invoice_id AND m.state = 'posted'
             LEFT JOIN account_move r ON r.id = s.reversal_id
                   AND r.state = 'posted' AND r.invoice_date <= %(until)s
                 WHERE k.kind = 'earned' AND l.company_id = %(company)s
                   AND (r.id IS NOT NULL OR m.id IS NULL
                        OR b.earned_on = 'paid' AND m.payment_state NOT IN %(paid)s)
              ORDER BY l.id
                """,
                last=LAST,
                paid=PAID,
                until=self.until,
                company=self.company.id,
            )
        )
        for *ids, move_id, day, base, quantity, amount, number in rows:
            yield Count(
                *ids,
                move_id,
                "clawback",
                day,
                -Decimal(base),
                -Decimal(quantity),
                -Decimal(amount),
                number,
            )


LAST = SQL(
    """
    WITH counted AS (
        SELECT DISTINCT ON (assignment_id, segment_id)
               assignment_id, segment_id, number, kind,
               COUNT(*) OVER (PARTITION BY assignment_id, segment_id) AS entries
          FROM billing_broker_line
      ORDER BY assignment_id, segment_id, number DESC)
    """
)
PAID_ON = SQL(
    """
    COALESCE((SELECT MAX(p.max_date) FROM account_partial_reconcile p
                JOIN account_move_line l ON l.id = p.debit_move_id
               WHERE l.move_id = m.id), m.invoice_date)
    """
)


def by_statement(counts):
    """Counts by ``(broker, currency)``."""
    found = defaultdict(list)
    for count in counts:
        found[count.partner_id, count.currency_id].append(count)
    return found
