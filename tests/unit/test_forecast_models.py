"""Models: what they learn, what they fall back to, and what they never answer."""

from datetime import date, timedelta

import numpy as np
import pytest
from forecasting import MODELS, Days, ForecastError, History, choose, forecast
from hypothesis import given, settings
from hypothesis import strategies as st

FIRST = date(2025, 1, 6)
AHEAD = 40


def made(days, series=1, seed=1, noise=0.05, slots=24):
    """Business-like series: work days above week-ends, days above nights."""
    random = np.random.default_rng(seed)
    hours = np.arange(slots) * 24 / slots
    shape = 1 + 0.5 * np.sin((hours - 7) * np.pi / 12)
    weekday = (FIRST.weekday() + np.arange(days)) % 7
    level = np.where(weekday >= 5, 0.6, 1.0)
    values = 10 * level[:, None] * shape
    return values * (1 + noise * random.standard_normal((series, days, slots)))


def history_of(values):
    return History(FIRST, np.asarray(values, dtype=float), 1440 // values.shape[2])


def plain(days, holidays=()):
    return Days.plain(FIRST, days + AHEAD, holidays)


def test_ridge_finds_the_week():
    known = history_of(made(200, noise=0.02))
    truth = made(200 + AHEAD, noise=0.0)[0, 200:]
    found = forecast(known, plain(200), range(1, 8), "ridge")
    assert found.model == ["ridge"] and found.reason == [""]
    np.testing.assert_allclose(found.values[0], truth[:7], rtol=0.05)


def test_a_holiday_is_forecast_as_a_sunday():
    holiday = FIRST + timedelta(days=203)  # a Monday
    assert holiday.weekday() == 0
    known = history_of(made(203, noise=0.02))
    found = forecast(known, plain(203, [holiday]), [1], "ridge").values[0, 0]
    sunday = made(210, noise=0.0)[0, 209]
    np.testing.assert_allclose(found, sunday, rtol=0.25)


@pytest.mark.parametrize("model", ["ridge", "lags"])
def test_the_working_days_of_the_turn_of_the_year_are_of_a_kind(model):
    days = 358  # until the eve of December 30, with January 6 to 8 of the year before
    values = made(days + AHEAD, noise=0.02)
    dates = [FIRST + timedelta(days=number) for number in range(days + AHEAD)]
    quiet = [(d.month, d.day) >= (12, 24) or (d.month, d.day) <= (1, 8) for d in dates]
    values[:, quiet] *= 0.7
    known = history_of(values).until(352)  # Christmas Eve is not known yet
    found = forecast(known, plain(days), [2], model).values[0, 0]
    assert dates[353].isoformat() == "2025-12-25"
    assert found.sum() < 0.9 * values[0, 339].sum()


@pytest.mark.parametrize("model", ["ridge", "ridge_log", "four_weeks", "last_week"])
def test_nothing_after_the_cut_off_is_used(model):
    values = made(120)
    known = history_of(values).until(100)
    changed = values.copy()
    changed[:, 100:] = 1e6
    one = forecast(known, plain(120), [2], model).values
    other = forecast(history_of(changed).until(100), plain(120), [2], model).values
    np.testing.assert_array_equal(one, other)


@settings(max_examples=15)
@given(st.floats(1e-3, 1e4), st.integers(0, 99))
def test_scaling_a_series_scales_its_forecast(factor, seed):
    values = made(90, seed=seed)
    known, scaled = history_of(values), history_of(values * factor)
    for model in ("ridge", "ridge_log", "blend", "four_weeks", "mean_day"):
        one = forecast(known, plain(90), [1, 2], model).values
        other = forecast(scaled, plain(90), [1, 2], model).values
        np.testing.assert_allclose(other, one * factor, rtol=1e-6)


def test_a_series_does_not_depend_on_its_neighbours():
    values = made(100, series=3)
    alone = forecast(history_of(values[1:2]), plain(100), [1], "ridge").values
    together = forecast(history_of(values), plain(100), [1], "ridge").values
    np.testing.assert_allclose(together[1:2], alone, rtol=1e-9)


@pytest.mark.parametrize(
    ("days", "model", "reason"),
    [
        (200, "ridge", ""),
        (20, "four_weeks", "short"),
        (8, "last_week", "short"),
        (3, "profile", "short"),
    ],
)
def test_fallback_by_length_of_history(days, model, reason):
    values = np.full((1, 60, 24), np.nan)
    values[:, -days:] = made(days)[:, -60:] if days < 60 else made(60)
    if days >= 60:
        values = made(days)
    found = forecast(history_of(values), plain(values.shape[1]), [1], "ridge")
    assert (found.model, found.reason) == ([model], [reason])


def test_an_expected_quantity_forecasts_a_point_without_history():
    values = np.full((2, 30, 24), np.nan)
    days = Days.plain(FIRST, 30 + 365)
    found = forecast(
        history_of(values), days, range(1, 366), "ridge", quantity=[36500.0, np.nan]
    )
    assert found.model == ["profile", "none"] and found.reason == ["short", "none"]
    assert found.values[0].sum() == pytest.approx(36500, rel=0.01)
    assert found.values[1].sum() == 0


def broken_inputs():
    flat = made(120)
    spikes, gaps, negative = flat.copy(), flat.copy(), -flat
    spikes[0, ::17, 5] = 1e7
    random = np.random.default_rng(3)
    gaps[random.random(gaps.shape) < 0.3] = np.nan
    week = np.full((1, 120, 24), np.nan)
    week[:, -7:] = flat[:, -7:]
    nothing = np.full((1, 120, 24), np.nan)
    stopped = flat.copy()
    stopped[:, 100:] = np.nan
    return {
        "zero": flat * 0,
        "constant": flat * 0 + 7,
        "spikes": spikes,
        "gaps": gaps,
        "negative": negative,
        "week": week,
        "nothing": nothing,
        "stopped": stopped,
    }


@pytest.mark.parametrize("kind", list(broken_inputs()))
@pytest.mark.parametrize("model", ["ridge", "ridge_log", "blend", "four_weeks"])
def test_broken_history_gives_a_sound_number(kind, model):
    values = broken_inputs()[kind]
    found = forecast(history_of(values), plain(120), [1, 2, 9, 30], model)
    assert np.isfinite(found.values).all()
    known = values[np.isfinite(values)]
    limit = 2 * np.abs(known).max() if len(known) else 0
    assert np.abs(found.values).max() <= limit
    if kind != "negative":
        assert found.values.min() >= 0
    if kind in ("zero", "constant") and found.model[0] != "none":
        np.testing.assert_allclose(found.values, known[0], atol=1e-6)
    if found.model != [model]:
        assert found.reason[0]


@pytest.mark.parametrize("model", ["mstl_ets", "components"])
def test_classical_models_are_near_and_guarded(model):
    known = history_of(made(60, noise=0.01))
    found = forecast(known, plain(60), [1], model)
    assert found.model == [model]
    truth = made(61, noise=0.0)[0, 60]
    np.testing.assert_allclose(found.values[0, 0], truth, rtol=0.25)
    flat = forecast(history_of(made(60) * 0), plain(60), [1], model)
    assert np.abs(flat.values).max() == 0


def test_no_energy_outside_the_contract():
    supplied = np.ones((1, 140), dtype=bool)
    supplied[:, 102:] = False
    days = Days(FIRST, np.zeros(140, dtype=bool), None, supplied)
    found = forecast(history_of(made(100)), days, range(1, 5), "ridge").values
    assert (found[0, :2] > 0).all() and (found[0, 2:] == 0).all()


def test_days_of_other_holidays_in_one_call():
    values = made(100, series=2)
    holiday = np.zeros((2, 100 + AHEAD), dtype=bool)
    holiday[1, 100] = True
    found = forecast(history_of(values), Days(FIRST, holiday), [1], "ridge").values
    assert found[1].sum() < 0.8 * found[0].sum()


def test_a_calendar_that_is_too_short_is_told():
    with pytest.raises(ForecastError, match="bad_leads"):
        forecast(history_of(made(50)), Days.plain(FIRST, 50), [1], "ridge")
    with pytest.raises(ForecastError, match="unknown_model"):
        forecast(history_of(made(50)), plain(50), [1], "oracle")


def test_the_better_model_is_chosen():
    # a level that jumped two weeks ago: the ridge follows, the mean of weeks doesn't
    values = made(150, series=2)
    values[0, -20:] *= 1.6
    found = choose(
        history_of(values), plain(150), ("four_weeks", "ridge"), origins=28, gap=0
    )
    assert found.model[0] == "ridge"
    assert found.wape["ridge"][0] < found.wape["four_weeks"][0]


def test_every_model_has_an_entry_of_its_own():
    assert all(code == model.code for code, model in MODELS.items())
