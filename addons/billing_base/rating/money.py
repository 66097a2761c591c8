"""Decimals: the only numbers money, prices and billed quantities are made of.

A line is rounded once, half up (away from zero for negative amounts); unit
prices keep up to 8 decimals, quantities 6. The ambient decimal context of the
caller is never used.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from fractions import Fraction
from functools import lru_cache

from .errors import RatingError

# Two words of libmpdec: products of 18-digit quantities and 18-digit prices are
# exact, quotients have 20 digits behind any amount a currency can show.
CONTEXT = Context(
    prec=38,
    rounding=ROUND_HALF_UP,
    traps=[DivisionByZero, InvalidOperation, Overflow],
)
ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
QUANTITY_STEP = Decimal("0.000001")
PRICE_STEP = Decimal("0.00000001")
FACTOR_STEP = Decimal("0.0000001")


def to_decimal(value) -> Decimal:
    """Decimal of an int, str, float or Decimal, by way of ``str``.

    The one door from floats (Odoo fields, currency rounding) into this package.

    :raises RatingError: for NaN, infinity, booleans and what isn't a number
    """
    if isinstance(value, Decimal):
        number = value
    elif isinstance(value, bool):
        raise RatingError("not_a_number", "not a number", value=str(value))
    else:
        try:
            number = Decimal(str(value))
        except InvalidOperation as error:
            raise RatingError(
                "not_a_number", "not a number", value=str(value)
            ) from error
    if not number.is_finite():
        raise RatingError("not_finite", "not a finite number", value=str(value))
    return number


def _quantize(value: Decimal, step: Decimal) -> Decimal:
    rounded = value.quantize(step, ROUND_HALF_UP, CONTEXT)
    return rounded or abs(rounded)  # no "-0.00"


@lru_cache(maxsize=64)
def rounder(rounding: Decimal) -> Callable[[Decimal], Decimal]:
    """The function that rounds amounts of a currency, see :func:`round_amount`.

    :raises RatingError: when ``rounding`` is no positive Decimal
    """
    if not isinstance(rounding, Decimal) or not rounding > 0:
        raise RatingError(
            "bad_rounding", "rounding must be a positive Decimal", value=str(rounding)
        )
    digits = rounding.as_tuple()
    if digits.digits == (1,) and digits.exponent <= 0:  # 1, 0.1, 0.01 …

        def to_digit(value: Decimal) -> Decimal:
            rounded = value.quantize(rounding, ROUND_HALF_UP, CONTEXT)
            return rounded or abs(rounded)

        return to_digit

    def to_step(value: Decimal) -> Decimal:
        steps = _quantize(CONTEXT.divide(value, rounding), ONE)
        return CONTEXT.multiply(steps, rounding)

    return to_step


def round_amount(value: Decimal, rounding: Decimal) -> Decimal:
    """``value`` to the nearest multiple of ``rounding``, half away from zero.

    :param rounding: smallest step of the currency: 0.01, 1, 0.05 …

    >>> round_amount(Decimal("2.675"), Decimal("0.01"))
    Decimal('2.68')
    >>> round_amount(Decimal("-0.12"), Decimal("0.05"))
    Decimal('-0.10')
    """
    return rounder(rounding)(value)


def round_quantity(value: Decimal) -> Decimal:
    """``value`` to 6 decimals, half away from zero (kWh, kW, pieces …)."""
    rounded = value.quantize(QUANTITY_STEP, ROUND_HALF_UP, CONTEXT)
    return rounded or abs(rounded)


def round_price(value: Decimal) -> Decimal:
    """``value`` to 8 decimals when it has more, else as it is."""
    if value.as_tuple().exponent >= -8:
        return value
    return _quantize(value, PRICE_STEP)


class Share:
    """A fraction to multiply decimals with: a time factor, days of days.

    Kept as two Decimals, so that a product is divided once, at the end.
    """

    __slots__ = ("part", "per", "is_whole")

    def __init__(self, part: Fraction | int, per: int = 1):
        fraction = Fraction(part, per)
        self.part = Decimal(fraction.numerator)
        self.per = Decimal(fraction.denominator)
        self.is_whole = fraction == 1

    def of(self, value: Decimal) -> Decimal:
        """``value`` × the share, exact to 38 digits."""
        if self.is_whole:
            return value
        product = CONTEXT.multiply(value, self.part)
        return product if self.per == 1 else CONTEXT.divide(product, self.per)

    def shown(self) -> Decimal:
        """The share with 7 decimals, as users see it.

        >>> Share(20, 30).shown()
        Decimal('0.6666667')
        """
        return _quantize(CONTEXT.divide(self.part, self.per), FACTOR_STEP)


WHOLE = Share(1)
