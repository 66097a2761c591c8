"""What models learn from: histories of many series and what is known of their days."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from .errors import ForecastError


@dataclass(frozen=True, slots=True)
class History:
    """Measured energy of many series on the same days, up to the cut-off.

    :param first: the first day
    :param values: (series, days, slots) kWh by wall clock; NaN where nothing is known
    :param minutes: of a slot
    """

    first: date
    values: np.ndarray
    minutes: int = 60

    def __post_init__(self):
        if self.values.ndim != 3 or self.values.shape[2] * self.minutes != 1440:
            raise ForecastError("bad_shape", shape=self.values.shape)

    @property
    def days(self) -> int:
        return self.values.shape[1]

    @property
    def last(self) -> date:
        """The last day that is known: the cut-off."""
        return self.first + timedelta(days=self.days - 1)

    def until(self, days: int) -> "History":
        """The same history as it was known `days` days after its begin."""
        return History(self.first, self.values[:, :days], self.minutes)

    def take(self, rows) -> "History":
        """Some of the series."""
        return History(self.first, self.values[rows], self.minutes)


@dataclass(frozen=True, slots=True)
class Days:
    """What is known of days, those of the history and those to forecast.

    :param first: the history's first day
    :param holiday: (days,) or (series, days) bool: public holidays, shutdown days
    :param temperature: (days, slots) or (series, days, slots) in °C, or None
    :param supplied: (series, days) bool: within a contract; None for always
    """

    first: date
    holiday: np.ndarray
    temperature: np.ndarray | None = None
    supplied: np.ndarray | None = None
    weekday: np.ndarray = field(init=False)

    def __post_init__(self):
        count = self.holiday.shape[-1]
        weekday = (self.first.weekday() + np.arange(count)) % 7
        object.__setattr__(self, "weekday", weekday)

    @classmethod
    def plain(cls, first: date, count: int, holidays=(), temperature=None):
        """Days whose holidays are given as dates."""
        holiday = np.zeros(count, dtype=bool)
        for day in holidays:
            if 0 <= (day - first).days < count:
                holiday[(day - first).days] = True
        return cls(first, holiday, temperature)

    @property
    def count(self) -> int:
        return self.holiday.shape[-1]

    def take(self, rows) -> "Days":
        """The days as some of the series see them."""
        return Days(
            self.first,
            self.holiday[rows] if self.holiday.ndim == 2 else self.holiday,
            self.temperature[rows]
            if self.temperature is not None and self.temperature.ndim == 3
            else self.temperature,
            None if self.supplied is None else self.supplied[rows],
        )
