"""Discounts: customer > contract > customer category > charge > tariff category >
the price list's own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating import (
    Band,
    Discount,
    Quantity,
    RatingError,
    problem_sentence,
    sentence,
)
from rating.charges import DISCOUNT_RANKS
from rating_samples import APRIL, D, charge, day, price, rated, span, usage


def discount(percent, rank, start="2020-01-01", end=None, key=None, **fields):
    return Discount(
        key or rank, D(percent), day(start), end and day(end), rank, **fields
    )


def less(amount, rank="customer", **fields):
    return discount(0, rank, amount=D(amount), **fields)


def amounts(*discounts, own=0):
    version = price(1, discount=D(own))
    rating = rated(charge("energy", "unit", version, discounts=discounts), [usage(300)])
    return [str(line.amount) for line in rating.lines]


def test_the_price_lists_own_discount_is_the_weakest():
    assert amounts(own=10) == ["270.00"]
    assert amounts(discount(5, "charge"), own=10) == ["285.00"]


@given(st.permutations(DISCOUNT_RANKS))
def test_the_strongest_replaces_the_others(ranks):
    percents = dict(zip(DISCOUNT_RANKS, (1, 2, 3, 4, 5), strict=True))
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


def test_of_one_rank_the_narrower_target_counts():
    tree = discount(10, "customer", key=1, depth=1)
    leaf = discount(5, "customer", "2020-01-01", key=2, depth=2)
    later = discount(20, "customer", "2025-01-01", key=3, depth=1)
    assert amounts(tree, leaf, later) == ["285.00"]


def test_an_amount_comes_off_the_price_of_a_unit():
    version = price("0.25")
    item = charge("energy", "unit", version, discounts=(less("0.05"),))
    (line,) = rated(item, [usage(300)]).lines
    assert (line.unit_price, line.amount) == (D("0.20"), D("60.00"))
    assert line.explanation["terms"]["discount"] == {
        "less": "0.05",
        "rank": "customer",
        "key": "customer",
    }
    assert "less 0.05 per unit (discount of the customer)" in sentence(line.explanation)


def test_an_amount_comes_off_every_band_and_not_off_its_fixed_part():
    bands = (Band(D(100), price=D(2), fixed=D(7)), Band(None, price=D(1)))
    version = price(None, bands=bands)
    item = charge(
        "energy", "bands", version, discounts=(less("0.5"),), prorate_limits=False
    )
    assert rated(item, [usage(300)]).total == D("157") + D("100")


@pytest.mark.parametrize(
    "version",
    [
        price("0.04"),
        price(None, bands=(Band(D(100), price=D(2)), Band(None, price=D("0.01")))),
        price(None, bands=(Band(None, fixed=D(3)),)),
    ],
)
def test_an_amount_above_the_price_is_a_problem_and_no_line(version):
    basis = "bands" if version.bands else "unit"
    item = charge("energy", basis, version, discounts=(less("0.05"),))
    rating = rated(item, [usage(300)])
    assert rating.lines == ()
    (problem,) = rating.problems
    assert problem.code == "discount_too_great"
    assert "more than the price" in problem_sentence(problem)


def test_an_amount_comes_off_the_price_of_each_interval():
    version = price("0.10")
    item = charge(
        "energy", "index", version, formula="price * 2", discounts=(less("0.05"),)
    )
    energy = (np.full(24, 1.0),) * 30
    quantity = Quantity("kwh", APRIL, D(720), "kWh", intervals=energy)
    assert rated(item, [quantity]).total == D("108.00")


def test_the_explanation_names_what_was_displaced():
    version = price(1, discount=D(3))
    item = charge(
        "energy",
        "unit",
        version,
        discounts=(
            discount(0, "customer"),
            discount(20, "charge"),
            less("0.1", "category"),
        ),
    )
    (line,) = rated(item, [usage(300)]).lines
    assert line.amount == 300
    said = sentence(line.explanation)
    assert "not counted beside it" in said
    for other in (
        "20 % (discount of the charge)",
        "0.1 per unit (discount of the tariff category)",
        "3 % (discount of the price list)",
    ):
        assert other in said


def test_a_discount_is_a_percent_or_an_amount():
    with pytest.raises(RatingError):
        discount(5, "customer", amount=D(1))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(DISCOUNT_RANKS),
            st.integers(0, 3),
            st.integers(1, 30),
            st.integers(0, 29),
            st.integers(0, 100),
        ),
        max_size=6,
    )
)
def test_each_day_bears_the_strongest_discount_of_that_day(drawn):
    """Rated day by day and in one go, the totals are the same."""
    found = [
        discount(
            percent,
            rank,
            f"2025-04-{first:02d}",
            f"2025-04-{min(30, first + length):02d}",
            key=number + 1,
            depth=depth,
        )
        for number, (rank, depth, first, length, percent) in enumerate(drawn)
    ]
    expected = D(0)
    for number in range(1, 31):
        valid = [d for d in found if d.start.day <= number <= d.end.day]
        best = min(
            valid,
            key=lambda d: (
                DISCOUNT_RANKS.index(d.rank),
                -d.depth,
                -d.start.toordinal(),
                -d.key,
            ),
            default=None,
        )
        expected += D(1) - (best.percent if best else 0) / D(100)
    item = charge("energy", "unit", price(1), discounts=tuple(found))
    assert rated(item, [usage(30)]).total == expected
