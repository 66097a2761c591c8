"""Why two bills differ: quantity, price, days and the rest, exact to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .money import CONTEXT, ZERO, rounder
from .spans import Span


@dataclass(frozen=True)
class Billed:
    """What a charge came to on one bill.

    :param amount: money
    :param used: units in all: kWh of the days, kW × share of the period; None where
        a quantity does not say how the amount came about (a percent of other charges)
    :param time: days for what adds up over time, periods for what is charged by time
    """

    amount: Decimal
    used: Decimal | None = None
    time: Decimal = ZERO

    @property
    def is_measured(self) -> bool:
        return bool(self.used and self.time)


@dataclass(frozen=True)
class BilledPart:
    """A line of a charge: a span, a price, a band or a meter of it.

    :param used: as of Billed
    :param factor: periods, for what is charged by time; else None
    """

    amount: Decimal
    used: Decimal | None
    span: Span
    factor: Decimal | None = None


@dataclass(frozen=True)
class Difference:
    """Parts of a difference in money; their sum is the difference.

    ``days``: a longer or shorter time; ``quantity``: more or less used in the same
    time; ``price``: a changed price; ``other``: charges on one of the bills only, and
    those that follow from others.
    """

    quantity: Decimal = ZERO
    price: Decimal = ZERO
    days: Decimal = ZERO
    other: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return self.quantity + self.price + self.days + self.other

    def __add__(self, more: Difference) -> Difference:
        return Difference(
            self.quantity + more.quantity,
            self.price + more.price,
            self.days + more.days,
            self.other + more.other,
        )

    def __bool__(self) -> bool:
        return any((self.quantity, self.price, self.days, self.other))


def split_charge(
    before: Billed | None, after: Billed | None, rounding: Decimal
) -> Difference:
    """One charge of two bills.

    The former amount is carried to the new time, then to the new use at the former
    price; what is left is the price. Each step is rounded, so the parts add up.

    :param rounding: smallest unit of the currency

    >>> before = Billed(Decimal("30.00"), Decimal(300), Decimal(30))
    >>> after = Billed(Decimal("62.00"), Decimal(310), Decimal(31))
    >>> split = split_charge(before, after, Decimal("0.01"))
    >>> str(split.days), str(split.quantity), str(split.price)
    ('1.00', '0.00', '31.00')
    """
    total = (after.amount if after else ZERO) - (before.amount if before else ZERO)
    if not (before and after and before.is_measured and after.is_measured):
        return Difference(other=total)
    rounded = rounder(rounding)
    same_use = rounded(_carry(before.amount, after.time, before.time))
    same_price = rounded(_carry(before.amount, after.used, before.used))
    return Difference(
        days=same_use - before.amount,
        quantity=same_price - same_use,
        price=after.amount - same_price,
    )


def split_bills(
    before: Mapping[object, Billed],
    after: Mapping[object, Billed],
    rounding: Decimal,
) -> dict[object, Difference]:
    """Each charge of two bills by its key; charges that did not change are left out."""
    splits = {
        key: split_charge(before.get(key), after.get(key), rounding)
        for key in dict.fromkeys([*after, *before])
    }
    return {key: split for key, split in splits.items() if split}


def merge(parts: Iterable[BilledPart]) -> Billed:
    """A charge of several spans, prices, bands or meters as one.

    Amounts and uses add up, and so do periods; a day counts once.
    """
    parts = list(parts)
    amount = sum((part.amount for part in parts), ZERO)
    if any(part.used is None for part in parts):
        return Billed(amount)
    days = {
        day
        for part in parts
        if part.factor is None
        for day in range(part.span.start.toordinal(), part.span.end.toordinal() + 1)
    }
    periods = sum((part.factor or ZERO for part in parts), ZERO)
    used = sum((part.used for part in parts), ZERO)
    return Billed(amount, used, periods + len(days))


def _carry(amount: Decimal, new: Decimal, old: Decimal) -> Decimal:
    return CONTEXT.divide(CONTEXT.multiply(amount, new), old)
