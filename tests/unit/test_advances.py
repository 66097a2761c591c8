from datetime import date
from decimal import Decimal as D

import pytest
from advances import due_dates, level, yearly
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("start", "end", "months", "day", "expected"),
    [
        ("2026-01-01", "2026-03-31", 1, 15, ["2026-01-15", "2026-02-15", "2026-03-15"]),
        ("2026-01-16", "2026-03-14", 1, 15, ["2026-02-15"]),
        ("2026-12-01", "2027-02-28", 2, 28, ["2026-12-28", "2027-02-28"]),
        ("2026-01-01", "2026-01-10", 1, 15, []),
    ],
)
def test_due_dates(start, end, months, day, expected):
    found = due_dates(date.fromisoformat(start), date.fromisoformat(end), months, day)
    assert [str(due) for due in found] == expected


@pytest.mark.parametrize(("months", "day"), [(1, 0), (1, 29), (0, 15)])
def test_no_schedule(months, day):
    with pytest.raises(ValueError, match="no schedule"):
        due_dates(date(2026, 1, 1), date(2026, 12, 31), months, day)


@pytest.mark.parametrize(
    ("total", "count", "step", "expected"),
    [
        ("207.95", 12, "1", "17"),
        ("207.95", 12, "0.01", "17.33"),
        ("207.95", 12, "10", "20"),
        ("-5", 3, "1", "0"),
        ("100", 0, "1", "0"),
    ],
)
def test_level(total, count, step, expected):
    assert level(D(total), count, D(step)) == D(expected)


def test_steps_are_above_zero():
    with pytest.raises(ValueError, match="step above zero"):
        level(D(1), 1, D(0))


def test_a_year_at_the_same_pace():
    assert yearly([(31, D(310)), (28, D(280))]) == D(3650)
    assert yearly([]) == 0
    assert yearly([(73, D(1))], 365) == D(5)


@given(st.integers(1, 10**8), st.integers(1, 24))
def test_payments_are_within_half_a_step_each(cents, count):
    total = D(cents) / 100
    assert abs(level(total, count, D(1)) * count - total) <= D(count) / 2
