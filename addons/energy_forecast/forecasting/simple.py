"""Forecasts that need no fitting: last week, four-week mean, scaled load profile."""

import numpy as np

from .clean import quiet_mean
from .features import SUNDAY


def last_week(history, days, leads, **_options):
    """The same weekday and slot of the last known week.

    :return: (series, leads, slots) kWh, NaN where nothing is known
    """
    return history.values[:, _weeks_back(history, leads, 1)[0]]


def four_weeks(history, days, leads, **_options):
    """Mean of the same weekday and slot of up to four known weeks."""
    rows = _weeks_back(history, leads, 4)
    return quiet_mean(history.values[:, rows], axis=1)


def mean_day(history, days, leads, **_options):
    """Mean of the same slot on known days of the same kind, else of all days.

    For histories of less than a week: a holiday is a Sunday.
    """
    by_slot = quiet_mean(history.values, axis=1)
    weekend = (days.weekday >= 5) | days.holiday
    weekend = np.broadcast_to(weekend, (len(history.values), days.count))
    known = weekend[:, : history.days, None]
    found = []
    for lead in np.asarray(leads):
        kind = weekend[:, history.days - 1 + lead][:, None, None]
        alike = quiet_mean(np.where(known == kind, history.values, np.nan), axis=1)
        found.append(np.where(np.isnan(alike), by_slot, alike))
    return np.stack(found, axis=1)


def profile(history, days, leads, shape=None, quantity=None, **_options):
    """A standard load profile times the expected quantity.

    :param shape: (days, slots) or (series, days, slots) shares of a year of the days
        of `days`; each year's shares sum to 1
    :param quantity: (series,) expected kWh a year; NaN where unknown
    :return: (series, leads, slots) kWh; NaN without a profile or quantity
    """
    leads = np.asarray(leads)
    series, _days, slots = history.values.shape
    if shape is None or quantity is None:
        return np.full((series, len(leads), slots), np.nan)
    shape = np.asarray(shape, dtype=float)
    part = shape[..., history.days - 1 + leads, :]
    return np.asarray(quantity, dtype=float)[:, None, None] * part


def typical_profile(days, slots):
    """A business-like profile for points of which nothing else is known.

    :return: (days, slots) shares of a year: work days by day more than nights, days
        off two thirds of a work day
    """
    hours = (np.arange(slots) + 0.5) * 24 / slots
    work = 0.6 + 0.8 * np.exp(-(((hours - 13) / 5) ** 2))
    rest = np.full(slots, work.mean() * 2 / 3)
    off = (days.weekday >= SUNDAY - 1) | days.holiday
    raw = np.where(off[..., None], rest, work)
    weekly = (5 * work.sum() + 2 * rest.sum()) * 365.25 / 7
    return raw / weekly


def _weeks_back(history, leads, count):
    """(count, leads) numbers of known days whole weeks before each target."""
    leads = np.asarray(leads)
    weeks = -(-leads // 7)
    newest = history.days - 1 + leads - 7 * weeks
    rows = newest - 7 * np.arange(count)[:, None]
    # the oldest week again where fewer are known; the last day where none is
    while (rows < 0).any():
        rows = np.where(rows < 0, rows + 7, rows)
    return np.minimum(rows, history.days - 1)
