"""Local days: how many periods they have and how they fold onto the wall clock.

Everything that learns or forecasts works on wall-clock days of equal length: 24 hours
or 96 quarters. The doubled hour of the autumn change is folded to its mean, the lost
hour of spring is filled from its neighbours; both are undone at the end. Lags by wall
clock give 13 to 26 % less error around the change.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from .errors import ForecastError

MINUTES = (15, 30, 60)


@lru_cache(maxsize=8192)
def slot_map(zone_name: str, minutes: int, day: date) -> tuple[int, ...]:
    """Wall-clock position of each period of a local day, in the order of time.

    24 hours have positions 0…23; the day of 25 has one twice, that of 23 lacks one.

    :raises ForecastError: unknown_zone, bad_minutes
    """
    if minutes not in MINUTES:
        raise ForecastError("bad_minutes", minutes=minutes)
    zone = _zone(zone_name)
    begin, end = (
        datetime.combine(at, time(), zone).astimezone(UTC)
        for at in (day, day + timedelta(days=1))
    )
    step = timedelta(minutes=minutes)
    positions = []
    while begin < end:
        local = begin.astimezone(zone)
        positions.append((local.hour * 60 + local.minute) // minutes)
        begin += step
    return tuple(positions)


@lru_cache(maxsize=64)
def _zone(name):
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ForecastError("unknown_zone", zone=name) from error


def slot_count(zone_name: str, minutes: int, day: date) -> int:
    """Number of periods of a local day: 23, 24, 25 hours; 92, 96, 100 quarters."""
    return len(slot_map(zone_name, minutes, day))


def begins(zone_name: str, minutes: int, day: date) -> list[datetime]:
    """Instants (UTC) at which the periods of a local day begin."""
    begin = datetime.combine(day, time(), _zone(zone_name)).astimezone(UTC)
    step = timedelta(minutes=minutes)
    count = slot_count(zone_name, minutes, day)
    return [begin + number * step for number in range(count)]


def fold(values, zone_name: str, minutes: int, day: date) -> np.ndarray:
    """Periods of a day (…, slots) as wall-clock positions (…, 1440 / minutes).

    The doubled hour becomes its mean, the lost one is drawn straight between its
    neighbours. A value that is missing (NaN) stays missing.

    :raises ForecastError: slot_count where the number of values is not the day's
    """
    values = np.asarray(values, dtype=float)
    positions = np.array(slot_map(zone_name, minutes, day))
    width = 1440 // minutes
    if values.shape[-1] != len(positions):
        raise ForecastError(
            "slot_count", day=day, expected=len(positions), found=values.shape[-1]
        )
    if len(positions) == width and positions[-1] == width - 1:
        return values.copy()
    folded = np.zeros((*values.shape[:-1], width))
    counts = np.bincount(positions, minlength=width)
    for index, position in enumerate(positions):
        folded[..., position] += values[..., index] / counts[position]
    lost = np.flatnonzero(counts == 0)
    if len(lost):
        before, after = lost[0] - 1, lost[-1] + 1
        share = (lost - before) / (after - before)
        low = folded[..., before : before + 1] if before >= 0 else None
        high = folded[..., after : after + 1] if after < width else low
        low = high if low is None else low
        folded[..., lost] = low * (1 - share) + high * share
    return folded


def unfold(folded, zone_name: str, minutes: int, day: date) -> np.ndarray:
    """Wall-clock positions (…, 1440 / minutes) as the real periods of a day."""
    return np.asarray(folded, dtype=float)[
        ..., np.array(slot_map(zone_name, minutes, day))
    ]


def resample(values, minutes: int, target: int, shape=None) -> np.ndarray:
    """Energy of periods (…, n) in another resolution; the sum stays.

    :param shape: (…, finer n) weights to spread an hour by; evenly without
    """
    values = np.asarray(values, dtype=float)
    if target == minutes:
        return values.copy()
    if target > minutes:
        if target % minutes or values.shape[-1] * minutes % target:
            raise ForecastError("bad_minutes", minutes=target)
        return values.reshape(*values.shape[:-1], -1, target // minutes).sum(-1)
    if minutes % target:
        raise ForecastError("bad_minutes", minutes=target)
    parts = minutes // target
    spread = np.repeat(values, parts, axis=-1) / parts
    if shape is None:
        return spread
    weights = np.asarray(shape, dtype=float)
    weights = weights.reshape(*weights.shape[:-1], -1, parts)
    totals = weights.sum(-1, keepdims=True)
    usable = (totals > 0) & np.isfinite(totals)
    share = np.where(usable, weights / np.where(usable, totals, 1), 1 / parts)
    return (values[..., None] * share).reshape(*values.shape[:-1], -1)


def day_range(first: date, count: int) -> list[date]:
    """`count` days from the first one on."""
    return [first + timedelta(days=number) for number in range(count)]
