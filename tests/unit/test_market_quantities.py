"""Register calendars, gas, substitute values and price documents: the pure package."""

import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from market import price_xml
from market.calendar import CalendarRule, split_day
from market.errors import MarketError
from market.gas import GasFactor, to_energy
from market.substitute import fill_day

FILES = Path(__file__).parents[1] / "data" / "messages"
ZONE = "Europe/Sofia"
NIGHT = CalendarRule("night", hours=(22.0, 6.0))


# -- calendars


@pytest.mark.parametrize(
    ("day", "count", "night"),
    [
        (date(2026, 1, 7), 24, 8),
        (date(2026, 3, 29), 23, 7),
        (date(2026, 10, 25), 25, 9),
    ],
)
def test_night_hours_of_days_of_clock_change(day, count, night):
    keys = split_day(day, 60, ZONE, (NIGHT,), "day")
    assert (len(keys), keys.count("night")) == (count, night)


def test_first_rule_that_fits_counts():
    rules = (
        CalendarRule("peak", ("11-01", "03-31"), "work", (8.0, 12.0)),
        CalendarRule("off", days="weekend"),
    )

    def hours(day, holidays=()):
        keys = split_day(day, 15, ZONE, rules, "other", holidays)
        return {key: keys.count(key) / 4 for key in sorted(set(keys))}

    assert hours(date(2026, 1, 7)) == {"other": 20, "peak": 4}
    assert hours(date(2026, 1, 7), {date(2026, 1, 7)}) == {"off": 24}
    assert hours(date(2026, 1, 10)) == {"off": 24}
    assert hours(date(2026, 6, 3)) == {"other": 24}


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.sampled_from((15, 30, 60)))
def test_every_interval_counts_once(day, minutes):
    keys = split_day(day, minutes, ZONE, (NIGHT,), "day")
    begin, end = split_day(day, 60, ZONE, (NIGHT,), "day"), len(keys)
    assert end == len(begin) * 60 // minutes
    assert set(keys) == {"day", "night"}


# -- gas


def factors(*values):
    return [
        GasFactor(date.fromisoformat(a), date.fromisoformat(b), Decimal(c), Decimal(z))
        for a, b, c, z in values
    ]


def test_volume_is_split_by_days_where_the_calorific_value_changes():
    """310 m³ in 31 days: 150 × 10 + 160 × 11 = 1,500 + 1,760 kWh"""
    parts = to_energy(
        date(2026, 1, 1),
        date(2026, 1, 31),
        Decimal(310),
        factors(
            ("2026-01-01", "2026-01-15", "10", "1"),
            ("2026-01-16", "2026-12-31", "11", "1"),
        ),
    )
    assert [part.energy for part in parts] == [Decimal(1500), Decimal(1760)]


def test_a_day_without_calorific_value_gives_no_energy():
    known = factors(("2026-01-02", "2026-12-31", "10", "1"))
    assert to_energy(date(2026, 1, 1), date(2026, 1, 31), Decimal(1), known) is None


@given(st.decimals(0, 10**6, places=3), st.integers(1, 364))
def test_no_volume_is_lost(volume, cut):
    start, end = date(2026, 1, 1), date(2026, 12, 31)
    middle = start + timedelta(days=cut)
    known = [
        GasFactor(start, middle - timedelta(days=1), Decimal("10.5"), Decimal("0.98")),
        GasFactor(middle, end, Decimal("11.2")),
    ]
    parts = to_energy(start, end, volume, known)
    assert sum(part.volume for part in parts) == volume


# -- substitute values


def test_short_gaps_are_interpolated_and_marked():
    day = np.array([1.0, np.nan, np.nan, 4.0] + [1.0] * 20)
    filled = fill_day(day, [])
    assert filled.values[:4].tolist() == [1, 2, 3, 4]
    assert filled.quality[:4].tolist() == [0, 2, 2, 0]
    assert filled.rules == ("interpolation",)


def test_long_gaps_come_from_the_same_weekdays():
    day = np.full(24, np.nan)
    filled = fill_day(day, [np.full(24, 1.0), np.full(24, 3.0), np.full(23, 99.0)])
    assert filled.values.tolist() == [2.0] * 24
    assert set(filled.quality.tolist()) == {2}


def test_nothing_to_go_by():
    assert fill_day(np.full(24, np.nan), []) is None
    assert fill_day(np.full(24, np.nan), [np.full(24, np.nan)]) is None


@given(st.lists(st.one_of(st.just(float("nan")), st.floats(0, 100)), min_size=24,
                max_size=24))  # fmt: skip
def test_real_values_stay_and_no_gap_is_left(values):
    day = np.array(values)
    filled = fill_day(day, [np.full(24, 5.0)])
    known = ~np.isnan(day)
    assert not np.isnan(filled.values).any()
    assert np.allclose(filled.values[known], np.round(day[known], 6))
    assert (filled.quality[known] == 0).all() and (filled.quality[~known] == 2).all()


# -- prices


def test_publication_document():
    with (FILES / "prices.xml").open("rb") as fileobj:
        found = price_xml.parse_prices(fileobj, ZONE)
    (chunk,) = found.chunks
    assert (chunk.points, chunk.days) == (["10YCA-BULGARIA-R"], [date(2026, 1, 1)])
    values = chunk.values[0].tolist()
    assert values[:12] == [100.0] * 12
    assert values[12:23] == [200.0] * 11
    assert values[23] == -5.5
    assert (found.currencies, found.units) == ({"EUR"}, {"MWH"})


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"PT60M", b"PT7M", "field_wrong"),
        (b"<position>13<", b"<position>99<", "field_wrong"),
        (b">100.00<", b">one<", "field_wrong"),
        (b"<start>2025-12-31T22:00Z</start>", b"", "field_missing"),
        (b"Publication_MarketDocument", b"Other", "xml_root_unknown"),
        (b"</TimeSeries>", b"", "xml_broken"),
        (b"<mRID>", b"<!DOCTYPE x><mRID>", "xml_doctype"),
    ],
)
def test_damaged_documents_are_refused_with_the_reason(old, new, code):
    raw = (FILES / "prices.xml").read_bytes().replace(old, new)
    with pytest.raises(MarketError) as caught:
        price_xml.parse_prices(io.BytesIO(raw), ZONE)
    assert caught.value.code == code


@given(st.binary(max_size=300))
def test_anything_else_is_a_market_error(raw):
    with pytest.raises(MarketError):
        price_xml.parse_prices(io.BytesIO(raw), ZONE)


@given(st.integers(0, 1200), st.binary(max_size=8))
def test_damaged_bytes_never_raise_anything_else(position, noise):
    raw = (FILES / "prices.xml").read_bytes()
    raw = raw[:position] + noise + raw[position + len(noise) :]
    try:
        price_xml.parse_prices(io.BytesIO(raw), ZONE)
    except MarketError:
        pass
