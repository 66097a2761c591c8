"""Quantities nobody reads: lamps without a meter, and what sub-meters leave over."""

from datetime import date
from decimal import Decimal

import pytest
from market.unmetered import Load, burning_hours, energy_by_day
from rating import Quantity, Span, deduct, quantity_in

JANUARY = Span(date(2026, 1, 1), date(2026, 1, 31))
YEAR = [
    ("01-01", Decimal("15.5")),
    ("01-16", Decimal("14.75")),
    ("06-01", Decimal(7)),
]


def day(number, month=1):
    return date(2026, month, number)


def water(first, last, value, code="water", **values):
    return Quantity(code, Span(first, last), Decimal(value), "m³", **values)


# === Lamps ===


@pytest.mark.parametrize(
    ("on", "hours"),
    [
        (day(15), "15.5"),
        (day(16), "14.75"),
        (day(31, 5), "14.75"),
        (day(31, 12), "7"),
    ],
)
def test_a_step_lasts_until_the_next(on, hours):
    assert burning_hours(on, YEAR) == Decimal(hours)


def test_before_the_first_step_the_last_one_lasts():
    assert burning_hours(day(1), YEAR[1:]) == 7
    assert burning_hours(day(1), []) is None


def test_lamps_by_watts_and_hours():
    """40 × 70 W + 10 × 150 W = 4.3 kW; 15 days × 15.5 h + 16 × 14.75 h = 468.5 h
    → 2,014.55 kWh"""
    loads = [
        Load(Decimal(40), Decimal(70), day(1)),
        Load(Decimal(10), Decimal(150), day(1)),
    ]
    rows = energy_by_day(day(1), day(31), loads, YEAR)
    assert sum(hours for _day, hours, _kwh in rows) == Decimal("468.5")
    assert sum(kwh for _day, _hours, kwh in rows) == Decimal("2014.55")
    # each kind of lamps: 2.8 kW and 1.5 kW
    kinds = [load.energy(Decimal("468.5")) for load in loads]
    assert kinds == [Decimal("1311.8"), Decimal("702.75")]


def test_lamps_come_and_go_by_day():
    """1 kW for 10 days, 2 kW for the other 21, 10 h each"""
    loads = [
        Load(Decimal(10), Decimal(100), date(2020, 1, 1)),
        Load(Decimal(10), Decimal(100), day(11), day(31)),
    ]
    rows = energy_by_day(day(1), day(31), loads, [("01-01", Decimal(10))])
    assert sum(kwh for _day, _hours, kwh in rows) == 100 + 420


def test_days_without_a_load_are_missing_but_a_zero_is_a_load():
    loads = [
        Load(Decimal(1), Decimal(100), day(1), day(10)),
        Load(Decimal(0), Decimal(100), day(11), day(20)),
    ]
    rows = energy_by_day(day(1), day(31), loads, YEAR)
    assert [rows[0][0], rows[-1][0]] == [day(1), day(20)]
    assert rows[-1][2] == 0
    assert not energy_by_day(day(1), day(31), loads, [])


def test_rounding_loses_nothing():
    loads = [Load(Decimal(1), Decimal("33.333"), day(1))]
    rows = energy_by_day(day(1), day(31), loads, [("01-01", Decimal("0.1001"))])
    exact = Decimal("33.333") * Decimal("0.1001") * 31 / 1000
    assert sum(kwh for _day, _hours, kwh in rows) == round(exact, 6)


# === Sub-meters ===


def remaining(found, span=JANUARY):
    return quantity_in(found, span)


def test_without_a_sub_meter_it_is_the_whole():
    gross = [water(day(1), day(31), 30)]
    found = deduct("sewage", [JANUARY], gross, [([], [])])
    assert [(q.code, q.value) for q in found] == [("sewage", 30)]


def test_what_the_sub_meter_measured_is_taken_off():
    gross = [water(day(1), day(14), 14, source={"id": 1}), water(day(15), day(31), 17)]
    garden = [water(day(1), day(31), "6.2", "garden")]
    found = deduct("sewage", [JANUARY], gross, [(garden, [JANUARY])])
    assert remaining(found) == Decimal("24.8")
    # and of some days their share: 14 less 6.2 × 14 / 31
    assert remaining(found, Span(day(1), day(14))) == Decimal("11.2")
    assert found[0].source == {"parts": [{"id": 1}]}


def test_a_sub_meter_of_later_days():
    garden = [water(day(11), day(31), 4, "garden")]
    installed = [Span(day(11), date(9999, 12, 31))]
    found = deduct(
        "sewage", [JANUARY], [water(day(1), day(31), 30)], [(garden, installed)]
    )
    assert remaining(found) == 26


def test_a_sub_meter_that_was_not_read_leaves_the_days_open():
    gross = [water(day(1), day(15), 10), water(day(16), day(31), 20)]
    garden = [water(day(1), day(15), 2, "garden")]
    found = deduct("sewage", [JANUARY], gross, [(garden, [JANUARY])])
    assert [(q.span.end, q.value) for q in found] == [(day(15), 10), (day(15), -2)]


def test_no_minus_stands_alone():
    """The garden was read for all of the month, the water only until the 15th"""
    gross = [water(day(1), day(15), 10)]
    garden = [water(day(1), day(31), 2, "garden")]
    assert not deduct("sewage", [JANUARY], gross, [(garden, [JANUARY])])


def test_days_that_nobody_asks_for_do_not_matter():
    """The garden is read by the quarter, the water by the month"""
    gross = [water(day(1), day(31), 31)]
    quarter = Span(day(1), day(31, 3))
    garden = [water(quarter.start, quarter.end, 9, "garden")]
    found = deduct("sewage", [JANUARY], gross, [(garden, [quarter])])
    assert remaining(found) == 31 - Decimal("3.1")
