from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rating import Span
from rating.money import Share
from rating.spans import gaps, overlaps, split, time_factor, union
from rating_samples import day, span

dates = st.dates(date(2023, 1, 1), date(2026, 12, 31))
spans = st.builds(
    lambda start, days: Span(start, start + timedelta(days=days)),
    dates,
    st.integers(0, 400),
)


def days_of(items):
    return {
        item.start + timedelta(days=offset)
        for item in items
        for offset in range(item.days)
    }


def test_both_ends_count():
    assert span("2025-06-01", "2025-07-01").days == 31
    assert span("2025-07-02", "2025-08-01").days == 31
    assert span("2025-07-02", "2025-07-02").days == 1


def test_a_span_cannot_end_before_it_starts():
    with pytest.raises(ValueError, match="before it starts"):
        span("2025-07-02", "2025-07-01")


def test_a_change_on_july_20_gives_18_and_13_days():
    parts = split(span("2025-07-02", "2025-08-01"), [day("2025-07-20")])
    assert [part.days for part in parts] == [18, 13]
    assert parts[0].end == day("2025-07-19")


def test_april_divided_after_20_days():
    parts = split(span("2025-04-01", "2025-04-30"), [day("2025-04-21")])
    factors = [Share(time_factor(part, "period", 30)).shown() for part in parts]
    assert [str(factor) for factor in factors] == ["0.6666667", "0.3333333"]


@pytest.mark.parametrize(
    ("start", "end", "unit", "expected"),
    [
        ("2025-04-01", "2025-04-15", "day", Fraction(15)),
        ("2025-04-01", "2025-04-15", "month", Fraction(1, 2)),
        ("2025-01-17", "2025-02-14", "month", Fraction(15, 31) + Fraction(14, 28)),
        ("2025-03-15", "2026-03-14", "month", Fraction(12)),
        ("2024-02-01", "2024-02-29", "month", Fraction(1)),
        ("2024-01-01", "2024-12-31", "year", Fraction(1)),
        ("2024-12-31", "2025-01-01", "year", Fraction(1, 366) + Fraction(1, 365)),
        ("2025-04-01", "2025-04-15", "period", Fraction(15, 31)),
    ],
)
def test_time_factors(start, end, unit, expected):
    assert time_factor(span(start, end), unit, 31) == expected


def test_gaps_and_overlaps():
    april = span("2025-04-01", "2025-04-30")
    pieces = [
        span("2025-03-01", "2025-04-05"),
        span("2025-04-10", "2025-04-20"),
        span("2025-04-20", "2025-04-22"),
    ]
    assert gaps(april, pieces) == [
        span("2025-04-06", "2025-04-09"),
        span("2025-04-23", "2025-04-30"),
    ]
    assert overlaps(pieces) == [span("2025-04-20", "2025-04-20")]
    assert gaps(april, []) == [april]
    assert gaps(april, [april]) == []


@given(spans, st.lists(dates, max_size=6))
def test_parts_are_disjoint_ordered_and_cover(whole, cuts):
    parts = split(whole, cuts)
    assert sum(part.days for part in parts) == whole.days
    assert days_of(parts) == days_of([whole])
    assert parts == sorted(parts)


@given(spans, st.lists(dates, max_size=6), st.sampled_from(["day", "month", "year"]))
def test_time_factors_of_parts_sum_to_the_whole(whole, cuts, unit):
    parts = split(whole, cuts)
    total = sum(time_factor(part, unit, whole.days) for part in parts)
    assert total == time_factor(whole, unit, whole.days)


@given(spans, st.lists(spans, max_size=6))
def test_gaps_union_and_overlaps_agree_with_counting_days(whole, pieces):
    covered = days_of(pieces)
    assert days_of(union(pieces)) == covered
    assert days_of(gaps(whole, pieces)) == days_of([whole]) - covered
    counts = [day_ for piece in pieces for day_ in days_of([piece])]
    assert days_of(overlaps(pieces)) == {x for x in counts if counts.count(x) > 1}
