from decimal import Decimal as D

import pytest
from commission import commission, divide
from hypothesis import given
from hypothesis import strategies as st

CENT = D("0.01")
amounts = st.integers(-(10**9), 10**9).map(lambda cents: cents * CENT)


@pytest.mark.parametrize(
    ("basis", "rate", "amount", "quantity", "expected"),
    [
        ("percent", "2.5", "130.81", "0", "3.27"),
        ("percent", "1", "0.50", "0", "0.01"),  # 0.005 goes up
        ("percent", "1", "-0.50", "0", "-0.01"),
        ("unit", "2.50", "0", "1.234", "3.09"),  # 3.085
        ("bill", "4.20", "999", "7", "4.20"),
    ],
)
def test_vectors(basis, rate, amount, quantity, expected):
    assert commission(basis, D(rate), D(amount), D(quantity), CENT) == D(expected)


def test_another_basis():
    with pytest.raises(ValueError, match="no basis"):
        commission("month", D(1), D(1), D(1), CENT)


def test_parts_that_do_not_make_100():
    with pytest.raises(ValueError, match="sum to 90"):
        divide(D(1), [D(50), D(40)], CENT)


@given(amounts, st.lists(st.integers(1, 99), min_size=1, max_size=5))
def test_what_is_divided_sums_to_the_cent(total, weights):
    percents = [D(100 * weight // sum(weights)) for weight in weights]
    percents[0] += 100 - sum(percents)
    parts = divide(total, percents, CENT)
    assert sum(parts) == total
    assert all(part == part.quantize(CENT) for part in parts)


@given(amounts, st.integers(1, 99))
def test_both_parts_have_the_sign_of_the_whole(total, percent):
    parts = divide(total, [D(percent), D(100 - percent)], CENT)
    assert all(part * total >= 0 for part in parts)


@given(amounts)
def test_taking_back_is_the_opposite(amount):
    given_, taken = (
        commission("percent", D("2.5"), value, D(0), CENT)
        for value in (amount, -amount)
    )
    assert taken == -given_
