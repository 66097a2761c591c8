"""Products and lines: quantity × unit price = amount, always reproducible.

An e-invoice states quantity, price and amount, and the reader multiplies. So
where an exact amount isn't the product of a 6-digit quantity and an 8-digit
price, the line is 1 × amount and its explanation tells the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from .charges import RatedLine
from .money import ONE, Share, round_price, round_quantity
from .plan import Part, Plan
from .spans import Span

MINUS_ONE = Decimal(-1)
Product = tuple[Decimal, Decimal, Decimal]


def single(amount: Decimal) -> Product:
    """±1 × amount: prices on e-invoices aren't negative (EN 16931, BR-27)."""
    if amount < 0:
        return MINUS_ONE, -amount, amount
    return ONE, amount, amount


def express(
    quantity: Decimal,
    price: Decimal,
    share: Share,
    rounded: Callable[[Decimal], Decimal],
) -> Product:
    """quantity × price × share, rounded once, as a product that reproduces it.

    Preferred is (quantity × share) at the price, then the quantity at (price ×
    share), then 1 × amount.

    :param quantity: of at most 6 decimals
    :param rounded: rounds to the currency

    >>> from .money import rounder
    >>> cents = rounder(Decimal("0.01"))
    >>> [str(n) for n in express(Decimal(50), Decimal(2), Share(15, 30), cents)]
    ['25.000000', '2', '50.00']
    """
    if share.is_whole:
        return quantity, price, rounded(quantity * price)
    amount = rounded(share.of(quantity * price))
    part = round_quantity(share.of(quantity))
    if rounded(part * price) == amount:
        return part, price, amount
    part_price = round_price(share.of(price))
    if rounded(quantity * part_price) == amount:
        return quantity, part_price, amount
    return single(amount)


def make_line(
    plan: Plan,
    part: Part,
    product: Product,
    explanation: dict,
    span: Span | None = None,
    factor: Decimal | None = None,
    unit: str = "",
) -> RatedLine:
    """A line of ``part``; its figures are added to ``explanation``."""
    quantity, unit_price, amount = product
    explanation["quantity"] = str(quantity)
    explanation["unit_price"] = str(unit_price)
    explanation["amount"] = str(amount)
    return RatedLine(
        plan.charge.key,
        part.version.key,
        span or part.span,
        quantity,
        unit_price,
        amount,
        factor,
        explanation,
        unit,
        part.tax,
    )
