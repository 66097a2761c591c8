from decimal import Decimal, getcontext, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating import RatingError, round_amount, round_quantity, to_decimal
from rating.money import Share, round_price

D = Decimal
amounts = st.decimals(-(10**12), 10**12, places=9)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "1"), ("2.50", "2.50"), (0.1, "0.1"), (D("3.3"), "3.3"), (1e-7, "1E-7")],
)
def test_to_decimal_takes_numbers_by_their_text(value, expected):
    assert str(to_decimal(value)) == expected


@pytest.mark.parametrize("value", ["", "abc", None, float("nan"), float("inf"), True])
def test_to_decimal_refuses_what_is_no_number(value):
    with pytest.raises(RatingError):
        to_decimal(value)


@pytest.mark.parametrize(
    ("value", "rounding", "expected"),
    [
        ("2.675", "0.01", "2.68"),
        ("-2.675", "0.01", "-2.68"),
        ("2.665", "0.01", "2.67"),
        ("0.004", "0.01", "0.00"),
        ("-0.004", "0.01", "0.00"),
        ("7.5", "1", "8"),
        ("1.024", "0.05", "1.00"),
        ("1.025", "0.05", "1.05"),
        ("14", "10", "10"),
        ("15", "10", "20"),
    ],
)
def test_amounts_round_half_away_from_zero(value, rounding, expected):
    assert round_amount(D(value), D(rounding)) == D(expected)


def test_no_negative_zero():
    assert str(round_amount(D("-0.001"), D("0.01"))) == "0.00"


@pytest.mark.parametrize("rounding", [D(0), D("-0.01"), 0.01, None])
def test_a_rounding_is_a_positive_decimal(rounding):
    with pytest.raises(RatingError):
        round_amount(D(1), rounding)


def test_the_callers_decimal_context_does_not_matter():
    with localcontext() as context:
        context.prec = 3
        assert round_amount(D("123456.785"), D("0.01")) == D("123456.79")
        assert round_quantity(D("123456.1234565")) == D("123456.123457")
    assert getcontext().prec == 28


def test_factors_are_shown_with_seven_digits():
    assert str(Share(20, 30).shown()) == "0.6666667"
    assert str(Share(10, 30).shown()) == "0.3333333"


def test_prices_keep_their_decimals_up_to_eight():
    assert str(round_price(D("0.1200"))) == "0.1200"
    assert str(round_price(D("0.123456785"))) == "0.12345679"


@given(amounts, st.sampled_from(["0.01", "0.05", "1", "0.001", "10"]))
def test_rounding_is_nearest_and_stays(value, rounding):
    rounded = round_amount(value, D(rounding))
    assert abs(rounded - value) <= D(rounding) / 2
    assert rounded % D(rounding) == 0
    assert round_amount(rounded, D(rounding)) == rounded
    assert round_amount(-value, D(rounding)) == -rounded


@given(amounts, st.fractions(0, 100, max_denominator=366))
def test_a_share_is_divided_once(value, fraction):
    exact = Fraction(value) * fraction
    assert abs(Fraction(Share(fraction).of(value)) - exact) < Fraction(1, 10**20)
