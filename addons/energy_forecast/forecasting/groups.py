"""Sums of series: bottom-up, the direct forecast as second opinion, losses."""

import numpy as np

from .errors import ForecastError

NOTHING = 1e-9
"""kWh below which there is nothing to share by."""


def bottom_up(forecasts, members):
    """Forecasts of groups as the sums of their members.

    :param forecasts: (series, days, slots) kWh
    :param members: (groups, series) 0/1 or shares
    :return: (groups, days, slots)
    """
    return np.einsum("gs,sdt->gdt", np.asarray(members, dtype=float), forecasts)


def reconcile(forecasts, total, weights=None):
    """Members moved so that they sum to a total, each by its weight.

    :param forecasts: (series, days, slots)
    :param total: (days, slots) what they must sum to
    :param weights: (series,) ≥ 0, such as each one's usual error; by size without
    :return: (series, days, slots) whose sum is `total`
    """
    missing = np.asarray(total, dtype=float) - forecasts.sum(axis=0)
    if weights is None:
        share = np.abs(forecasts)
    else:
        weights = np.asarray(weights, dtype=float)
        if (weights < 0).any():
            raise ForecastError("negative_weight")
        share = np.broadcast_to(weights[:, None, None], forecasts.shape)
    whole = share.sum(axis=0)
    even = np.full(forecasts.shape, 1 / len(forecasts))
    some = whole > NOTHING
    share = np.where(some, share / np.where(some, whole, 1), even)
    return forecasts + share * missing


def to_day_totals(forecast, totals):
    """Slots scaled so that each day sums to its total.

    :param forecast: (series, days, slots); a day of nothing is spread evenly
    :param totals: (series, days)
    """
    sums = forecast.sum(axis=-1)
    some = np.abs(sums) > NOTHING
    share = forecast / np.where(some, sums, 1)[..., None]
    even = np.full(forecast.shape, 1 / forecast.shape[-1])
    return np.where(some[..., None], share, even) * totals[..., None]


def losses(forecast, percent):
    """Losses of a forecast, a component of their own.

    :param percent: of what is delivered, a number or an array that fits
    :raises ForecastError: losses_percent outside 0…50
    """
    percent = np.asarray(percent, dtype=float)
    if ((percent < 0) | (percent > 50) | np.isnan(percent)).any():
        raise ForecastError("losses_percent")
    return forecast * percent / 100
