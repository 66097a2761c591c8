"""Bands: inclusive limits, whole, sliced, per item, prorated or running."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating import Band, RatingError
from rating.bands import find, ladder, slices
from rating_samples import (
    APRIL,
    D,
    banded,
    charge,
    codes,
    figures,
    price,
    rated,
    span,
    usage,
)

#: Commission of money orders (shared/domain/users.md, the post office).
COMMISSION = (
    Band(D(10), fixed=D("0.30")),
    Band(D(30), fixed=D("0.45")),
    Band(D(100), percent=D("1.5")),
    Band(D(250), percent=D("1.0")),
    Band(D(1000), percent=D("0.8")),
    Band(D(7500), fixed=D("7.50")),
    Band(None, percent=D("0.2")),
)
STEPS = (Band(D(100), D("0.10")), Band(D(300), D("0.20")), Band(None, D("0.30")))
HALF = span("2025-04-01", "2025-04-15")
LATER = span("2025-04-16", "2025-04-30")


def commission(mode):
    return charge("commission", "bands", banded(*COMMISSION, mode=mode))


@pytest.mark.parametrize("mode", ["whole", "item"])
@pytest.mark.parametrize(
    ("paid_out", "expected"),
    [
        ("0.01", "0.30"),
        ("10", "0.30"),
        ("10.01", "0.45"),
        ("30", "0.45"),
        ("30.01", "0.45"),  # 0.45015
        ("100", "1.50"),
        ("100.01", "1.00"),
        ("250", "2.50"),
        ("250.01", "2.00"),
        ("1000", "8.00"),
        ("1000.01", "7.50"),
        ("7500", "7.50"),
        ("7500.01", "15.00"),
        ("10000", "20.00"),
    ],
)
def test_commission_of_a_money_order(mode, paid_out, expected):
    (line,) = rated(commission(mode), [usage(paid_out, unit="EUR")]).lines
    assert str(line.amount) == expected


def test_items_are_bundled_by_band():
    """3 orders of together 25.00 at 0.30; 10 of together 250.00 (mean 25) and one
    of 30.00 at 0.45; 2 of together 2,000.00 (mean 1,000) at 0.8 %."""
    bundles = [
        usage("25", count=D(3), unit="EUR"),
        usage("250", count=D(10), unit="EUR"),
        usage("2000", count=D(2), unit="EUR"),
        usage("30", count=D(1), unit="EUR"),
    ]
    rating = rated(commission("item"), bundles)
    assert [
        (str(line.quantity.normalize()), str(line.amount)) for line in rating.lines
    ] == [("3", "0.90"), ("11", "4.95"), ("1", "16.00")]
    assert D(rating.lines[1].explanation["items"]) == 11


def test_sliced_takes_each_slice_at_its_own_price():
    """350 kWh: 100 × 0.10 + 200 × 0.20 + 50 × 0.30."""
    rating = rated(charge("energy", "bands", banded(*STEPS)), [usage(350)])
    assert [row[3:] for row in figures(rating)] == [
        ("100", "0.1", "10.00"),
        ("200", "0.2", "40.00"),
        ("50", "0.3", "15.00"),
    ]


def test_whole_takes_everything_at_the_band_reached():
    energy = charge("energy", "bands", banded(*STEPS, mode="whole"))
    assert rated(energy, [usage(300)]).total == D(60)
    assert rated(energy, [usage("300.000001")]).total == D(90)


def test_limits_shrink_with_the_part():
    """175 kWh in 15 of 30 days: 50 × 0.10 + 100 × 0.20 + 25 × 0.30."""
    rating = rated(
        charge("energy", "bands", banded(*STEPS)), [usage(175, HALF)], HALF, APRIL
    )
    assert [str(line.amount) for line in rating.lines] == ["5.00", "20.00", "7.50"]
    assert str(rating.lines[0].factor) == "0.5000000"


def test_limits_that_do_not_shrink_run_through_the_period():
    """350 kWh, 175 in each half: first 100 + 75, then 125 + 50."""
    energy = charge("energy", "bands", banded(*STEPS), prorate_limits=False)
    used = [usage(175, HALF), usage(175, LATER)]
    first = rated(energy, used, HALF, APRIL)
    second = rated(energy, used, LATER, APRIL)
    assert [str(line.quantity.normalize()) for line in first.lines] == ["1E+2", "75"]
    assert [str(line.quantity.normalize()) for line in second.lines] == ["125", "5E+1"]
    assert first.total + second.total == rated(energy, used).total


def test_whole_and_not_prorated_takes_the_band_of_the_periods_total():
    energy = charge(
        "energy", "bands", banded(*STEPS, mode="whole"), prorate_limits=False
    )
    used = [usage(175, HALF), usage(175, LATER)]
    assert rated(energy, used, HALF, APRIL).total == D("52.50")


def test_a_price_change_gives_each_part_its_own_bands():
    """300 kWh, 150 in each half, limits halved: 50 and 100, then 100 and 50."""
    energy = charge(
        "energy",
        "bands",
        banded(Band(D(100), D(1)), Band(None, D(2)), end="2025-04-15"),
        banded(Band(D(200), D(1)), Band(None, D(2)), start="2025-04-16"),
    )
    rating = rated(energy, [usage(300)])
    assert [str(line.amount) for line in rating.lines] == [
        "50.00",
        "200.00",
        "100.00",
        "100.00",
    ]


def test_months_widen_the_limits_of_a_longer_span():
    """Two months: 200 kWh belong to the first band of 100 a month."""
    two = span("2025-04-01", "2025-05-31")
    energy = charge("energy", "bands", banded(*STEPS), time_unit="month")
    assert rated(energy, [usage(200, two)], two).total == D(20)


def test_a_value_above_the_last_band_is_a_problem():
    energy = charge("energy", "bands", banded(Band(D(100), D(1))))
    rating = rated(energy, [usage(101)])
    assert codes(rating) == [("no_band", "energy")]
    assert rating.problems[0].params["value"] == "101.000000"


def test_a_zero_quantity_gives_a_line_of_zero():
    rating = rated(charge("energy", "bands", banded(*STEPS)), [usage(0)])
    assert [row[3:] for row in figures(rating)] == [("0", "0.1", "0.00")]


def test_fixed_parts_of_bands():
    """Sliced: 5.00 for the first band, 3.00 more where the second is entered."""
    bands = (Band(D(100), fixed=D(5)), Band(None, D("0.1"), fixed=D(3)))
    energy = charge("energy", "bands", banded(*bands))
    assert rated(energy, [usage(100)]).total == D(5)
    assert rated(energy, [usage(150)]).total == D(13)
    half = rated(energy, [usage(75, HALF)], HALF, APRIL)
    assert half.total == D("2.50") + D("2.5") + D("1.5")
    running = replace(energy, prorate_limits=False)
    used = [usage(75, HALF), usage(75, LATER)]
    assert rated(running, used, HALF, APRIL).total == D(5)
    # the rest of the first band, then 50 × 0.1 and the second's 3.00
    assert rated(running, used, LATER, APRIL).total == D(8)


def test_breaker_classes_are_bands_of_a_level():
    """256 a month up to 25 A; above 63 A 12.50 per A and month."""
    classes = charge(
        "reserved",
        "capacity",
        banded(
            Band(D(25), fixed=D(256)), Band(D(63), fixed=D(600)), Band(None, D("12.5"))
        ),
        quantity="a",
        time_unit="month",
    )
    assert rated(classes, [usage(25, code="a", unit="A")]).total == D(256)
    assert rated(classes, [usage(32, code="a", unit="A")]).total == D(600)
    assert rated(classes, [usage(80, code="a", unit="A")]).total == D(1000)
    half = rated(classes, [usage(25, code="a", unit="A")], HALF, APRIL)
    assert half.total == D(128)


def test_a_discount_reaches_every_kind_of_band():
    version = banded(*COMMISSION, mode="whole", discount=D(10))
    commission_ = charge("commission", "bands", version)
    assert rated(commission_, [usage(10)]).total == D("0.27")
    assert rated(commission_, [usage(200)]).total == D("1.80")


@pytest.mark.parametrize(
    "bands",
    [
        (Band(None, D(1)), Band(D(5), D(1))),
        (Band(D(5), D(1)), Band(D(5), D(1))),
        (Band(D(9), D(1)), Band(D(5), D(1))),
    ],
)
def test_bands_must_ascend(bands):
    with pytest.raises(RatingError):
        banded(*bands)


def test_a_band_has_some_price():
    with pytest.raises(RatingError):
        Band(D(5))


def test_a_banded_charge_without_bands_has_no_price():
    energy = charge("energy", "bands", price(1))
    assert codes(rated(energy, [usage(1)])) == [("missing_price", "energy")]


values = st.decimals(-1000, 100000, places=6)


@given(values, values)
def test_slices_sum_to_the_way_between_two_quantities(begin, end):
    steps = ladder(STEPS)
    found = slices(steps, begin, end)
    assert sum(value for _step, value in found) == end - begin
    indexes = [step.index for step, _value in found]
    assert len(set(indexes)) == len(indexes)
    for step, value in found:
        if step.upper is not None and step.lower is not None:
            assert abs(value) <= step.upper - step.lower


@given(values)
def test_a_value_lies_between_the_limits_of_its_step(value):
    step = find(ladder(STEPS), value)
    assert step.lower is None or value > step.lower
    assert step.upper is None or value <= step.upper
