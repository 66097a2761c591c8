"""What was used beside what was contracted, and how much of it bears a charge."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

CONTEXT = Context(prec=38, rounding=ROUND_HALF_UP)
STEP = Decimal("0.000001")
NONE = Decimal(0)


@dataclass(frozen=True)
class Deviation:
    """Quantities of a month in one unit.

    :param difference: actual less contracted
    :param over: used beyond the tolerance above what is contracted
    :param under: not used beyond the tolerance below it
    """

    difference: Decimal
    over: Decimal
    under: Decimal


def deviation(
    contracted: Decimal,
    actual: Decimal,
    tolerance_over: Decimal,
    tolerance_under: Decimal,
) -> Deviation:
    """Only what lies outside of the tolerance is charged.

    :param tolerance_over: percent of the contracted quantity
    :param tolerance_under: percent of the contracted quantity
    :raises ValueError: for a negative quantity or tolerance

    >>> deviation(Decimal(100), Decimal(115), Decimal(10), Decimal(10)).over
    Decimal('5.000000')
    """
    if min(contracted, tolerance_over, tolerance_under) < 0:
        raise ValueError("contracted quantities and tolerances are not negative")

    def share(percent):
        return CONTEXT.divide(CONTEXT.multiply(contracted, percent), Decimal(100))

    difference = actual - contracted
    return Deviation(
        difference.quantize(STEP, context=CONTEXT),
        max(NONE, difference - share(tolerance_over)).quantize(STEP, context=CONTEXT),
        max(NONE, -difference - share(tolerance_under)).quantize(STEP, context=CONTEXT),
    )
