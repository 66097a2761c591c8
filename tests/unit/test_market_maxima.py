"""One maximum of a month over all meters of a point."""

from datetime import date

from market.maxima import monthly_maxima

DEMAND, ENERGY = 1, 2


def _usage(start, end, value, kind=DEMAND):
    return {
        "quantity_type_id": kind,
        "date_start": date.fromisoformat(start),
        "date_end": date.fromisoformat(end),
        "is_maximum": kind == DEMAND,
        "value": value,
    }


def _values(*usages):
    return [[usage["value"] for usage in group] for group in monthly_maxima(usages)]


def test_two_meters_of_a_month_have_one_maximum():
    assert _values(
        _usage("2026-01-01", "2026-01-14", 90), _usage("2026-01-15", "2026-01-31", 74)
    ) == [[90, 74]]


def test_each_month_has_its_own():
    assert _values(
        _usage("2026-01-01", "2026-01-31", 90),
        _usage("2026-02-01", "2026-02-10", 70),
        _usage("2026-02-11", "2026-02-28", 80),
    ) == [[90], [70, 80]]


def test_energies_stay_apart():
    assert _values(
        _usage("2026-01-01", "2026-01-14", 900, ENERGY),
        _usage("2026-01-01", "2026-01-14", 90),
        _usage("2026-01-15", "2026-01-31", 700, ENERGY),
        _usage("2026-01-15", "2026-01-31", 74),
    ) == [[900], [90, 74], [700]]


def test_days_nobody_measured_are_not_bridged():
    assert _values(
        _usage("2026-01-01", "2026-01-10", 90), _usage("2026-01-15", "2026-01-31", 74)
    ) == [[90], [74]]


def test_a_reading_over_two_months_is_left_alone():
    assert _values(
        _usage("2026-01-11", "2026-02-10", 90), _usage("2026-02-11", "2026-02-20", 74)
    ) == [[90], [74]]
