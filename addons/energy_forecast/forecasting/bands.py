"""Bands P10 and P90 from the errors a model made out of sample.

Errors are divided by the forecast's own size, so that a band follows the level. The
quantiles are conformal ((n + 1)-corrected) for each slot with its neighbours, widened
until the errors they came from are covered as often as is said.
"""

from dataclasses import dataclass

import numpy as np

LEVEL = 0.8
AROUND = 1
"""Slots before and after whose errors count too, an hour's neighbours."""


START = 1.1
"""Factor on the first bands: plain ones hold a tenth less often than they say."""


@dataclass(frozen=True, slots=True)
class Band:
    """Relative distances of P10 and P90 from the forecast, of each series and slot.

    :param low: (series, slots), usually below 0
    :param high: (series, slots)
    :param scale: (series,) kWh below which errors are taken absolutely
    """

    low: np.ndarray
    high: np.ndarray
    scale: np.ndarray

    def around(self, forecast):
        """P10 and P90 of a forecast (series, days, slots); never out of order."""
        size = np.maximum(np.abs(forecast), self.scale[:, None, None])
        low = forecast + self.low[:, None, :] * size
        high = forecast + self.high[:, None, :] * size
        low = np.where((forecast >= 0) & (low < 0), 0.0, low)
        return np.minimum(low, forecast), np.maximum(high, forecast)


def learn(forecast, actual, level=LEVEL, widen=1.0) -> Band:
    """The band of forecasts made out of sample.

    :param forecast: (series, days, slots) kWh
    :param actual: the same shape, NaN for missing
    :param level: share of values inside, half of the rest on each side
    :param widen: factor on the distances, from the measured coverage
    """
    scale = 0.1 * np.nan_to_num(np.nanmean(np.abs(forecast), axis=(1, 2)))
    scale = np.maximum(scale, 1e-9)
    size = np.maximum(np.abs(forecast), scale[:, None, None])
    error = (actual - forecast) / size
    slots = error.shape[2]
    around = max(AROUND * slots // 24, 1)
    pooled = np.concatenate(
        [np.roll(error, shift, axis=2) for shift in range(-around, around + 1)], axis=1
    )
    tail = (1 - level) / 2
    # the correction counts days: errors of neighbouring slots of a day are no news
    days = max(error.shape[1], 1)
    step = min((1 + 1 / days) * (1 - tail), 1.0)
    low = np.nan_to_num(np.nanquantile(pooled, 1 - step, axis=1))
    high = np.nan_to_num(np.nanquantile(pooled, step, axis=1))
    return Band(np.minimum(low, 0) * widen, np.maximum(high, 0) * widen, scale)


def adapt(forecast, actual, window=56, level=LEVEL, rate=0.3):
    """Bands day by day, each from the days before it, and how often they held.

    The width follows the coverage of the days before: too narrow a band is widened
    until it holds what it says (adaptive conformal inference).

    :param forecast: (series, days, slots) out of sample
    :return: P10 and P90 of the days after the first `window`, coverage in each series
        of these days, and the factor that the next day's band is widened by
    """
    series, days, _slots = forecast.shape
    lows, highs, held = [], [], []
    widen = np.full(series, START)
    for day in range(window, days):
        past = slice(day - window, day)
        band = learn(forecast[:, past], actual[:, past], level)
        band = Band(band.low * widen[:, None], band.high * widen[:, None], band.scale)
        low, high = band.around(forecast[:, day : day + 1])
        truth = actual[:, day : day + 1]
        inside = ((truth >= low) & (truth <= high)).mean(axis=(1, 2))
        widen = np.clip(widen * np.exp(rate * (level - inside)), 0.5, 3.0)
        lows.append(low)
        highs.append(high)
        held.append(inside)
    return (
        np.concatenate(lows, axis=1),
        np.concatenate(highs, axis=1),
        np.mean(held, axis=0),
        widen,
    )
