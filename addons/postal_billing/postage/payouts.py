"""Benefit payouts: what the principal ordered against what the counters paid."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Count:
    """Cheques and the money paid for them."""

    cheques: int = 0
    amount: Decimal = ZERO

    def __add__(self, other: Count) -> Count:
        return Count(self.cheques + other.cheques, self.amount + other.amount)

    def __sub__(self, other: Count) -> Count:
        return Count(self.cheques - other.cheques, self.amount - other.amount)

    def __bool__(self) -> bool:
        return bool(self.cheques or self.amount)


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the items don't agree with the principal's list.

    :param centre: the cost centre; None for the whole
    :param missing: ordered less paid; negative when more was paid
    """

    centre: Hashable | None
    ordered: Count
    paid: Count

    @property
    def missing(self) -> Count:
        return self.ordered - self.paid


def differences(
    total: Count, ordered: Mapping[Hashable, Count], paid: Mapping[Hashable, Count]
) -> list[Difference]:
    """What stands between a payout and its commission: empty when all agrees.

    :param total: what the principal says in sum
    :param ordered: his list by cost centre; empty when he gave only the sum
    :param paid: the items by cost centre

    >>> differences(Count(3, Decimal(90)), {}, {"A": Count(3, Decimal(90))})
    []
    >>> [d.missing.cheques for d in differences(Count(3, Decimal(90)), {}, {})]
    [3]
    """
    found = []
    if ordered:
        for centre in dict.fromkeys([*ordered, *paid]):
            difference = Difference(
                centre, ordered.get(centre, Count()), paid.get(centre, Count())
            )
            if difference.missing:
                found.append(difference)
    whole = Difference(None, total, sum(paid.values(), Count()))
    if whole.missing:
        found.append(whole)
    return found


def is_in_band(count: Count, lower: Decimal | None, upper: Decimal | None) -> bool:
    """Whether cheques said to lie in a band can: their mean does.

    A band is above ``lower`` up to and including ``upper``; when all cheques lie in
    it, so does their mean.

    >>> is_in_band(Count(2, Decimal("60.00")), Decimal(10), Decimal(30))
    True
    >>> is_in_band(Count(2, Decimal("60.01")), Decimal(10), Decimal(30))
    False
    """
    if not count.cheques:
        return not count.amount
    mean = count.amount / count.cheques
    return (lower is None or mean > lower) and (upper is None or mean <= upper)
