"""Segments whose tariff or discount changed after they were made."""

from collections import defaultdict
from datetime import timedelta

from odoo.tools import SQL

CONDITIONS = {
    "company_id": SQL("a.company_id = c.company_id"),
    "tariff_id": SQL("t.tariff_id = c.tariff_id"),
    "partner_id": SQL("a.partner_id = c.partner_id"),
    "contract_id": SQL("a.contract_id = c.contract_id"),
    "category_id": SQL("p.billing_category_id = c.category_id"),
}
"""How a change finds its agreements; a name without a value does not count."""


def mark_stale(env, changes, is_open=False):
    """Flag the segments that were made from what changed, also the frozen ones.

    One statement for each kind of target.

    :param changes: dictionaries with ids under names of ``CONDITIONS`` and the days
        under ``date_start`` and ``date_end`` (False: without an end)
    :param is_open: leave the frozen ones alone
    :return: the billing.segment that were not stale before
    """
    kinds = defaultdict(list)
    for change in changes:
        names = tuple(name for name in CONDITIONS if change.get(name))
        days = (change["date_start"] or None, change["date_end"] or None)
        kinds[names].append((*(change[name] for name in names), *days))
    segments = env["billing.segment"]
    if not kinds:
        return segments
    env.flush_all()
    for names, rows in kinds.items():
        segments |= segments.browse(
            row[0] for row in env.execute_query(_statement(names, rows, is_open))
        )
    segments.invalidate_recordset(["is_stale"], flush=False)
    return segments


def _statement(names, rows, is_open):
    columns = SQL(", ").join(SQL.identifier(name) for name in names)
    values = SQL(", ").join(
        SQL(
            "(%s, %s::date, %s::date)",
            SQL(", ").join(SQL("%s::int", value) for value in row[:-2]),
            *row[-2:],
        )
        for row in rows
    )
    conditions = SQL(" AND ").join(CONDITIONS[name] for name in names)
    return SQL(
        """
        UPDATE billing_segment s SET is_stale = TRUE
          FROM billing_agreement a
          JOIN billing_agreement_term t ON t.agreement_id = a.id
          JOIN res_partner p ON p.id = a.partner_id
          JOIN (VALUES %(values)s) c (%(columns)s, date_start, date_end)
            ON %(conditions)s
         WHERE s.agreement_id = a.id AND s.is_exclusive
           AND s.state NOT IN %(spared)s AND s.is_stale IS NOT TRUE
           AND daterange(s.date_start, s.date_end, '[]')
               * daterange(t.date_start, t.date_end, '[]')
               && daterange(c.date_start, c.date_end, '[]')
     RETURNING s.id
        """,
        values=values,
        columns=columns,
        spared=("cancelled", "cancelling", "frozen") if is_open else ("cancelled",),
        conditions=conditions,
    )


def changed_spans(before, after):
    """The days that belong to one of two spans but not to both.

    :param before: ``(first day, last day or False)``; ``after`` likewise
    :return: ``[(first day, last day or False), …]``
    """
    day = timedelta(days=1)
    (old_start, old_end), (new_start, new_end) = before, after
    if (old_end and old_end < new_start) or (new_end and new_end < old_start):
        return [(old_start, old_end), (new_start, new_end)]
    changed = []
    if old_start != new_start:
        first, last = sorted((old_start, new_start))
        changed.append((first, last - day))
    if old_end != new_end:
        ends = sorted(end for end in (old_end, new_end) if end)
        changed.append((ends[0] + day, ends[1] if len(ends) == 2 else False))
    return changed
