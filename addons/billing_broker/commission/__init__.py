"""What a broker earns by a bill, and how brokers divide it.

Pure Python: no Odoo, no database, no clock. Amounts are ``Decimal`` in one currency.
"""

from decimal import ROUND_HALF_UP, Context, Decimal

CONTEXT = Context(prec=38, rounding=ROUND_HALF_UP)
HUNDRED = Decimal(100)

PERCENT, UNIT, BILL = "percent", "unit", "bill"


def round_to(value: Decimal, rounding: Decimal) -> Decimal:
    """``value`` to the nearest multiple of ``rounding``, half away from zero."""
    steps = CONTEXT.divide(value, rounding).quantize(Decimal(1), context=CONTEXT)
    return CONTEXT.multiply(steps, rounding)


def commission(
    basis: str, rate: Decimal, amount: Decimal, quantity: Decimal, rounding: Decimal
) -> Decimal:
    """The commission of one bill, rounded once.

    :param basis: ``percent`` of the amount, ``unit``: for each unit of the quantity,
        ``bill``: the rate itself
    :param rate: percent, or money
    :param amount: untaxed amount the percentage is of
    :param quantity: in the unit of the rate
    :raises ValueError: for another basis

    >>> commission("percent", Decimal("2.5"), Decimal(130), Decimal(0), Decimal("0.01"))
    Decimal('3.25')
    """
    if basis == PERCENT:
        value = CONTEXT.divide(CONTEXT.multiply(amount, rate), HUNDRED)
    elif basis == UNIT:
        value = CONTEXT.multiply(quantity, rate)
    elif basis == BILL:
        value = rate
    else:
        raise ValueError(f"no basis of commissions: {basis}")
    return round_to(value, rounding)


def divide(total: Decimal, percents: list[Decimal], rounding: Decimal) -> list[Decimal]:
    """``total`` by percentages that sum to 100; the parts sum to it to the cent.

    Each broker has his rounded part; the difference is the largest part's, of
    equal ones the first one's.

    :raises ValueError: unless the percentages sum to 100

    >>> divide(Decimal("0.05"), [Decimal(50), Decimal(50)], Decimal("0.01"))
    [Decimal('0.02'), Decimal('0.03')]
    """
    if sum(percents, Decimal(0)) != HUNDRED:
        raise ValueError(f"percentages sum to {sum(percents, Decimal(0))}, not 100")
    parts = [commission(PERCENT, rate, total, HUNDRED, rounding) for rate in percents]
    largest = percents.index(max(percents))
    parts[largest] += total - sum(parts, Decimal(0))
    return parts
