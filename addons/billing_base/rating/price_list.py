"""What a charge costs on a day, without any quantity: for price lists people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .bands import Step, ladder, net
from .charges import Charge, Discount, PriceVersion
from .money import WHOLE, ZERO
from .plan import conditions


@dataclass(frozen=True, slots=True)
class PriceOn:
    """The price of a charge on one day.

    :param problems: codes as of :data:`rating.explain.PROBLEMS`; then there is no
        price
    :param price: net of discount; None for what only has bands
    :param steps: bands with their prices net of discount
    """

    version: PriceVersion | None = None
    discount: Discount | None = None
    price: Decimal | None = None
    steps: tuple[Step, ...] = ()
    problems: tuple[str, ...] = ()


def price_on(charge: Charge, day: date) -> PriceOn:
    """The version and discount that count for ``charge`` on ``day``.

    >>> from decimal import Decimal
    >>> versions = (PriceVersion(1, date(2026, 1, 1), None, Decimal(10)),)
    >>> discounts = (Discount(7, Decimal(5), date(2026, 6, 1)),)
    >>> fee = Charge("f", "Fee", "flat", prices=versions, discounts=discounts)
    >>> str(price_on(fee, date(2026, 5, 31)).price)
    '10'
    >>> str(price_on(fee, date(2026, 6, 1)).price)
    '9.5'
    >>> price_on(fee, date(2025, 1, 1)).problems
    ('missing_price',)
    """
    (version, discount, _factor, _tax), wrong = conditions(charge, day.toordinal())
    if wrong:
        return PriceOn(version, discount, problems=tuple(wrong))
    percent = version.discount if discount is None else discount.percent
    less = (discount and discount.amount) or ZERO
    return PriceOn(
        version,
        discount,
        net(version.price, percent, less),
        ladder(version.bands, WHOLE, percent, less),
    )
