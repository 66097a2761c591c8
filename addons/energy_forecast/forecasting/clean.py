"""Gaps and outliers of histories, marked and filled before a model learns."""

import numpy as np

MEASURED, GAP, OUTLIER = 0, 1, 2


def find_outliers(values, spread=8.0, floor=0.5) -> np.ndarray:
    """Values far from what their slot has in the weeks around them.

    A value is compared with the median of the same weekday and slot four weeks before
    and after; far is more than `spread` median deviations and more than `floor` of the
    series' own mean. A spike or a drop to nothing for an hour is found, a change of
    level that lasts is not.

    :param values: (series, days, slots) kWh, NaN for missing
    :return: bool array of the same shape
    """
    values = np.asarray(values, dtype=float)
    series, days, slots = values.shape
    if days < 21:
        return np.zeros(values.shape, dtype=bool)
    offsets = [n * 7 for n in (-4, -3, -2, -1, 1, 2, 3, 4)]
    near = np.full((len(offsets), series, days, slots), np.nan, dtype=np.float32)
    for place, offset in enumerate(offsets):
        if abs(offset) >= days:
            continue
        if offset > 0:
            near[place, :, :-offset] = values[:, offset:]
        else:
            near[place, :, -offset:] = values[:, :offset]
    middle = quiet_median(near, axis=0)
    deviation = np.abs(near - middle)
    scale = quiet_median(deviation, axis=0)
    mean = quiet_mean(np.abs(values), axis=(1, 2))[:, None, None]
    far = np.abs(values - middle)
    counts = np.isfinite(near).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return (counts >= 3) & (far > spread * scale) & (far > floor * mean)


def fill(values) -> np.ndarray:
    """Histories without gaps, as lags need them.

    A missing value is the mean of the same weekday and slot up to four weeks around,
    else of the same slot of all days, else of the series, else 0. Nothing that is
    there is changed.

    :param values: (series, days, slots) kWh, NaN for missing
    """
    filled = np.array(values, dtype=float)
    gaps = np.isnan(filled)
    if not gaps.any():
        return filled
    days = filled.shape[1]
    total = np.zeros(filled.shape)
    count = np.zeros(filled.shape, dtype=np.int16)
    known = np.where(gaps, 0.0, filled)
    for offset in (7, 14, 21, 28):
        if offset >= days:
            break
        total[:, offset:] += known[:, :-offset]
        count[:, offset:] += ~gaps[:, :-offset]
        total[:, :-offset] += known[:, offset:]
        count[:, :-offset] += ~gaps[:, offset:]
    near = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    by_slot = quiet_mean(filled, axis=1)[:, None, :]
    overall = np.nan_to_num(quiet_mean(filled, axis=(1, 2)))[:, None, None]
    substitute = np.where(np.isnan(near), by_slot, near)
    substitute = np.where(np.isnan(substitute), overall, substitute)
    return np.where(gaps, substitute, filled)


def quiet_mean(values, axis):
    """Mean of what is there; NaN where nothing is."""
    there = np.isfinite(values)
    count = there.sum(axis=axis)
    total = np.where(there, values, 0.0).sum(axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def quiet_median(values, axis):
    """Median of what is there; NaN where nothing is, without a warning."""
    ordered = np.sort(values, axis=axis)  # NaN go to the end
    count = np.isfinite(ordered).sum(axis=axis, keepdims=True)
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0), axis)
    high = np.take_along_axis(
        ordered, np.maximum(count // 2, 0).clip(max=values.shape[axis] - 1), axis
    )
    return np.squeeze((low + high) / 2, axis)
