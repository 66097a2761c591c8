"""Energy of lamps and devices without a meter: number × watts × burning hours.

A burning calendar has steps of the year: from a month and day on, lamps burn so many
hours a day, until the next step; the last one lasts until the first of the next year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

THOUSAND = Decimal(1000)
SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Load:
    """So many lamps of so many watts each, on inclusive days (`end` None: open)."""

    number: Decimal
    watts: Decimal
    start: date
    end: date | None = None

    def is_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def energy(self, hours: Decimal) -> Decimal:
        """kWh of so many burning hours, not rounded."""
        return self.number * self.watts * hours / THOUSAND


def burning_hours(day: date, steps: Sequence[tuple[str, Decimal]]) -> Decimal | None:
    """Hours a day of the step a day lies in; None without any step.

    :param steps: ("MM-DD", hours a day), in the order of the year

    >>> year = [("02-01", Decimal(13)), ("11-01", Decimal(15))]
    >>> burning_hours(date(2026, 1, 5), year)
    Decimal('15')
    """
    if not steps:
        return None
    here = f"{day:%m-%d}"
    begun = [hours for start, hours in steps if start <= here]
    return (begun or [steps[-1][1]])[-1]


def energy_by_day(
    first: date,
    last: date,
    loads: Sequence[Load],
    steps: Sequence[tuple[str, Decimal]],
) -> list[tuple[date, Decimal, Decimal]]:
    """Burning hours and kWh of each day on which there are lamps and hours.

    The kWh are rounded cumulatively to six digits within days in a row, so that they
    add up to the rounded whole. A load of 0 is a load; days without one are left out.

    :return: ``[(day, hours, kWh), …]``
    """
    rows: list[tuple[date, Decimal, Decimal]] = []
    exact = before = Decimal()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        on = [load for load in loads if load.is_on(day)]
        hours = burning_hours(day, steps)
        if not on or hours is None:
            continue
        if rows and rows[-1][0] != day - timedelta(days=1):
            exact = before = Decimal()
        exact += sum((load.energy(hours) for load in on), Decimal())
        until = exact.quantize(SIX, ROUND_HALF_UP)
        rows.append((day, hours, until - before))
        before = until
    return rows
