"""One small ridge regression for each slot of the day, for all series at once.

The normal equations of (series, slots) regressions are built and solved as one batch:
a forecast of a point with a year of hours costs milliseconds. Columns that all series
share are multiplied once.
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np

from . import features
from .clean import fill
from .frames import Days

STRONG, NORMAL = 20.0, 2.0
"""Ridge penalties: of series with little history or much noise, and of groups."""

HALF_LIFE = 250.0
"""Days after which a day counts half in learning."""

POOLED = 0.5
"""Weight of the neighbouring slots' days: they share their slopes, not their level."""

MINIMUM_DAYS = 28
SEASON_DAYS = 240
"""History from which a season can be told from a trend."""
WINDOW_DAYS = 400
BEFORE = 28
"""Days that lags see before a history begins: its first weeks as they usually were, so
that its first days can be learnt from."""

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
    for rows in _batches(days.holiday, np.isnan(history.values).any(axis=(1, 2))):
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


def _batches(holiday, broken):
    """Rows of series with the same holidays, `BATCH` at most, whole ones apart.

    :param broken: (series,) whether values are missing
    """
    kinds = broken[:, None]
    if holiday.ndim == 2:
        kinds = np.concatenate([holiday, kinds], axis=1)
    _kinds, of_kind = np.unique(kinds, axis=0, return_inverse=True)
    order = np.argsort(of_kind, kind="stable")
    for group in np.split(order, np.flatnonzero(np.diff(of_kind[order])) + 1):
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
    filled, measured, days = _extend(filled, measured, days)
    found = np.empty((len(filled), len(leads), filled.shape[2]))
    classes = np.array([features.lead_class(lead, history.days) for lead in leads])
    for lead_days in np.unique(classes):
        chosen = np.flatnonzero(classes == lead_days)
        found[:, chosen] = _fit(
            filled,
            measured,
            days,
            int(lead_days),
            filled.shape[1] - 1 + leads[chosen],
            penalty,
            half_life,
            window,
            plain,
        )
    if log:
        found = np.exp(np.minimum(found, 3.0))
    return found * scale


def _extend(filled, measured, days):
    """Histories and days with `BEFORE` usual days in front, which nothing learns."""
    number = np.arange(BEFORE)
    alike = np.stack([number[number % 7 == day % 7] for day in number])
    usual = filled[:, alike].mean(axis=2)
    unknown = np.zeros(usual.shape, dtype=bool)
    warmth = days.temperature
    if warmth is not None:
        warmth = np.concatenate([warmth[..., :BEFORE, :], warmth], axis=-2)
    return (
        np.concatenate([usual, filled], axis=1),
        np.concatenate([unknown, measured], axis=1),
        Days(
            days.first - timedelta(days=BEFORE),
            np.concatenate([np.zeros(BEFORE, dtype=bool), days.holiday]),
            warmth,
        ),
    )


def _fit(filled, measured, days, lead_days, targets, penalty, half_life, window, plain):
    """Learn from the known days and apply to the target days."""
    known = filled.shape[1]
    first = max(features.first_row(lead_days, plain), BEFORE, known - window)
    rows = np.arange(first, known)
    seasonal = known - BEFORE >= SEASON_DAYS
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
    # what is the same for all series is multiplied once
    same = (weights == weights[:1]).all()
    weights = weights[:1] if same else weights
    total = weights.sum(axis=-1)
    share = weights / np.maximum(total, 1e-12)[..., None]
    shared, shared_mean = _centre(_by_slot(learn.shared[None]), share)
    own, own_mean = _centre(_with_goal(learn.own, values), share)
    weighted = own * weights[..., None]
    cross = weighted.swapaxes(-1, -2) @ shared
    inner = weighted.swapaxes(-1, -2) @ own
    first = (shared * weights[..., None]).swapaxes(-1, -2) @ shared
    normal, right = _assemble(first, cross, inner)
    level = own_mean[..., -1]
    mean = np.concatenate(
        [np.broadcast_to(shared_mean, (*level.shape, shared.shape[-1])), own_mean], -1
    )[..., :-1]
    normal, right = _pool(normal), _pool(right)
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
    goal = _table(apply, len(values))
    slope = np.linalg.solve(normal, (right * inverse)[..., None])[..., 0] * inverse
    found = ((goal - mean[..., None, :]) @ slope[..., None])[..., 0] + level[..., None]
    # without a single value to learn from there is nothing to say
    found = np.where((total > 0)[..., None], found, np.nan)
    return found.transpose(0, 2, 1)


def _by_slot(table):
    """(series, days, slots, columns) as (series, slots, days, columns)."""
    return np.ascontiguousarray(table.transpose(0, 2, 1, 3))


def _with_goal(own, values):
    """A series' own columns by slot, and what is to be learnt as the last one."""
    goal = values[..., None]
    return _by_slot(goal if own is None else np.concatenate([own, goal], axis=-1))


def _centre(table, share):
    """Columns without their weighted mean, and the mean (series, slots, columns)."""
    mean = (share[..., None, :] @ table)[..., 0, :]
    return table - mean[..., None, :], mean


def _assemble(first, cross, inner):
    """Normal matrix and right side of shared columns, own ones and the goal.

    :param first: (series or 1, slots, shared, shared)
    :param cross: (series, slots, own and goal, shared)
    :param inner: (series, slots, own and goal, own and goal)
    """
    count, size = first.shape[-1], first.shape[-1] + inner.shape[-1] - 1
    normal = np.empty((*inner.shape[:2], size, size))
    normal[..., :count, :count] = first
    normal[..., count:, :count] = cross[..., :-1, :]
    normal[..., :count, count:] = cross[..., :-1, :].swapaxes(-1, -2)
    normal[..., count:, count:] = inner[..., :-1, :-1]
    right = np.concatenate([cross[..., -1, :], inner[..., -1, :-1]], axis=-1)
    return normal, right


def _pool(sums):
    """Sums of each slot with those of its neighbours, as large as before."""
    around = np.roll(sums, 1, axis=1) + np.roll(sums, -1, axis=1)
    return (sums + POOLED * around) / (1 + 2 * POOLED)


def _table(columns, series):
    """(series, slots, rows, columns) of shared and own columns."""
    shared = columns.shared.transpose(1, 0, 2)[None]
    shared = np.broadcast_to(shared, (series, *shared.shape[1:]))
    if columns.own is None:
        return shared
    return np.concatenate([shared, columns.own.transpose(0, 2, 1, 3)], axis=-1)
