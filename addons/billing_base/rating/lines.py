"""Products and lines: quantity × unit price = amount, always reproducible.

An e-invoice states quantity, price and amount, and the reader multiplies. So
where an exact amount isn't the product of a 6-digit quantity and an 8-digit
price, the line is 1 × amount and its explanation tells the rest.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from .charges import RatedLine
from .money import (
    ONE,
    round_amount,
    round_price,
    round_quantity,
    times_fraction,
)
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
    quantity: Decimal, price: Decimal, times: Fraction | Decimal | None, rounding
) -> Product:
    """quantity × price × times, rounded once, as a product that reproduces it.

    Preferred is (quantity × times) at the price, then quantity at (price ×
    times), then 1 × amount.

    >>> from decimal import Decimal as D
    >>> [str(n) for n in express(D(50), D(2), Fraction(15, 30), D("0.01"))]
    ['25.000000', '2', '50.00']
    """
    if times is None or times == 1:
        quantity = round_quantity(quantity)
        return quantity, price, round_amount(quantity * price, rounding)
    times = times if isinstance(times, Fraction) else Fraction(times)
    amount = round_amount(times_fraction(quantity * price, times), rounding)
    part = round_quantity(times_fraction(quantity, times))
    if round_amount(part * price, rounding) == amount:
        return part, price, amount
    quantity = round_quantity(quantity)
    part_price = round_price(times_fraction(price, times))
    if round_amount(quantity * part_price, rounding) == amount:
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
