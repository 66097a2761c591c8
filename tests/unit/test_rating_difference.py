"""The difference of two bills: its parts say why, and sum to it."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from rating import Span
from rating.difference import (
    Billed,
    BilledPart,
    Difference,
    merge,
    split_bills,
    split_charge,
)
from rating_samples import CENT, D, day

amounts = st.decimals(-100000, 100000, places=2)
charges = st.builds(
    Billed,
    amounts,
    st.none() | st.decimals(-1000, 100000, places=6),
    st.decimals(0, 400, places=7),
)
bills = st.dictionaries(st.integers(1, 6), charges, max_size=6)


def energy(amount, used, days):
    return Billed(D(amount), D(used), D(days))


def test_a_longer_time_at_the_same_use_and_price():
    split = split_charge(energy("30", 300, 30), energy("31", 310, 31), CENT)
    assert split == Difference(days=D("1.00"))


def test_more_used_in_the_same_days():
    split = split_charge(energy("30", 300, 30), energy("45", 450, 30), CENT)
    assert split == Difference(quantity=D("15.00"))


def test_a_new_price_takes_the_rest():
    split = split_charge(energy("30", 300, 30), energy("71.30", 310, 31), CENT)
    assert (split.days, split.quantity, split.price) == (D("1"), D("0"), D("40.30"))


def test_less_used_in_a_longer_time():
    """10 a day for 30 days, then 8 a day for 35 days, 0.10 and 0.12 a unit."""
    split = split_charge(energy("30", 300, 30), energy("33.60", 280, 35), CENT)
    assert (split.days, split.quantity, split.price) == (D("5"), D("-7"), D("5.60"))


def test_a_charge_on_one_of_the_bills_is_other():
    assert split_charge(None, energy("5", 1, 1), CENT) == Difference(other=D("5"))
    assert split_charge(energy("5", 1, 1), None, CENT) == Difference(other=D("-5"))


def test_nothing_used_before_has_no_former_price():
    split = split_charge(energy("0", 0, 30), energy("45", 450, 30), CENT)
    assert split == Difference(other=D("45"))


def test_a_percent_of_other_charges_is_other():
    split = split_charge(Billed(D("2")), Billed(D("3")), CENT)
    assert split == Difference(other=D("1"))


def test_a_charge_that_did_not_change_is_left_out():
    fee = energy("5", 1, 1)
    assert split_bills({"fee": fee}, {"fee": fee}, CENT) == {}


def part(amount, used, first, last, factor=None):
    used = None if used is None else D(used)
    return BilledPart(D(amount), used, Span(day(first), day(last)), factor)


def test_spans_of_a_charge_are_one_and_a_day_counts_once():
    parts = [
        part("15", 150, "2026-01-01", "2026-01-15"),
        part("12", 60, "2026-01-16", "2026-01-31"),
        part("20", 100, "2026-01-16", "2026-01-31"),
    ]
    assert merge(parts) == energy("47", 310, 31)
    unknown = part("1", None, "2026-01-01", "2026-01-31")
    assert merge([*parts, unknown]) == Billed(D("48"))


def test_periods_of_a_charge_by_time_add_up():
    parts = [
        part("48", "24", "2026-01-01", "2026-01-15", D("0.48")),
        part("78", "26", "2026-01-16", "2026-01-31", D("0.52")),
    ]
    assert merge(parts) == Billed(D("126"), D("50"), D("1.00"))


@given(bills, bills, st.sampled_from([CENT, D("0.05"), D(1)]))
def test_the_parts_sum_to_the_difference(before, after, rounding):
    splits = split_bills(before, after, rounding)
    total = sum((c.amount for c in after.values()), Decimal(0))
    total -= sum((c.amount for c in before.values()), Decimal(0))
    assert sum(splits.values(), Difference()).total == total
