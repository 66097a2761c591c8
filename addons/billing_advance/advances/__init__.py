"""Dates and amounts of levelled payments.

Pure Python: no Odoo, no database, no clock. Amounts are ``Decimal`` in one currency,
days are inclusive.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal

CONTEXT = Context(prec=38, rounding=ROUND_HALF_UP)
YEAR = 365


def due_dates(start: date, end: date, months: int, day: int) -> list[date]:
    """A payment every so many months, on a day of the month, within the span.

    :param day: 1 to 28
    :raises ValueError: for another day, or months below one

    >>> [str(due) for due in due_dates(date(2026, 1, 20), date(2026, 6, 30), 2, 15)]
    ['2026-02-15', '2026-04-15', '2026-06-15']
    """
    if not 1 <= day <= 28 or months < 1:
        raise ValueError(f"no schedule: every {months} months on day {day}")
    month = start.year * 12 + start.month - 1
    if start.day > day:
        month += 1
    dates = []
    while (due := date(month // 12, month % 12 + 1, day)) <= end:
        dates.append(due)
        month += months
    return dates


def level(total: Decimal, count: int, step: Decimal) -> Decimal:
    """One of ``count`` equal payments that make about ``total``, in whole steps.

    Never below zero: who has paid enough pays nothing more.

    :raises ValueError: for a step that is not above zero

    >>> level(Decimal("1570.50"), 12, Decimal(1))
    Decimal('131')
    """
    if step <= 0:
        raise ValueError(f"payments are rounded to a step above zero, not {step}")
    if count < 1 or total <= 0:
        return Decimal(0)
    steps = CONTEXT.divide(CONTEXT.divide(total, Decimal(count)), step)
    return CONTEXT.multiply(steps.quantize(Decimal(1), context=CONTEXT), step)


def yearly(spans: Iterable[tuple[int, Decimal]], days: int = YEAR) -> Decimal:
    """What ``days`` use at the pace of what was used in some days.

    :param spans: ``(days, quantity)`` of what was billed
    :return: six decimals; zero without any day

    >>> yearly([(31, Decimal(310)), (28, Decimal(280))])
    Decimal('3650.000000')
    """
    spans = list(spans)
    covered = sum(found for found, _quantity in spans)
    if not covered:
        return Decimal(0)
    used = sum((quantity for _days, quantity in spans), Decimal(0))
    exact = CONTEXT.divide(CONTEXT.multiply(used, Decimal(days)), Decimal(covered))
    return exact.quantize(Decimal("0.000001"), context=CONTEXT)
