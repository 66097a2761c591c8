"""Late interest: simple, by day, on the open balance."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating import InterestRate, Payment, RatingError, late_interest
from rating_samples import CENT, D, day, span

FLAT = [InterestRate("rate", day("2020-01-01"), D("10.15"))]
DUE = day("2025-01-01")


def interest(amount="1000", until="2025-02-15", rates=FLAT, due=DUE, **settings):
    return late_interest(D(amount), due, day(until), rates, rounding=CENT, **settings)


@pytest.mark.parametrize(("basis", "expected"), [(360, "12.69"), (365, "12.51")])
def test_1000_at_10_15_percent_for_45_days(basis, expected):
    result = interest(day_basis=basis)
    assert str(result.total) == expected
    (line,) = result.lines
    assert line.span == span("2025-01-02", "2025-02-15")
    assert line.span.days == 45


def test_nothing_on_the_due_day():
    assert interest(until="2025-01-01").lines == ()
    assert interest(until="2024-12-24").total == 0
    assert interest(until="2025-01-02").lines[0].span.days == 1


def test_a_rate_change_splits():
    """Bulgaria 2026: reference + 10 points, then refinancing rate + 8."""
    rates = [
        InterestRate("bnb", day("2025-07-01"), D("11.81"), reference=D("1.81")),
        InterestRate("ecb", day("2026-01-01"), D("10.15"), reference=D("2.15")),
    ]
    result = interest(
        due=day("2025-12-16"), until="2026-01-15", rates=rates, day_basis=360
    )
    # 1000 × 11.81 % × 15 / 360 = 4.9208, 1000 × 10.15 % × 15 / 360 = 4.2292
    assert [(line.span.days, str(line.amount)) for line in result.lines] == [
        (15, "4.92"),
        (15, "4.23"),
    ]
    assert result.lines[1].explanation["terms"]["points"] == "8.00"


def test_a_partial_payment_lowers_the_base_from_the_next_day():
    """1000 to Jan 31 (30 days), 400 to Feb 15 (15 days), 365."""
    paid = [Payment(day("2025-01-31"), D(600))]
    result = interest(payments=paid)
    assert [(line.base, line.span.days, str(line.amount)) for line in result.lines] == [
        (1000, 30, "8.34"),
        (400, 15, "1.67"),
    ]
    earlier = interest(payments=paid, count_payment_day=False)
    assert [line.span.days for line in earlier.lines] == [29, 16]


def test_nothing_after_full_payment():
    result = interest(payments=[Payment(day("2025-01-11"), D(1200))])
    assert [line.span.days for line in result.lines] == [10]


def test_tolerated_grace_days():
    assert interest(until="2025-01-11", grace_days=10).total == 0
    assert interest(until="2025-01-12", grace_days=10).lines[0].span.days == 11
    in_grace = [Payment(day("2025-01-11"), D(600))]
    result = interest(payments=in_grace, grace_days=10)
    assert [(line.base, line.span.days) for line in result.lines] == [(400, 45)]


def test_free_grace_days_bear_nothing():
    result = interest(until="2025-01-12", grace_days=10, grace="free")
    assert result.lines[0].span == span("2025-01-12", "2025-01-12")


def test_a_small_sum_is_not_claimed():
    result = interest(amount="10", minimum=D(1))
    assert str(result.total) == "0.13"
    assert result.claim == 0
    assert interest(minimum=D("12.51")).claim == D("12.51")


def test_days_claimed_before_are_left_out():
    whole = interest()
    first = interest(until="2025-01-31")
    rest = interest(claimed_until=day("2025-01-31"))
    assert first.lines[0].span.days + rest.lines[0].span.days == 45
    assert abs(first.total + rest.total - whole.total) <= CENT
    assert interest(claimed_until=day("2025-02-15")).total == 0


def test_actual_days_of_the_year():
    result = interest(
        due=day("2023-12-21"), until="2024-01-10", day_basis="actual", amount="36500"
    )
    assert [line.explanation["terms"]["day_basis"] for line in result.lines] == [
        365,
        366,
    ]


def test_a_day_without_rate_is_a_problem():
    rates = [
        InterestRate(1, day("2020-01-01"), D(10), end=day("2025-01-10")),
        InterestRate(2, day("2025-02-01"), D(10)),
    ]
    result = interest(rates=rates, key="invoice 7")
    (problem,) = result.problems
    assert (problem.code, problem.charge_key) == ("missing_rate", "invoice 7")
    assert problem.span == span("2025-01-11", "2025-01-31")
    assert [line.span.days for line in result.lines] == [9, 15]


def test_a_zero_rate_is_a_rate():
    result = interest(rates=[InterestRate(1, day("2020-01-01"), D(0))])
    assert not result.problems
    assert [str(line.amount) for line in result.lines] == ["0.00"]


@pytest.mark.parametrize(
    "settings",
    [
        {"day_basis": 0},
        {"day_basis": "30/360"},
        {"grace_days": -1},
        {"grace": "maybe"},
        {"minimum": 1.0},
        {"rates": FLAT * 2},
    ],
)
def test_malformed_settings_are_errors(settings):
    with pytest.raises(RatingError):
        interest(**settings)


days = st.integers(1, 400).map(lambda n: DUE + timedelta(days=n))
cents = st.integers(1, 10**9).map(lambda n: Decimal(n) / 100)
payments = st.lists(st.builds(Payment, days, cents), max_size=5)
starts = st.lists(
    st.tuples(days, st.integers(0, 3000)), max_size=4, unique_by=lambda pair: pair[0]
)


def by_day(amount, until, rates, paid):
    """The same day after day, exact: the definition itself."""
    total = Fraction(0)
    current = DUE
    while current < until:
        current += timedelta(days=1)
        base = amount - sum(payment.amount for payment in paid if payment.day < current)
        valid = max(
            (rate for rate in rates if rate.start <= current), key=lambda r: r.start
        )
        if base > 0:
            total += Fraction(base) * Fraction(valid.percent) / 36500
    return total


@given(cents, days, payments, starts)
def test_it_is_the_sum_over_days(amount, until, paid, changes):
    rates = FLAT + [
        InterestRate(number, start, Decimal(percent) / 100)
        for number, (start, percent) in enumerate(changes)
    ]
    result = interest(amount, until.isoformat(), rates, payments=paid)
    exact = by_day(amount, until, rates, paid)
    assert abs(Fraction(result.total) - exact) <= Fraction(len(result.lines), 200)
    mixed = interest(amount, until.isoformat(), rates[::-1], payments=paid[::-1])
    assert mixed == result
