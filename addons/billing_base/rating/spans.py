"""Spans of whole days, both ends included.

The next span starts the day after the end of the one before: Jun 1–Jul 1, then
Jul 2–Aug 1 (domain rule "days are inclusive").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Days from ``start`` to ``end``, both included.

    :raises ValueError: when end is before start
    """

    start: date
    end: date

    def __post_init__(self):
        if self.end < self.start:
            raise ValueError(f"span ends {self.end} before it starts {self.start}")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def covers(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        return self.start <= other.end and other.start <= self.end

    def intersect(self, other: Span) -> Span | None:
        """The days in both, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start <= end else None


def span_from_ordinals(first: int, last: int) -> Span:
    return Span(date.fromordinal(first), date.fromordinal(last))


def split(span: Span, cuts: Iterable[date]) -> list[Span]:
    """Cut ``span`` so that each date of ``cuts`` starts a new part.

    Cuts outside of the span, or on its first day, cut nothing.

    >>> [p.days for p in split(Span(date(2025, 7, 2), date(2025, 8, 1)),
    ...                        [date(2025, 7, 20)])]
    [18, 13]
    """
    starts = [span.start]
    starts += sorted({cut for cut in cuts if span.start < cut <= span.end})
    ends = [start - ONE_DAY for start in starts[1:]] + [span.end]
    return [Span(start, end) for start, end in zip(starts, ends, strict=True)]


def union(spans: Iterable[Span]) -> list[Span]:
    """The days in any of ``spans``: disjoint, sorted, neighbours joined."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end + ONE_DAY:
            if span.end > merged[-1].end:
                merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def gaps(span: Span, spans: Iterable[Span]) -> list[Span]:
    """The days of ``span`` in none of ``spans``, as sorted spans."""
    missing = []
    start = span.start
    for covered in union(spans):
        if covered.end < start:
            continue
        if covered.start > span.end:
            break
        if covered.start > start:
            missing.append(Span(start, covered.start - ONE_DAY))
        start = covered.end + ONE_DAY
    if start <= span.end:
        missing.append(Span(start, span.end))
    return missing


def overlaps(spans: Iterable[Span]) -> list[Span]:
    """The days in more than one of ``spans``, as sorted disjoint spans."""
    found = []
    reach: date | None = None
    for span in sorted(spans):
        if reach and span.start <= reach:
            found.append(Span(span.start, min(span.end, reach)))
        reach = max(reach, span.end) if reach else span.end
    return union(found)


def time_factor(span: Span, unit: str, period_days: int) -> Fraction:
    """How many time units the span is: the factor of flat and capacity charges.

    ``day``: its days · ``month``: the sum over calendar months of days / days
    in the month · ``year``: the same over calendar years · ``period``: days /
    ``period_days`` (days of the billing period, or the cycle's normal days).

    >>> time_factor(Span(date(2025, 4, 1), date(2025, 4, 20)), "period", 30)
    Fraction(2, 3)
    """
    if unit == "day":
        return Fraction(span.days)
    if unit == "period":
        return Fraction(span.days, period_days)
    total = Fraction(0)
    start = span.start
    while start <= span.end:
        if unit == "month":
            first = start.replace(day=1)
            following = (first + 31 * ONE_DAY).replace(day=1)
        else:
            first = date(start.year, 1, 1)
            following = date(start.year + 1, 1, 1)
        stop = min(span.end + ONE_DAY, following)
        total += Fraction((stop - start).days, (following - first).days)
        start = stop
    return total
