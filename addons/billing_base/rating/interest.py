"""Late interest: simple, by day, on the open balance.

Rules (shared/domain/billing.md): a stretch of days ends where the rate changes
and where a partial payment lowers the balance; days / 360 or / 365; grace days;
a minimum below which nothing is claimed. Vector: 1,000.00 × 10.15 % × 45 / 360 =
12.69, / 365 = 12.51.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext

from .charges import require_choice, require_decimal, require_order
from .errors import Problem, RatingError
from .money import CONTEXT, HUNDRED, ZERO, round_amount, rounder
from .plan import json_key
from .spans import ONE_DAY, Span, gaps, split

ACTUAL = "actual"
GRACES = ("tolerated", "free")


@dataclass(frozen=True, slots=True)
class InterestRate:
    """Percent per year from ``start``; without ``end`` until the next start.

    :param reference: the reference rate in ``percent``, if it has one
    :param points: what is added to it; ``percent`` is their sum
    """

    key: object
    start: date
    percent: Decimal
    end: date | None = None
    reference: Decimal | None = None
    points: Decimal | None = None

    def __post_init__(self):
        require_order("InterestRate", self.start, self.end)
        require_decimal(
            "InterestRate",
            percent=self.percent,
            reference=self.reference,
            points=self.points,
        )


@dataclass(frozen=True, slots=True)
class Payment:
    """What lowers the balance on a day (or raises it, when negative)."""

    day: date
    amount: Decimal

    def __post_init__(self):
        require_decimal("Payment", amount=self.amount)


@dataclass(frozen=True, slots=True)
class InterestLine:
    """Interest of days with one balance and one rate, rounded to the currency."""

    span: Span
    base: Decimal
    percent: Decimal
    amount: Decimal
    rate_key: object
    explanation: dict


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest on one debt. ``claim`` is 0 while ``total`` is under the minimum."""

    lines: tuple[InterestLine, ...]
    problems: tuple[Problem, ...]
    total: Decimal
    claim: Decimal


def late_interest(
    amount: Decimal,
    due: date,
    until: date,
    rates: Iterable[InterestRate],
    *,
    rounding: Decimal,
    payments: Iterable[Payment] = (),
    day_basis: int | str = 365,
    grace_days: int = 0,
    grace: str = "tolerated",
    minimum: Decimal | None = None,
    claimed_until: date | None = None,
    count_payment_day: bool = True,
    key: object = None,
) -> Interest:
    """Interest on ``amount``, due on ``due``, for the days after it to ``until``.

    :param until: last day counted
    :param rates: dated percents per year; the later start supersedes
    :param day_basis: 360, 365, or "actual" (365, 366 in leap years)
    :param grace_days: what is paid so many days after ``due`` bears nothing; what
        is paid later bears interest from ``due`` on (``grace="tolerated"``) or
        from the end of the grace days (``"free"``)
    :param minimum: a smaller total isn't claimed
    :param claimed_until: days up to this one were claimed before
    :param count_payment_day: whether the day of payment still bears interest
    :param key: named by problems
    :raises RatingError: for a bad day basis, floats, negative grace days
    """
    require_choice("late_interest", "grace", grace, GRACES)
    require_decimal("late_interest", amount=amount, minimum=minimum)
    if day_basis != ACTUAL and (not isinstance(day_basis, int) or day_basis < 1):
        raise RatingError("bad_day_basis", f"day basis {day_basis!r}")
    if grace_days < 0:
        raise RatingError("bad_grace", "grace days below 0")
    rounder(rounding)  # raises when it is none
    first = due + ONE_DAY * (1 + (grace_days if grace == "free" else 0))
    if claimed_until is not None:
        first = max(first, claimed_until + ONE_DAY)
    if until <= due + ONE_DAY * grace_days or until < first:
        return Interest((), (), ZERO, ZERO)
    tolerated = due + ONE_DAY * grace_days
    changes = [
        (
            due
            if payment.day <= tolerated
            else payment.day + ONE_DAY * count_payment_day,
            payment.amount,
        )
        for payment in payments
    ]
    rates = _with_ends(rates)
    with localcontext(CONTEXT):
        lines, problems = _lines(
            amount, Span(first, until), rates, changes, rounding, day_basis, key
        )
        total = sum((line.amount for line in lines), ZERO)
    claim = ZERO if minimum is not None and total < minimum else total
    return Interest(tuple(lines), tuple(problems), total, claim)


def _with_ends(rates: Iterable[InterestRate]) -> list[tuple[Span, InterestRate]]:
    """Each rate with the days it holds: to its end, at most to the next start."""
    ordered = sorted(rates, key=lambda rate: rate.start)
    found = []
    for position, rate in enumerate(ordered):
        end = rate.end or date.max
        if position + 1 < len(ordered):
            following = ordered[position + 1].start
            if following == rate.start:
                raise RatingError(
                    "bad_rates", "two rates start on one day", day=str(following)
                )
            end = min(end, following - ONE_DAY)
        found.append((Span(rate.start, end), rate))
    return found


def _lines(amount, span: Span, rates, changes, rounding, day_basis, key):
    """Lines of the stretches that bear interest, and problems of those that
    should but have no rate."""
    cuts = {day for day, _amount in changes}
    for valid, _rate in rates:
        cuts.add(valid.start)
        if valid.end < date.max:
            cuts.add(valid.end + ONE_DAY)
    if day_basis == ACTUAL:
        cuts |= {date(year, 1, 1) for year in range(span.start.year, span.end.year + 1)}
    stretches: list[list] = []
    unrated = []
    for part in split(span, cuts):
        paid = sum((paid for day, paid in changes if day <= part.start), ZERO)
        base = amount - paid
        if base <= 0:
            continue
        rate = next((rate for valid, rate in rates if part.start in valid), None)
        if rate is None:
            unrated.append(part)
            continue
        basis = _year_days(part.start.year) if day_basis == ACTUAL else day_basis
        terms = (base, rate, basis)
        previous = stretches[-1] if stretches else None
        touches = previous and previous[0].end + ONE_DAY == part.start
        if touches and previous[1] == terms:
            previous[0] = Span(previous[0].start, part.end)
        else:
            stretches.append([part, terms])
    lines = [_line(part, *terms, rounding) for part, terms in stretches]
    problems = [
        Problem(
            "missing_rate",
            key,
            gap,
            {"from": gap.start.isoformat(), "to": gap.end.isoformat()},
        )
        for gap in _joined(unrated)
    ]
    return lines, problems


def _joined(parts: list[Span]) -> list[Span]:
    """Neighbouring parts as one span."""
    if not parts:
        return []
    whole = Span(parts[0].start, parts[-1].end)
    between = gaps(whole, parts)
    return gaps(whole, between)


def _year_days(year: int) -> int:
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def _line(span: Span, base: Decimal, rate: InterestRate, basis: int, rounding):
    exact = base * rate.percent * span.days / (HUNDRED * basis)
    amount = round_amount(exact, rounding)
    explanation = {
        "terms": {
            "basis": "interest",
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "days": span.days,
            "day_basis": basis,
            "percent": str(rate.percent),
            "rate_key": json_key(rate.key),
            "rate_from": rate.start.isoformat(),
            "rounding": str(rounding),
        },
        "base": str(base),
        "amount": str(amount),
    }
    if rate.reference is not None:
        explanation["terms"]["reference"] = str(rate.reference)
        explanation["terms"]["points"] = str(rate.percent - rate.reference)
    return InterestLine(span, base, rate.percent, amount, rate.key, explanation)
