"""One small ridge regression for each slot of the day, for all series at once.

The normal equations of (series, slots) regressions are built and solved as one batch:
a forecast of a point with a year of hours costs milliseconds. Columns that all series
share are multiplied once.
"""

from dataclasses import replace

import numpy as np

from . import features
from .clean import fill

STRONG, NORMAL = 20.0, 2.0
"""Ridge penalties: of series with little history or much noise, and of groups."""

HALF_LIFE = 250.0
"""Days after which a day counts half in learning."""

MINIMUM_DAYS = 28
WINDOW_DAYS = 400
BATCH = 48


def predict(
    history,
    days,
    leads,
    penalty=None,
    half_life=HALF_LIFE,
    window=WINDOW_DAYS,
    log=False,
    plain=False,
):
    """Forecasts of every series for days after its last known one.

    :param history: frames.History; NaN values are not learnt from
    :param days: frames.Days of the history and at least the longest lead after it
    :param leads: days after the last known one, from 1
    :param penalty: of the ridge, for columns of variance 1; by length of history
        without
    :param half_life: days after which a day counts half
    :param window: days of history to learn from
    :param log: learn the logarithm, for series that are never near 0
    :param plain: look back at fixed lags instead of similar days
    :return: (series, leads, slots) kWh; NaN where history is too short
    """
    leads = np.asarray(leads)
    found = np.full((len(history.values), len(leads), history.values.shape[2]), np.nan)
    if history.days < MINIMUM_DAYS:
        return found
    if penalty is None:
        penalty = NORMAL if history.days >= 180 else STRONG
    for rows in _batches(days.holiday, len(history.values)):
        part = days.take(rows)
        found[rows] = _predict_part(
            history.take(rows),
            part if part.holiday.ndim == 1 else replace(part, holiday=part.holiday[0]),
            leads,
            penalty,
            half_life,
            window,
            log,
            plain,
        )
    return found


def _batches(holiday, series):
    """Rows of series that have the same holidays, `BATCH` at most."""
    groups = [np.arange(series)]
    if holiday.ndim == 2:
        _kinds, of_kind = np.unique(holiday, axis=0, return_inverse=True)
        order = np.argsort(of_kind, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(of_kind[order])) + 1)
    for group in groups:
        for start in range(0, len(group), BATCH):
            yield group[start : start + BATCH]


def _predict_part(history, days, leads, penalty, half_life, window, log, plain):
    filled = fill(history.values)
    scale = np.abs(filled).mean(axis=(1, 2))
    scale = np.where(scale > 0, scale, 1.0)[:, None, None]
    filled = filled / scale
    measured = ~np.isnan(history.values)
    if days.supplied is not None:
        measured &= days.supplied[:, : history.days, None]
    if log:
        filled = np.log(np.maximum(filled, 0.02))
    found = np.empty((len(filled), len(leads), filled.shape[2]))
    classes = np.array([features.lead_class(lead, history.days) for lead in leads])
    for lead_days in np.unique(classes):
        chosen = np.flatnonzero(classes == lead_days)
        found[:, chosen] = _fit(
            filled,
            measured,
            days,
            int(lead_days),
            history.days - 1 + leads[chosen],
            penalty,
            half_life,
            window,
            plain,
        )
    if log:
        found = np.exp(np.minimum(found, 3.0))
    return found * scale


def _fit(filled, measured, days, lead_days, targets, penalty, half_life, window, plain):
    """Learn from the known days and apply to the target days."""
    known = filled.shape[1]
    first = max(features.first_row(lead_days, plain), known - window)
    rows = np.arange(first, known)
    seasonal = known >= 300
    learn = features.build(filled, days, lead_days, rows, seasonal, plain)
    apply = features.build(filled, days, lead_days, targets, seasonal, plain)
    age = (known - 1 - rows).astype(float)
    weight = 0.5 ** (age / half_life)
    weights = measured[:, rows].transpose(0, 2, 1) * weight  # (series, slots, rows)
    return solve(learn, apply, filled[:, rows], weights, penalty)


def solve(learn, apply, values, weights, penalty):
    """Weighted ridge of (series, slots) regressions in one batch.

    :param learn: features.Columns of the learning days
    :param apply: features.Columns of the days to forecast
    :param values: (series, rows, slots)
    :param weights: (series, slots, rows), 0 where a value is missing
    :return: (series, target days, slots)
    """
    table, goal = _table(learn, values.shape[0]), _table(apply, values.shape[0])
    target = values.transpose(0, 2, 1)
    total = weights.sum(axis=-1)
    share = weights / np.maximum(total, 1e-12)[..., None]
    mean = (share[..., None, :] @ table)[..., 0, :]
    level = (share * target).sum(axis=-1)
    table = table - mean[..., None, :]
    weighted = table * weights[..., None]
    normal = weighted.swapaxes(-1, -2) @ table
    right = (weighted.swapaxes(-1, -2) @ (target - level[..., None])[..., None])[..., 0]
    variance = (
        np.diagonal(normal, axis1=-2, axis2=-1) / np.maximum(total, 1e-12)[..., None]
    )
    deviation = np.sqrt(np.maximum(variance, 0))
    # a column that never changed carries nothing
    usable = deviation > 1e-9
    deviation = np.where(usable, deviation, 1.0)
    inverse = usable / deviation
    normal *= inverse[..., None, :] * inverse[..., :, None]
    index = np.arange(normal.shape[-1])
    normal[..., index, index] += penalty + ~usable
    slope = np.linalg.solve(normal, (right * inverse)[..., None])[..., 0] * inverse
    found = ((goal - mean[..., None, :]) @ slope[..., None])[..., 0] + level[..., None]
    # without a single value to learn from there is nothing to say
    found = np.where((total > 0)[..., None], found, np.nan)
    return found.transpose(0, 2, 1)


def _table(columns, series):
    """(series, slots, rows, columns) of shared and own columns."""
    shared = columns.shared.transpose(1, 0, 2)[None]
    shared = np.broadcast_to(shared, (series, *shared.shape[1:]))
    if columns.own is None:
        return shared
    return np.concatenate([shared, columns.own.transpose(0, 2, 1, 3)], axis=-1)
