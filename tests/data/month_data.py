"""A month of the demo trader in memory: points, readings, intervals, without faults."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
from month_portfolio import (
    CODE_LENGTH,
    CUSTOMERS,
    NETWORKS,
    SMALL_KW,
    Customer,
    Spec,
    product_of,
)
from month_shapes import Shapes
from stdnum.bg import vat as bg_vat

DAY_HOURS = range(7, 23)
# what belongs to a real month, by customer
ROLLS_OVER = "dental"
EXCHANGED = "quarry"
ESTIMATED = "tram"
EXCHANGE_DAY = 15


@dataclass
class Point:
    """A metering point of the portfolio."""

    code: str
    network: str
    customer: Customer
    spec: Spec
    meter: str
    capacity_kw: int
    peak_kw: float
    tariff: str
    agreement: str


@dataclass
class Reading:
    """A register over a span: readings in the meter's unit, quantity in kWh."""

    point: str
    network: str
    meter: str
    register: str
    date_from: date
    date_to: date
    reading_from: int
    reading_to: int
    multiplier: int
    quantity: int
    quality: str = "measured"


@dataclass
class Month:
    """All of a month; `intervals` holds kWh per quarter by (point, day)."""

    days: list[date]
    points: list[Point]
    readings: list[Reading]
    intervals: dict[tuple[str, date], np.ndarray]
    exchanges: dict[str, tuple[str, date]] = field(default_factory=dict)

    def interval_points(self, network):
        """Return the large points of a network, in the order of the portfolio."""
        return [
            point
            for point in self.points
            if point.network == network and point.spec.is_interval
        ]


def days_of(year: int, month: int) -> list[date]:
    """Return the days of a month."""
    first = date(year, month, 1)
    return [
        first + timedelta(n) for n in range(31) if (first + timedelta(n)).month == month
    ]


def make_points() -> list[Point]:
    """Return the points of all customers; the same at each call."""
    points = []
    for customer in CUSTOMERS:
        for spec in customer.specs:
            for _number in range(spec.count):
                points.append(_make_point(customer, spec, len(points) + 1))
    return points


def make_month(year: int, month: int) -> Month:
    """Return the month as it really was."""
    days = days_of(year, month)
    points = make_points()
    classes = [point.spec.profile for point in points]
    shapes = Shapes(classes)
    data = Month(days, points, [], {})
    for point in points:
        power = {day: _power(point, shapes, day) for day in days}
        if point.spec.is_interval:
            for day, values in power.items():
                data.intervals[point.code, day] = values
        else:
            data.readings += _readings(point, power, days)
    _roll_over(data, first_point(points, ROLLS_OVER))
    _exchange_meter(data, first_point(points, EXCHANGED))
    _estimate(data, first_point(points, ESTIMATED))
    return data


def first_point(points: list[Point], customer: str, number: int = 1) -> Point:
    """Return a point of a customer, the first if no number is given."""
    return [point for point in points if point.customer.key == customer][number - 1]


def vat_number(number: int) -> str:
    """Return a number of the form of a VAT number, from a range that is not used."""
    body = f"99900{number:03d}"
    return f"BG{body}{bg_vat.calc_check_digit_legal(body)}"


def _make_point(customer, spec, number):
    network = NETWORKS[spec.network]
    dice = _dice(customer.key, number)
    digits = CODE_LENGTH - len(network["prefix"])
    body = "".join(map(str, dice.integers(0, 10, digits - 4))) + f"{number:04d}"
    peak = spec.peak_kw or SMALL_KW.get(spec.profile, 10) * dice.uniform(0.5, 1.5)
    peak *= spec.multiplier**0.5
    product = product_of(customer, spec)
    return Point(
        code=network["prefix"] + body,
        network=spec.network,
        customer=customer,
        spec=spec,
        meter=f"{spec.network[0]}{40_000_000 + number * 137_911:08d}",
        capacity_kw=spec.capacity_kw or int(np.ceil(peak * 1.2)),
        peak_kw=float(peak),
        tariff=f"{product}-{spec.network.lower()}",
        agreement=f"T-{number:04d}",
    )


def _power(point, shapes, day):
    """Return kWh per quarter of a day, three decimals."""
    shape = shapes.day(point.spec.profile, day)
    if point.spec.is_interval and point.spec.fixed:
        return np.full(len(shape), float(point.spec.fixed["A+"]))
    dice = _dice(point.code, day.toordinal())
    noise = dice.normal(1, 0.05, len(shape)).clip(0.5)
    return np.round(shape * noise * point.peak_kw / 4, 3)


def _readings(point, power, days):
    """Return a reading per register for the whole month."""
    spec = point.spec
    dice = _dice(point.code, 0)
    readings = []
    for register in spec.registers:
        if spec.fixed:
            units = spec.fixed[register] * len(days)
        else:
            energy = sum(_part(values, register) for values in power.values())
            units = round(energy / spec.multiplier)
        begin = int(dice.integers(1_000, 80_000))
        readings.append(
            Reading(
                point.code,
                point.network,
                point.meter,
                register,
                days[0],
                days[-1],
                begin,
                begin + units,
                spec.multiplier,
                units * spec.multiplier,
            )
        )
    return readings


def _part(values, register):
    """Return the energy of a day that a register counts."""
    if register == "1.8.0":
        return float(values.sum())
    # hours of a day of 92 or 100 quarters are off by one at night: a demo's licence
    hours = np.arange(len(values)) // 4
    is_day = np.isin(hours, DAY_HOURS)
    return float(values[is_day if register == "1.8.1" else ~is_day].sum())


def _roll_over(data, point):
    """Let a register pass its last digit within the month."""
    limit = 10**point.spec.digits
    for reading in _of(data, point):
        units = reading.reading_to - reading.reading_from
        reading.reading_from = limit - units // 3
        reading.reading_to = reading.reading_from + units - limit


def _exchange_meter(data, point):
    """Replace a meter: the old one closes the evening before, the new one opens."""
    (old,) = _of(data, point)
    units = old.reading_to - old.reading_from
    before = units * (EXCHANGE_DAY - 1) // len(data.days)
    day = data.days[0].replace(day=EXCHANGE_DAY)
    meter = f"{old.meter[0]}90000001"
    data.exchanges[point.code] = (meter, day)
    new = replace(
        old,
        meter=meter,
        date_from=day,
        reading_from=0,
        reading_to=units - before,
        quantity=(units - before) * old.multiplier,
    )
    old.date_to = day - timedelta(days=1)
    old.reading_to = old.reading_from + before
    old.quantity = before * old.multiplier
    data.readings.insert(data.readings.index(old) + 1, new)


def _estimate(data, point):
    for reading in _of(data, point):
        reading.quality = "estimated"


def _of(data, point):
    return [reading for reading in data.readings if reading.point == point.code]


def _dice(name, number):
    seed = hashlib.sha256(f"{name} {number}".encode()).digest()[:8]
    return np.random.default_rng(int.from_bytes(seed))
