"""Interest that a security deposit earns for the customer while it is held.

Simple, by day, at dated rates, as late interest is counted, but without grace days and
minimum: it is owed to the customer. The day of payment bears none, the day of the
return does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from .interest import Interest, InterestRate, late_interest


def deposit_interest(
    amount: Decimal,
    paid_on: date,
    until: date,
    rates: Iterable[InterestRate],
    *,
    rounding: Decimal,
    day_basis: int | str = 365,
) -> Interest:
    """Interest on a deposit of ``amount`` for the days after ``paid_on`` to ``until``.

    :param amount: in the currency that ``rounding`` belongs to
    :param rates: dated percents per year; the later start supersedes
    :raises RatingError: for a bad day basis or floats

    >>> rate = InterestRate("r", date(2025, 1, 1), Decimal(2))
    >>> str(deposit_interest(Decimal(365), date(2025, 1, 1), date(2025, 1, 11), [rate],
    ...     rounding=Decimal("0.01")).total)
    '0.20'
    """
    return late_interest(
        amount, paid_on, until, rates, rounding=rounding, day_basis=day_basis
    )
