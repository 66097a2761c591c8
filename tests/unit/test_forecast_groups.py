"""Sums, bands, accuracy and the manual layer."""

from datetime import date

import numpy as np
import pytest
from forecasting import (
    Adjustment,
    ForecastError,
    apply_adjustments,
    bands,
    bottom_up,
    find_outliers,
    losses,
    measure,
    reconcile,
    to_day_totals,
)
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

AMOUNTS = st.floats(0, 1e4, allow_nan=False)
MONDAY = date(2026, 1, 5)


@given(
    arrays(float, (4, 2, 24), elements=AMOUNTS),
    arrays(float, (2, 24), elements=AMOUNTS),
)
def test_reconciled_members_sum_to_the_total(forecasts, total):
    found = reconcile(forecasts, total)
    np.testing.assert_allclose(found.sum(axis=0), total, atol=1e-6)


@given(
    arrays(float, (3, 2, 24), elements=AMOUNTS), arrays(float, (3, 2), elements=AMOUNTS)
)
def test_reconciled_hours_sum_to_the_day(forecasts, totals):
    found = to_day_totals(forecasts, totals)
    np.testing.assert_allclose(found.sum(axis=-1), totals, atol=1e-6)


@given(arrays(float, (4, 1, 24), elements=AMOUNTS))
def test_a_portfolio_is_the_sum_of_its_groups(forecasts):
    groups = bottom_up(forecasts, [[1, 1, 0, 0], [0, 0, 1, 1], [1, 1, 1, 1]])
    np.testing.assert_allclose(groups[0] + groups[1], groups[2])


def test_losses_are_a_component_of_their_own():
    np.testing.assert_allclose(losses(np.array([100.0, 50.0]), 4), [4.0, 2.0])
    for percent in (-1, 51, np.nan):
        with pytest.raises(ForecastError):
            losses(np.ones(2), percent)


def test_measures_by_hand():
    found = measure([1.0, 1.2, 0.9, 1.1], [1.1, 1.15, 0.9, 0.8])
    assert found.bias == pytest.approx(0.0625)
    assert found.mape == pytest.approx(12.73, abs=0.005)
    assert found.wape == pytest.approx(11.39, abs=0.005)
    assert measure([1.0, np.nan], [np.nan, 1.0]).count == 0


def test_bands_hold_what_they_say():
    random = np.random.default_rng(5)
    forecast = random.uniform(5, 15, (8, 200, 24))
    actual = forecast * (1 + 0.1 * random.standard_normal(forecast.shape))
    low, high, held, _widen = bands.adapt(forecast, actual)
    assert (low <= forecast[:, 56:]).all() and (forecast[:, 56:] <= high).all()
    assert 0.78 <= held.mean() <= 0.82


def test_a_band_of_energy_is_never_negative():
    forecast = np.full((1, 30, 24), 1.0)
    actual = np.random.default_rng(1).exponential(1.0, forecast.shape)
    low, _high = bands.learn(forecast, actual).around(forecast)
    assert low.min() >= 0


def flat(days=3):
    return np.full((days, 24), 10.0)


def test_adjustments_apply_in_their_order():
    found = apply_adjustments(
        flat(),
        MONDAY,
        [
            Adjustment("multiply", 2, MONDAY, MONDAY),
            Adjustment("add", 1.5, MONDAY, date(2026, 1, 6), start=8, end=10),
            Adjustment("replace", 0, MONDAY, MONDAY, start=22, end=6),
        ],
    )
    assert found[0, 7] == 20 and found[0, 8] == 21.5 and found[0, 23] == 0
    assert found[0, 5] == 0 and found[1, 9] == 11.5 and (found[2] == 10).all()


def test_an_adjustment_in_kw_counts_by_the_length_of_the_slot():
    quarters = np.full((1, 96), 2.5)
    found = apply_adjustments(quarters, MONDAY, [Adjustment("add", 4, MONDAY, MONDAY)])
    assert found.sum() == pytest.approx(240 + 96)


def test_an_adjustment_by_kind_of_day():
    week = flat(7)
    change = Adjustment("multiply", 0, MONDAY, date(2026, 1, 11), kind="rest")
    found = apply_adjustments(week, MONDAY, [change], holidays={date(2026, 1, 6)})
    assert np.flatnonzero(found.sum(axis=1) == 0).tolist() == [1, 6]


def test_a_dragged_curve_replaces_the_slots_it_names():
    values = [np.nan] * 24
    values[12] = 42.0
    change = Adjustment("replace", 0, MONDAY, MONDAY, values=values)
    found = apply_adjustments(flat(1), MONDAY, [change])
    assert found[0, 12] == 42 and (np.delete(found[0], 12) == 10).all()


def test_adjustments_that_make_no_sense_are_refused():
    for wrong in (
        ("divide", 1, MONDAY, MONDAY),
        ("multiply", -1, MONDAY, MONDAY),
        ("add", 1, MONDAY, date(2026, 1, 4)),
    ):
        with pytest.raises(ForecastError):
            Adjustment(*wrong)


def test_spikes_are_outliers_and_a_new_level_is_none():
    values = np.full((1, 80, 24), 10.0)
    values += np.random.default_rng(2).normal(0, 0.3, values.shape)
    values[0, 40:] += 6
    values[0, 20, 3] = 90
    found = find_outliers(values)
    assert found[0, 20, 3] and found.sum() == 1
