"""Bands: limits are inclusive, whole or sliced, prorated or not.

Vector (a postal money order's commission): 0–10 → 0.30, 10.01–30 → 0.45,
30.01–100 → 1.5 % …: 10 is still 0.30, 10.01 is 0.45.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from .charges import Band
from .money import (
    CONTEXT,
    HUNDRED,
    WHOLE,
    ZERO,
    Share,
    round_price,
    round_quantity,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A band between its limits: above ``lower`` up to and including ``upper``.

    ``info`` is what explanations show of it, shared by all lines.
    """

    index: int
    lower: Decimal | None
    upper: Decimal | None
    band: Band
    info: dict


def net(
    value: Decimal | None, discount: Decimal, less: Decimal = ZERO
) -> Decimal | None:
    """``value`` less ``discount`` percent or the amount ``less``, a unit price of at
    most 8 decimals."""
    if value is None:
        return None
    if less:
        return round_price(CONTEXT.subtract(value, less))
    if not discount:
        return round_price(value)
    rest = CONTEXT.subtract(HUNDRED, discount)
    return round_price(CONTEXT.divide(CONTEXT.multiply(value, rest), HUNDRED))


def ladder(
    bands: Iterable[Band],
    share: Share = WHOLE,
    discount: Decimal = ZERO,
    less: Decimal = ZERO,
) -> tuple[Step, ...]:
    """The bands as steps, their limits times ``share``, their prices net.

    ``less`` is an amount per unit: it lowers the price, not percent and fixed.
    Limits are rounded like quantities, so that slices add up to the quantity.
    The first band also takes whatever lies below 0.
    """
    steps = []
    lower = None
    for index, band in enumerate(bands):
        upper = band.upper
        if upper is not None:
            upper = round_quantity(share.of(upper))
        band = replace(
            band,
            price=net(band.price, discount, less),
            percent=net(band.percent, discount),
            fixed=net(band.fixed, discount),
        )
        steps.append(Step(index, lower, upper, band, _info(lower, upper, band)))
        lower = upper
    return tuple(steps)


def _info(lower: Decimal | None, upper: Decimal | None, band: Band) -> dict:
    shown = {
        "above": lower,
        "up_to": upper,
        "price": band.price,
        "percent": band.percent,
        "fixed": band.fixed,
    }
    return {name: str(value) for name, value in shown.items() if value is not None}


def find(steps: Iterable[Step], value: Decimal) -> Step | None:
    """The step ``value`` falls in, or None when it is above all of them."""
    for step in steps:
        if step.upper is None or value <= step.upper:
            return step
    return None


def slices(
    steps: tuple[Step, ...], begin: Decimal, end: Decimal
) -> list[tuple[Step, Decimal]] | None:
    """The way from ``begin`` to ``end`` up the ladder, as (step, quantity).

    The quantities sum to ``end - begin`` exactly; downwards they are negative.
    An empty way is one slice of 0. None when it leads above the last step.

    >>> steps = ladder([Band(Decimal(100), price=Decimal(1)),
    ...                 Band(None, price=Decimal(2))])
    >>> [int(part) for _step, part in slices(steps, Decimal(0), Decimal(150))]
    [100, 50]
    """
    if begin == end:
        step = find(steps, end)
        return None if step is None else [(step, ZERO)]
    low, high = (begin, end) if begin < end else (end, begin)
    found = []
    for step in steps:
        upper = step.upper
        if upper is not None and upper <= low:
            continue
        top = high if upper is None or upper > high else upper
        part = top - low
        found.append((step, part if begin < end else -part))
        low = top
        if top == high:
            return found
    return None
