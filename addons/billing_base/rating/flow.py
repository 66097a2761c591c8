"""Quantities while being rated: the share of a span that falls into some days.

Shares are differences of a cumulative, rounded quantity, so the shares of any
parts sum to the whole exactly, whoever asks for them and in whatever order.
Days are proleptic ordinals here (``date.toordinal``): integers compare fast.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, localcontext
from itertools import accumulate

from .charges import Quantity
from .formula import ENERGY_DIGITS, scaled_energy
from .money import CONTEXT, ONE, QUANTITY_STEP, ZERO, round_quantity
from .spans import Span

#: Parts rounded singly may miss the rounded whole by so much each.
TOLERANCE = QUANTITY_STEP


class Flow:
    """A :class:`Quantity` prepared for one call of ``rate``.

    ``problem`` is (code, params) when the parts given don't add up to the value.
    """

    __slots__ = (
        "quantity",
        "first",
        "last",
        "days",
        "value",
        "energy",
        "problem",
        "_inputs",
        "_prefix",
        "_method",
    )

    def __init__(self, quantity: Quantity):
        self.quantity = quantity
        self.first = quantity.span.start.toordinal()
        self.last = quantity.span.end.toordinal()
        self.days = self.last - self.first + 1
        self.value = round_quantity(quantity.value)
        self.problem = None
        self.energy = None
        self._inputs = None
        self._prefix = None
        self._method = "days"
        if quantity.intervals is not None:
            self._by_intervals(quantity.intervals)
        elif quantity.daily is not None:
            self._by_days(quantity.daily)
        elif quantity.weights is not None and any(quantity.weights):
            self._by_profile(quantity.weights)

    def _by_intervals(self, intervals):
        lengths, energy = scaled_energy(intervals)
        if isinstance(lengths, str):
            code, params = lengths, dict(energy)
            day = date.fromordinal(self.first + params.pop("offset"))
            self.problem = (code, {"date": day.isoformat(), **params})
            return
        self.energy = (lengths, energy)
        self._method = "intervals"
        sums = energy.cumsum()
        ends = accumulate(lengths)
        by_day = (Decimal(int(sums[end - 1])).scaleb(-ENERGY_DIGITS) for end in ends)
        self._use_prefix([ZERO, *by_day], sum(lengths))

    def _by_days(self, daily):
        self._method = "daily"
        self._use_prefix([ZERO, *accumulate(daily)], self.days)

    def _by_profile(self, weights):
        self._method = "profile"
        sums = list(accumulate(weights))
        if not sums[-1]:
            self.problem = ("parts_mismatch", {"sum": "0", "value": str(self.value)})
            return
        self._prefix = [ZERO, *(self.value * part / sums[-1] for part in sums)]

    def _use_prefix(self, prefix, count):
        difference = abs(prefix[-1] - self.value)
        if difference > TOLERANCE * count:
            params = {"sum": str(prefix[-1]), "value": str(self.value)}
            self.problem = ("parts_mismatch", params)
        self._prefix = prefix

    def _until(self, day: int, factor: Decimal | None) -> Decimal:
        """Quantity of the first ``day`` days times ``factor``, rounded."""
        if day <= 0:
            return ZERO
        if day >= self.days:
            value = self.value
        elif self._prefix is not None:
            value = self._prefix[day]
        else:
            value = self.value * day
            if factor is not None:
                value *= factor
            return round_quantity(value / self.days)
        return round_quantity(value if factor is None else value * factor)

    def share(self, first: int, last: int, factor: Decimal | None) -> Decimal:
        """The quantity of the days ``first`` to ``last`` times ``factor``."""
        if first <= self.first and last >= self.last:
            return self.value if factor is None else round_quantity(self.value * factor)
        begin = self._until(first - self.first, factor)
        return self._until(last - self.first + 1, factor) - begin

    def count_share(self, first: int, last: int) -> Decimal:
        """The items of the days ``first`` to ``last``; 1 in all without count."""
        count = self.quantity.count
        count = ONE if count is None else round_quantity(count)
        low = max(first - self.first, 0)
        high = min(last - self.first + 1, self.days)
        if low == 0 and high == self.days:
            return count
        until = round_quantity(count * high / self.days)
        return until - round_quantity(count * low / self.days)

    @property
    def info(self) -> dict:
        """The input as explanations show it, one dict for all lines."""
        return self.inputs[0]

    @property
    def inputs(self) -> list[dict]:
        """The same as the list a line with this one input has."""
        if self._inputs is None:
            quantity = self.quantity
            info = {
                "code": quantity.code,
                "from": quantity.span.start.isoformat(),
                "to": quantity.span.end.isoformat(),
                "value": str(quantity.value),
                "unit": quantity.unit,
                "quality": quantity.quality,
                "split": self._method,
            }
            if quantity.count is not None:
                info["count"] = str(quantity.count)
            if quantity.source is not None:
                info["source"] = quantity.source
            self._inputs = [info]
        return self._inputs


def quantity_in(quantities: Iterable[Quantity], span: Span) -> Decimal:
    """The share of some flows (of one code and unit) that falls into ``span``.

    The same figure that lines of the span add up to.
    """
    first, last = span.start.toordinal(), span.end.toordinal()
    with localcontext(CONTEXT):
        return sum(
            (
                Flow(quantity).share(first, last, None)
                for quantity in quantities
                if quantity.span.overlaps(span)
            ),
            ZERO,
        )


class Level:
    """A stretch of days with one level, and the inputs that say so."""

    __slots__ = ("first", "last", "value", "flows")

    def __init__(self, flow: Flow):
        self.first = flow.first
        self.last = flow.last
        self.value = flow.value
        self.flows = [flow]

    @property
    def inputs(self) -> list[dict]:
        return [flow.info for flow in self.flows]

    @property
    def unit(self) -> str:
        return self.flows[0].quantity.unit


def levels(flows: list[Flow]) -> tuple[list[Level], list[tuple[int, int]]]:
    """Stretches of equal level by day, and (first, last) days that contradict.

    Neighbours of the same value are one stretch: a level stated twice changes
    nothing.
    """
    found: list[Level] = []
    conflicts = []
    for flow in flows:
        previous = found[-1] if found else None
        if previous is None or flow.first > previous.last + 1:
            found.append(Level(flow))
        elif flow.value == previous.value:
            previous.last = max(previous.last, flow.last)
            previous.flows.append(flow)
        else:
            if flow.first <= previous.last:
                conflicts.append((flow.first, min(flow.last, previous.last)))
            found.append(Level(flow))
    return found, conflicts
