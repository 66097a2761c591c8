"""The manual layer: what a person knows and no model can.

Adjustments are applied in their order to the days and slots they name. They are kept
apart from the forecast, so a new run is adjusted as the last one was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from .errors import ForecastError

METHODS = ("add", "multiply", "replace")
DAY_KINDS = ("all", "work", "saturday", "rest", "weekend")


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A change of a forecast.

    :param method: "add" kW, "multiply" by a factor, "replace" by kW
    :param value: kW for add and replace, a factor for multiply
    :param first: the first day
    :param last: the last day, included
    :param kind: one of `DAY_KINDS`; a holiday is a rest day
    :param start: hour of the wall clock from which it counts, 0…24
    :param end: hour at which it ends; before or equal to `start`: over midnight
    :param values: kW of each slot of the day instead of `value`; NaN leaves a slot
    """

    method: str
    value: float
    first: date
    last: date
    kind: str = "all"
    start: float = 0.0
    end: float = 24.0
    values: Sequence[float] | None = field(default=None)

    def __post_init__(self):
        if self.method not in METHODS or self.kind not in DAY_KINDS:
            raise ForecastError("bad_adjustment", method=self.method, kind=self.kind)
        if self.method == "multiply" and self.value < 0:
            raise ForecastError("negative_factor", value=self.value)
        if self.last < self.first:
            raise ForecastError("bad_dates", first=self.first, last=self.last)

    def _slots(self, count):
        hours = np.arange(count) * 24 / count
        if self.start < self.end:
            return (hours >= self.start) & (hours < self.end)
        return (hours >= self.start) | (hours < self.end)

    def _fits(self, day, is_holiday):
        if not self.first <= day <= self.last:
            return False
        rest = is_holiday or day.weekday() == 6
        return {
            "all": True,
            "work": day.weekday() < 5 and not is_holiday,
            "saturday": day.weekday() == 5 and not is_holiday,
            "rest": rest,
            "weekend": rest or day.weekday() == 5,
        }[self.kind]


def apply(forecast, first, adjustments, holidays=()):
    """A forecast with its adjustments.

    :param forecast: (days, slots) kWh by wall clock
    :param first: its first day
    :param adjustments: of this series, in the order they are applied
    :param holidays: dates
    :return: (days, slots) kWh
    """
    adjusted = np.array(forecast, dtype=float)
    days, slots = adjusted.shape
    hours = 24 / slots
    for change in adjustments:
        within = change._slots(slots)
        if change.values is not None:
            if len(change.values) != slots:
                raise ForecastError("slot_count", expected=slots)
            within = np.isfinite(np.asarray(change.values, dtype=float))
        value = np.asarray(
            change.value if change.values is None else change.values, dtype=float
        )
        value = np.broadcast_to(value, slots)[within]
        for number in range(days):
            day = first + timedelta(days=number)
            if not change._fits(day, day in holidays):
                continue
            if change.method == "add":
                adjusted[number, within] += value * hours
            elif change.method == "multiply":
                adjusted[number, within] *= value
            else:
                adjusted[number, within] = value * hours
    return adjusted
