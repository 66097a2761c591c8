"""Measures of error. Energy in any one unit; arrays are averaged over all axes."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Errors of a forecast; NaN where nothing can be compared.

    :param bias: mean of forecast − actual; its sign decides who pays
    :param mae: mean absolute error
    :param mape: mean absolute error in percent of each actual; of actuals other than 0
    :param wape: sum of absolute errors in percent of the sum of actuals
    :param count: number of values compared
    """

    bias: float
    mae: float
    mape: float
    wape: float
    count: int


def measure(forecast, actual) -> Accuracy:
    """Errors of all values that are there in both arrays."""
    forecast, actual = np.broadcast_arrays(
        np.asarray(forecast, dtype=float), np.asarray(actual, dtype=float)
    )
    both = np.isfinite(forecast) & np.isfinite(actual)
    error, actual = (forecast - actual)[both], np.abs(actual[both])
    if not len(error):
        return Accuracy(np.nan, np.nan, np.nan, np.nan, 0)
    size = np.abs(error)
    some = actual > 0
    return Accuracy(
        float(error.mean()),
        float(size.mean()),
        float(100 * (size[some] / actual[some]).mean()) if some.any() else np.nan,
        float(100 * size.sum() / actual.sum()) if actual.sum() > 0 else np.nan,
        len(error),
    )


def wape(forecast, actual):
    """WAPE in percent of each series: (series, …) → (series,); NaN without energy."""
    axes = tuple(range(1, np.ndim(actual)))
    both = np.isfinite(forecast) & np.isfinite(actual)
    size = np.where(both, np.abs(forecast - actual), 0).sum(axis=axes)
    total = np.where(both, np.abs(actual), 0).sum(axis=axes)
    return np.where(total > 0, 100 * size / np.where(total > 0, total, 1), np.nan)


def coverage(low, high, actual) -> float:
    """Share of actual values inside the band; NaN without values."""
    there = np.isfinite(low) & np.isfinite(high) & np.isfinite(actual)
    if not there.any():
        return float("nan")
    inside = (actual >= low) & (actual <= high)
    return float(inside[there].mean())
