"""Discounts: customer > contract > category > charge > the price list's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating import Discount
from rating.charges import DISCOUNT_RANKS
from rating_samples import APRIL, D, charge, day, price, rated, span, usage


def discount(percent, rank, start="2020-01-01", end=None, key=None):
    return Discount(key or rank, D(percent), day(start), end and day(end), rank)


def amounts(*discounts, own=0):
    version = price(1, discount=D(own))
    rating = rated(charge("energy", "unit", version, discounts=discounts), [usage(300)])
    return [str(line.amount) for line in rating.lines]


def test_the_price_lists_own_discount_is_the_weakest():
    assert amounts(own=10) == ["270.00"]
    assert amounts(discount(5, "charge"), own=10) == ["285.00"]


@given(st.permutations(DISCOUNT_RANKS))
def test_the_strongest_replaces_the_others(ranks):
    percents = dict(zip(DISCOUNT_RANKS, (1, 2, 3, 4), strict=True))
    assert amounts(*(discount(percents[rank], rank) for rank in ranks)) == ["297.00"]
    weaker = [rank for rank in ranks if rank != "customer"]
    assert amounts(*(discount(percents[rank], rank) for rank in weaker)) == ["294.00"]


def test_a_dated_zero_switches_a_discount_off():
    assert amounts(discount(0, "customer"), discount(20, "category")) == ["300.00"]


def test_a_dated_discount_splits_the_days():
    dated = discount(10, "contract", "2025-04-16")
    assert amounts(dated) == ["150.00", "135.00"]


def test_a_discount_that_does_not_count_splits_nothing():
    weaker = discount(50, "charge", "2025-04-16")
    assert amounts(discount(10, "customer"), weaker) == ["270.00"]


def test_of_one_rank_the_later_start_counts():
    old = discount(10, "contract", "2020-01-01", key=1)
    new = discount(20, "contract", "2025-01-01", key=2)
    assert amounts(old, new) == amounts(new, old) == ["240.00"]


def test_the_net_price_is_the_unit_price_and_the_rest_is_explained():
    given_ = discount("12.5", "customer", key=42)
    version = price("0.12345678", key=7)
    energy = charge("energy", "unit", version, discounts=(given_,))
    (line,) = rated(energy, [usage(1000)]).lines
    assert str(line.unit_price) == "0.10802468"
    terms = line.explanation["terms"]
    assert terms["list_price"] == "0.12345678"
    assert terms["discount"] == {"percent": "12.5", "rank": "customer", "key": 42}


@pytest.mark.parametrize("basis", ["flat", "capacity"])
def test_flat_and_capacity_prices_are_discounted(basis):
    item = charge(basis, basis, price(10), discounts=(discount(25, "category"),))
    assert rated(item, [usage(1)]).total == D("7.50")


def test_a_percent_is_discounted_too():
    fee = charge("fee", "flat", price(100))
    levy = charge(
        "levy",
        "percent",
        price(10),
        percent_of=("fee",),
        discounts=(discount(50, "charge"),),
    )
    assert rated([fee, levy], []).total == D(105)


def test_a_discount_ends_with_its_last_day():
    ended = discount(100, "contract", "2020-01-01", "2025-04-01")
    assert amounts(ended) == ["0.00", "290.00"]
    assert span("2025-04-02", "2025-04-30").days == APRIL.days - 1
