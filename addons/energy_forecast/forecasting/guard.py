"""What no forecast may be: missing, negative out of nowhere, or out of all measure."""

import numpy as np

from .clean import quiet_mean

LIMIT = 2.0
"""How far a forecast may go beyond what was ever measured."""


def bounds(values):
    """Lowest and highest plausible value of each series.

    :param values: (series, days, slots) measured kWh
    :return: two arrays (series, 1, 1); a series that never fed in is never below 0
    """
    there = np.isfinite(values)
    low = np.where(there, values, np.inf).min(axis=(1, 2))
    high = np.where(there, values, -np.inf).max(axis=(1, 2))
    known = there.any(axis=(1, 2))
    low = np.where(known, low, 0.0)
    high = np.where(known, high, np.inf)
    top = np.where(high > 0, high * LIMIT, 0.0)
    bottom = np.where(low < 0, low * LIMIT, 0.0)
    return bottom[:, None, None], top[:, None, None]


def tame(forecast, values):
    """A forecast clipped to its bounds; NaN where the model gave no sound number.

    A day with a value that is not finite, or a series whose forecast lies beyond its
    bounds in more than a tenth of the slots, is no forecast: NaN, for the fallback.
    """
    bottom, top = bounds(values)
    finite = np.isfinite(forecast)
    with np.errstate(invalid="ignore"):
        # a little below zero is a rounding of the model, not a failure
        slack = 0.1 * np.nan_to_num(quiet_mean(np.abs(values), axis=(1, 2)))
        wild = (forecast > top) | (forecast < bottom - slack[:, None, None])
    failed = wild.mean(axis=(1, 2)) > 0.1
    clipped = np.clip(np.where(finite, forecast, 0.0), bottom, top)
    sound = finite.all(axis=-1, keepdims=True) & ~failed[:, None, None]
    return np.where(sound, clipped, np.nan)
