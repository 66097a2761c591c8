"""Interest on deposits, worked by hand."""

import doctest
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rating import deposits
from rating.deposits import deposit_interest
from rating.interest import InterestRate

CENT = Decimal("0.01")
RATES = (
    InterestRate("2025", date(2025, 1, 1), Decimal("2")),
    InterestRate("2026", date(2026, 1, 1), Decimal("3")),
)


def test_a_rate_that_changes_while_the_deposit_is_held():
    """300.00 paid on July 1, 2025, returned on March 31, 2026.

    July 2 to December 31: 183 days, 300 x 2 % x 183 / 365 = 3.00822 -> 3.01.
    January 1 to March 31: 90 days, 300 x 3 % x 90 / 365 = 2.21918 -> 2.22.
    """
    found = deposit_interest(
        Decimal("300.00"),
        date(2025, 7, 1),
        date(2026, 3, 31),
        RATES,
        rounding=CENT,
    )
    assert [(line.span.days, line.amount) for line in found.lines] == [
        (183, Decimal("3.01")),
        (90, Decimal("2.22")),
    ]
    assert found.total == Decimal("5.23")


def test_in_days_of_360():
    """300.00 x 2 % x 90 / 360 = 1.50."""
    found = deposit_interest(
        Decimal("300.00"),
        date(2025, 1, 1),
        date(2025, 4, 1),
        RATES,
        rounding=CENT,
        day_basis=360,
    )
    assert found.total == Decimal("1.50")


def test_returned_on_the_day_it_was_paid_it_earns_nothing():
    day = date(2025, 7, 1)
    found = deposit_interest(Decimal(300), day, day, RATES, rounding=CENT)
    assert (found.total, found.lines) == (Decimal(0), ())


def test_days_without_a_rate_are_told():
    found = deposit_interest(
        Decimal(300), date(2024, 12, 1), date(2025, 1, 31), RATES, rounding=CENT
    )
    assert [problem.code for problem in found.problems] == ["missing_rate"]


@given(st.integers(0, 400), st.integers(0, 400))
def test_longer_is_never_less(first, second):
    def total(days):
        until = date.fromordinal(date(2025, 1, 1).toordinal() + days)
        return deposit_interest(
            Decimal(1000), date(2025, 1, 1), until, RATES, rounding=CENT
        ).total

    assert total(max(first, second)) >= total(min(first, second))


def test_examples():
    assert doctest.testmod(deposits).failed == 0
