"""Rounding and sharing out to the smallest coin."""

from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

from .errors import SharesError, _

CENT = Decimal("0.01")
CONTEXT = Context(prec=38, rounding=ROUND_HALF_UP)


def round_amount(value, rounding=CENT):
    """A Decimal or Fraction to the nearest multiple of ``rounding``, half away from
    zero.

    >>> round_amount(Fraction(5, 1000))
    Decimal('0.01')
    """
    steps = Fraction(value) / Fraction(rounding)
    whole = (2 * abs(steps.numerator) + steps.denominator) // (2 * steps.denominator)
    if steps < 0:
        whole = -whole
    with localcontext(CONTEXT):
        return Decimal(whole) * rounding


def allot(amount, weights, rounding=CENT):
    """``amount`` shared out by ``weights``; the shares sum to it to the cent.

    What rounding leaves goes to the largest remainders, earlier ones first.

    :param amount: Decimal, a multiple of ``rounding``
    :param weights: Decimals, none negative, not all zero
    :return: list of Decimals in the order of the weights
    :raises SharesError: ``no_weights``

    >>> allot(Decimal("100.00"), [Decimal(1), Decimal(1), Decimal(1)])
    [Decimal('33.34'), Decimal('33.33'), Decimal('33.33')]
    """
    total = sum(weights, Decimal(0))
    if total <= 0 or any(weight < 0 for weight in weights):
        raise SharesError(
            "no_weights",
            _("An amount can only be shared by points or capacities above zero."),
        )
    sign = -1 if amount < 0 else 1
    coins = abs(Fraction(amount)) / Fraction(rounding)
    if coins.denominator != 1:
        raise SharesError(
            "not_rounded",
            _("%(amount)s is not rounded to %(rounding)s. Round it first."),
            amount=amount,
            rounding=rounding,
        )
    exact = [coins * Fraction(weight) / Fraction(total) for weight in weights]
    whole = [int(value) for value in exact]
    left = int(coins) - sum(whole)
    order = sorted(range(len(exact)), key=lambda i: (whole[i] - exact[i], i))
    for index in order[:left]:
        whole[index] += 1
    with localcontext(CONTEXT):
        return [Decimal(sign * value) * rounding for value in whole]


def slice_of(amount, before, part, total, rounding=CENT):
    """The share of ``part`` of ``total`` after ``before`` were shared out.

    Rounded as the difference of two running totals: whoever comes when, all parts
    together are the amount.
    """
    whole, per = Fraction(amount), Fraction(total)
    until = round_amount(whole * Fraction(before + part) / per, rounding)
    since = round_amount(whole * Fraction(before) / per, rounding)
    return until - since
