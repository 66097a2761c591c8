from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st
from market.deviation import deviation

quantities = st.integers(0, 10**9).map(lambda value: D(value) / 1000)
percents = st.integers(0, 10_000).map(lambda value: D(value) / 100)


@pytest.mark.parametrize(
    ("actual", "difference", "over", "under"),
    [
        (1488, 488, 388, 0),
        (1100, 100, 0, 0),
        (1000, 0, 0, 0),
        (900, -100, 0, 0),
        (744, -256, 0, 156),
        (0, -1000, 0, 900),
    ],
)
def test_a_thousand_with_ten_percent(actual, difference, over, under):
    found = deviation(D(1000), D(actual), D(10), D(10))
    assert (found.difference, found.over, found.under) == (difference, over, under)


def test_nothing_is_negative():
    with pytest.raises(ValueError, match="not negative"):
        deviation(D(-1), D(1), D(1), D(1))


@given(quantities, quantities, percents, percents)
def test_never_above_and_below(contracted, actual, above, below):
    found = deviation(contracted, actual, above, below)
    assert not (found.over and found.under)
    assert 0 <= found.over <= max(found.difference, 0)
    assert 0 <= found.under <= max(-found.difference, 0)
