"""Rating: charges and quantities in, lines and problems out.

``rate()`` rates one span of one agreement. ``Rater`` prepares the charges once
and rates any number of agreements with the same charges, span and period: the
way to rate 100,000 of them. Both are pure: equal input gives equal output, in
whatever order charges and quantities are given.

Rules (shared/domain/billing.md): quantities are split where a price, discount,
factor or tax changes; flat and capacity charges are multiplied by the time they
stand for; each line is rounded once; a missing price is a problem, not a zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, localcontext

from .charges import Charge, Quantity, Rating
from .errors import RatingError
from .formula import IndexSeries
from .money import CONTEXT, rounder
from .plan import Planner, display_key, order
from .run import Run
from .spans import Span


def rate(
    charges: Iterable[Charge],
    quantities: Iterable[Quantity],
    span: Span,
    *,
    period: Span,
    rounding: Decimal,
    proration: str = "actual",
    normal_days: int | None = None,
    normal_tolerance: int = 0,
    series: Iterable[IndexSeries] = (),
) -> Rating:
    """Rate ``quantities`` by ``charges`` for the days of ``span``.

    May be called for each part of a segment with the same full quantities: it
    takes the share that falls into ``span``, and the shares add up.

    :param period: the billing period; its days are the denominator of factors
    :param rounding: smallest step of the currency, e.g. Decimal("0.01")
    :param proration: ``actual``: time unit "period" is the days of ``period`` ·
        ``normal``: it is ``normal_days``
    :param normal_tolerance: with ``normal``, a period at most so many days off
        counts as a normal one
    :param series: price series for charges of basis index
    :raises RatingError: when the input is malformed (a float for money, two
        charges of one key …); data that is missing gives a Problem instead
    """
    rater = Rater(
        charges,
        span,
        period=period,
        rounding=rounding,
        proration=proration,
        normal_days=normal_days,
        normal_tolerance=normal_tolerance,
        series=series,
    )
    return rater.rate(quantities)


class Rater:
    """Charges prepared for a span; parameters as of :func:`rate`.

    Not for use by several threads at once (prices of intervals are worked out at
    first need).
    """

    def __init__(
        self,
        charges: Iterable[Charge],
        span: Span,
        *,
        period: Span,
        rounding: Decimal,
        proration: str = "actual",
        normal_days: int | None = None,
        normal_tolerance: int = 0,
        series: Iterable[IndexSeries] = (),
    ):
        rounder(rounding)  # raises when it is none
        self.span = span
        self.first = span.start.toordinal()
        self.last = span.end.toordinal()
        self.rounding = rounding
        self.series: Mapping[str, IndexSeries] = {item.name: item for item in series}
        self.period_days = _period_days(
            period, proration, normal_days, normal_tolerance
        )
        # Unprorated bands run through the period; through the span when the
        # message that orders the bill spans more than the period.
        self.base_first = min(period.start, span.start).toordinal()
        self.base_last = max(period.end, span.end).toordinal()
        self.planner = Planner(span, self.period_days, rounding)
        with localcontext(CONTEXT):
            ordered, self.cyclic = order(charges)
            self.plans = [self.planner.plan(charge) for charge in ordered]
        self.by_key = {plan.charge.key: plan for plan in self.plans}
        self.group_sizes: dict[str, int] = {}
        for charge in ordered:
            if charge.pick_group:
                size = self.group_sizes.get(charge.pick_group, 0)
                self.group_sizes[charge.pick_group] = size + 1
        self.display = [charge.key for charge in sorted(ordered, key=display_key)]

    def rate(self, quantities: Iterable[Quantity]) -> Rating:
        """Rate one agreement's quantities."""
        with localcontext(CONTEXT):
            return Run(self, quantities).result()


def _period_days(
    period: Span, proration: str, normal_days: int | None, tolerance: int
) -> int:
    """What a part's days are divided by."""
    if proration == "actual":
        return period.days
    if proration != "normal":
        raise RatingError("bad_choice", f"proration {proration!r}")
    if not normal_days or normal_days < 1:
        raise RatingError("no_normal_days", "proration normal needs normal_days")
    if abs(period.days - normal_days) <= tolerance:
        return period.days
    return normal_days
