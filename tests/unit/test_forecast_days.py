"""Local days: 23, 24 and 25 hours, and back without losing energy."""

from datetime import date

import numpy as np
import pytest
from forecasting import ForecastError, begins, fold, resample, slot_count, unfold
from hypothesis import given
from hypothesis import strategies as st

ZONES = ("Europe/Sofia", "Europe/Prague", "Europe/Oslo", "Europe/Podgorica")
SPRING, AUTUMN, PLAIN = date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (PLAIN, 24)], ids=str
)
def test_periods_of_a_day(zone, day, hours):
    assert slot_count(zone, 60, day) == hours
    assert slot_count(zone, 15, day) == hours * 4


def test_market_day_in_utc():
    assert begins("Europe/Sofia", 60, date(2026, 1, 15))[0].hour == 22
    assert begins("Europe/Sofia", 60, date(2026, 7, 15))[0].hour == 21
    assert begins("Europe/Prague", 60, date(2026, 1, 15))[0].hour == 23
    assert begins("Europe/Prague", 60, date(2026, 7, 15))[0].hour == 22


@given(
    st.sampled_from(ZONES),
    st.sampled_from([15, 30, 60]),
    st.sampled_from([SPRING, AUTUMN, PLAIN]),
    st.integers(0, 2**32),
)
def test_folding_keeps_the_energy_of_a_day(zone, minutes, day, seed):
    values = np.random.default_rng(seed).uniform(0, 9, slot_count(zone, minutes, day))
    back = unfold(fold(values, zone, minutes, day), zone, minutes, day)
    assert back.shape == values.shape
    assert back.sum() == pytest.approx(values.sum(), rel=1e-12)


def test_doubled_hour_is_its_mean_and_the_lost_one_lies_between():
    values = np.arange(25.0)
    folded = fold(values, "Europe/Sofia", 60, AUTUMN)
    assert folded[3] == 3.5 and folded[4] == 5.0
    folded = fold(np.arange(23.0), "Europe/Sofia", 60, SPRING)
    assert folded[2:5].tolist() == [2.0, 2.5, 3.0]


def test_a_gap_stays_a_gap():
    values = np.arange(25.0)
    values[3] = np.nan
    assert np.isnan(fold(values, "Europe/Sofia", 60, AUTUMN)[3])


def test_wrong_number_of_values_is_told():
    with pytest.raises(ForecastError) as raised:
        fold(np.ones(24), "Europe/Sofia", 60, SPRING)
    assert raised.value.params == {"day": SPRING, "expected": 23, "found": 24}


@given(st.integers(0, 2**32), st.booleans())
def test_resolutions_keep_the_energy(seed, shaped):
    random = np.random.default_rng(seed)
    hours = random.uniform(0, 5, (3, 24))
    shape = random.uniform(0, 1, (3, 96)) if shaped else None
    quarters = resample(hours, 60, 15, shape)
    assert quarters.shape == (3, 96)
    np.testing.assert_allclose(resample(quarters, 15, 60), hours)
