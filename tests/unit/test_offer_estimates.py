"""Expected years of offers: they add up, whatever they are divided by."""

from datetime import date
from decimal import Decimal

import pytest
from estimates import compare, months_from, spread, year_of
from hypothesis import given
from hypothesis import strategies as st


@given(
    st.decimals(min_value=0, max_value=10**9, places=3),
    st.lists(st.integers(0, 1000), min_size=12, max_size=12).filter(any),
)
def test_the_months_are_the_year(yearly, weights):
    parts = spread(yearly, weights)
    assert sum(parts.values()) == yearly
    assert min(parts.values()) >= 0


@pytest.mark.parametrize("weights", [[0] * 12, [1] * 11, [-1] + [1] * 11])
def test_weights_that_divide_nothing(weights):
    with pytest.raises(ValueError, match="twelve weights"):
        spread(Decimal(1), weights)


def test_months_that_were_not_measured_have_the_mean_day():
    year = year_of(
        [
            (date(2025, 1, 1), date(2025, 1, 31), Decimal(62)),
            (date(2025, 2, 1), date(2025, 2, 28), Decimal(28)),
        ]
    )
    assert (year[1], year[2]) == (Decimal(62), Decimal(28))
    # 90 kWh in 59 days, 31 days in March
    assert year[3] == Decimal("47.288")
    assert year_of([]) == {}


def test_a_year_begins_with_the_month_of_its_first_day():
    months = months_from(date(2027, 6, 30))
    assert months[0] == (date(2027, 6, 1), date(2027, 6, 30))
    assert months[-1] == (date(2028, 5, 1), date(2028, 5, 31))
    assert (date(2028, 2, 1), date(2028, 2, 29)) in months


def test_what_costs_nothing_today_saves_nothing():
    assert compare(Decimal(), Decimal(10)) == (Decimal(), None)
    assert compare(Decimal(100), Decimal(120)) == (Decimal(-20), Decimal(-20))
