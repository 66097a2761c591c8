"""Imbalance: the vector by hand, and sums that agree whichever way they are taken."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from settlement import (
    Prices,
    decompose,
    imbalance,
    price_intervals,
    share,
    to_money,
)

NOMINATED = np.array([1000.0, 1200.0, 900.0, 1100.0])
ACTUAL = np.array([1100.0, 1150.0, 900.0, 800.0])
PRICES = Prices(
    np.array([100.0, 90.0, 80.0, -5.0]),
    np.array([130.0, 120.0, 110.0, 20.0]),
    np.array([60.0, 50.0, 40.0, -30.0]),
)


def test_vector():
    found = imbalance(ACTUAL, NOMINATED, PRICES)
    assert found.net == -250 and found.absolute == 450
    assert found.shortage == 100 and found.surplus == 350
    assert found.mape == pytest.approx(12.73, abs=0.005)
    assert found.wape == pytest.approx(11.39, abs=0.005)
    assert found.cost == Decimal("19.50")
    assert found.extra == Decimal("12.50")
    assert found.bias == 62.5 and found.mae == 112.5


def test_one_price():
    one = Prices(PRICES.spot, PRICES.short, PRICES.short)
    # 0.1 × 130 − 0.05 × 120 − 0.3 × 20
    assert imbalance(ACTUAL, NOMINATED, one).cost == Decimal("1.00")


def test_what_is_not_settled_costs_nothing_and_a_missing_price_is_told():
    actual = ACTUAL.copy()
    actual[0] = np.nan
    short = PRICES.short.copy()
    surplus = PRICES.surplus.copy()
    surplus[1] = np.nan
    found = imbalance(actual, NOMINATED, Prices(PRICES.spot, short, surplus))
    assert found.unpriced == 1
    assert found.cost == Decimal("9.00") and found.nominated == 3200


def test_group_costs_are_shared_to_the_side_that_caused_them():
    deviation = np.array([[100.0, -30.0], [50.0, 20.0], [-30.0, -60.0]])
    units = np.array([1200, -700], dtype=np.int64)
    found = share(deviation, units)
    assert found.tolist() == [[800, -233], [400, 0], [0, -467]]


@given(st.integers(1, 9), st.integers(1, 50), st.integers(0, 2**32))
def test_shares_add_up_over_members(members, intervals, seed):
    random = np.random.default_rng(seed)
    deviation = random.normal(0, 1e3, (members, intervals)).round(3)
    prices = Prices(*random.normal(80, 60, (3, intervals)).round(2))
    net = deviation.sum(axis=0)
    _deviation, cost, extra, _unpriced = price_intervals(net, net * 0, prices)
    for units in (cost, extra):
        found = share(deviation, units)
        np.testing.assert_array_equal(found.sum(axis=0), units)


@given(st.integers(2, 96), st.integers(0, 2**32), st.data())
def test_costs_add_up_over_periods(intervals, seed, data):
    random = np.random.default_rng(seed)
    actual, nominated = random.uniform(0, 1e4, (2, intervals))
    prices = Prices(*random.normal(80, 60, (3, intervals)).round(2))
    _deviation, cost, _extra, _unpriced = price_intervals(actual, nominated, prices)
    cut = data.draw(st.integers(1, intervals - 1))
    assert to_money(cost.sum()) == to_money(
        int(cost[:cut].sum()) + int(cost[cut:].sum())
    )
    exact = Decimal("0.0000000001")
    assert to_money(cost.sum(), exact) == to_money(cost[:cut].sum(), exact) + to_money(
        cost[cut:].sum(), exact
    )


@given(st.integers(0, 2**32))
def test_causes_add_up_to_the_deviation(seed):
    random = np.random.default_rng(seed)
    actual, nominated, forecast, weather = random.uniform(0, 100, (4, 24))
    found = decompose(actual, nominated, forecast, weather, random.random(24) < 0.5)
    np.testing.assert_allclose(
        found.manual + found.weather + found.holiday + found.model,
        actual - nominated,
    )
