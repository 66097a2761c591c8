"""What the regression sees of a day: similar days, lags, holidays, temperature, season.

Only what is known at the cut-off is used: a forecast `lead` days after the last known
day looks back at least `lead` days.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

SATURDAY, SUNDAY = 5, 6
SIMILAR = 4
"""How many earlier days of the same kind are looked at."""

HINGES = (12.0, 18.0, 23.0)
"""Temperatures (°C) at which heating ends and cooling begins."""

CLASSES = (1, 2, 7, 14, 28, 56)
"""Leads in days that share a regression: all up to a class look back as far as it."""

NEAR = (1, 2)
"""Classes that see how the last known days went."""

PLAIN_LAGS = (7, 14, 21)
"""Days looked back at, besides the last known two, where lags are taken as they are."""

YEAR_END = (1224, 108)
"""From Christmas Eve to the day after the orthodox Christmas (month and day): much
rests on its working days too. Its eves, the 24th and 31st, are Saturdays as in the
standard load profiles of the BDEW."""
EVES = (1224, 1231)

INERTIA_HOURS = (9.5, 33.0)
"""Time constants by which buildings follow the temperature outside."""


def lead_class(lead: int, days: int) -> int:
    """The class of features for a day `lead` days after the last known one.

    :param days: length of the history; a class that leaves fewer than two weeks to
        learn from is given up
    :return: one of `CLASSES`, 364 for the day a year before, 0 for season and kind of
        day alone
    """
    for limit in CLASSES:
        if lead <= limit and days - first_row(limit) >= 14:
            return limit
    if lead <= 364 and days - 364 >= 90:
        return 364
    return 0


def first_row(lead_days: int, plain: bool = False) -> int:
    """Number of the first day whose columns lie inside the history."""
    if plain and lead_days in NEAR:
        return PLAIN_LAGS[-1]
    if lead_days == 364:
        return 364
    return lead_days + 7 if lead_days else 0


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of some days: those all series share, and those of each series.

    :param shared: (days, slots, columns)
    :param own: (series, days, slots, columns), or None
    """

    shared: np.ndarray
    own: np.ndarray | None


def build(filled, days, lead_days, rows, seasonal, plain=False):
    """Columns of the days `rows` of every series.

    :param filled: (series, known days, slots) without gaps, scaled to the mean 1
    :param days: frames.Days whose holidays are the same for all these series
    :param lead_days: class of the lead
    :param rows: numbers of days counted from the first one of the history
    :param seasonal: whether there is a year to learn the season from
    :param plain: for the next two days, look back at fixed lags instead of similar
        days
    """
    rows = np.asarray(rows)
    plain = plain and lead_days in NEAR
    series, known, slots = filled.shape
    blocks = _calendar(days, rows, lead_days, slots, seasonal, plain)
    blocks += _temperature(days, rows, lead_days, slots, known, plain)
    shared = [block for block in blocks if block.ndim == 2]
    own = [block for block in blocks if block.ndim == 3]
    if plain:
        own += _plain_levels(filled, lead_days, rows)
    else:
        own += _levels(filled, days, lead_days, rows)
    return Columns(
        np.stack(shared, axis=-1),
        np.stack(own, axis=-1) if own else None,
    )


def similar_days(days, lead_days, rows, known):
    """Numbers of the latest days of the same kind, (rows, SIMILAR), newest first.

    A holiday is like a Sunday, and is itself no model for any day. Where fewer are
    known the oldest of them is repeated; without any it is the last day known.

    :param known: number of known days
    """
    kind = np.where(days.holiday, SUNDAY, days.weekday)
    plain = [
        np.flatnonzero((kind[:known] == number) & ~days.holiday[:known])
        for number in range(7)
    ]
    found = np.empty((len(rows), SIMILAR), dtype=int)
    for place, row in enumerate(rows):
        usable = plain[kind[row]]
        last = int(np.searchsorted(usable, min(row - lead_days, known - 1), "right"))
        if last == 0:
            found[place] = max(min(row - lead_days, known - 1), 0)
        else:
            found[place] = usable[np.maximum(last - 1 - np.arange(SIMILAR), 0)]
    return found


def _levels(filled, days, lead_days, rows):
    """What the series was on similar days, and how the last days differed from them."""
    if not lead_days:
        return []
    if lead_days == 364:
        near = filled[:, rows - 364]
        return [near, _all_slots(near.mean(axis=-1), near)]
    known = filled.shape[1]
    similar = filled[:, similar_days(days, lead_days, rows, known)]
    columns = [similar[:, :, 0], similar[:, :, 1]]
    columns.append(similar[:, :, 2:].mean(axis=2))
    columns.append(_all_slots(similar.mean(axis=(2, 3)), columns[0]))
    if lead_days not in NEAR:
        return columns
    # what the last known days did beyond what was usual for their kind
    usual = np.zeros_like(filled)
    all_rows = np.arange(1, known)
    usual[:, 1:] = filled[:, similar_days(days, 1, all_rows, known)].mean(axis=2)
    beyond = filled - usual
    for lag in (lead_days, lead_days + 1):
        there = beyond[:, rows - lag]
        columns.append(there)
        columns.append(_all_slots(there.mean(axis=-1), there))
    near = beyond[:, rows - lead_days]
    last = max(near.shape[-1] // 8, 1)
    columns.append(_all_slots(near[..., -last:].mean(axis=-1), near))
    # the days themselves, with the hours around
    for lag in (lead_days, lead_days + 1):
        columns.append(filled[:, rows - lag])
    near = filled[:, rows - lead_days]
    columns += [np.roll(near, 1, axis=-1), np.roll(near, -1, axis=-1)]
    columns.append(_all_slots(near.mean(axis=-1), near))
    columns.append(_all_slots(near[..., -last:].mean(axis=-1), near))
    if known > 28 + lead_days:
        columns += [filled[:, np.maximum(rows - lag, 0)] for lag in (7, 14)]
    return columns


def _plain_levels(filled, lead_days, rows):
    """What the series was at fixed lags, around the nearest, and in its week."""
    columns = [filled[:, rows - lag] for lag in (lead_days, lead_days + 1, *PLAIN_LAGS)]
    near = columns[0]
    total = np.cumsum(filled, axis=1)
    week = total[:, rows - lead_days] - total[:, rows - lead_days - 7]
    columns.append(week / 7)
    columns.append(_all_slots(near.mean(axis=-1), near))
    against = near - filled[:, rows - lead_days - 7]
    columns += [against, _all_slots(against.mean(axis=-1), near)]
    columns += [np.roll(near, 1, axis=-1), np.roll(near, -1, axis=-1)]
    last = max(near.shape[-1] // 8, 1)
    columns.append(_all_slots(near[..., -last:].mean(axis=-1), near))
    columns.append(_all_slots(filled[:, rows - 7].mean(axis=-1), near))
    return columns


def _all_slots(by_day, like):
    return np.broadcast_to(by_day[..., None], like.shape)


def _calendar(days, rows, lead_days, slots, seasonal, plain):
    """Kind of day, with flags for holidays among the days looked back at."""
    holiday = days.holiday[rows]
    date = _month_and_day(days)
    eve = np.isin(date, EVES) & (days.weekday < SATURDAY)
    kind = np.where(eve, SATURDAY, days.weekday)
    kind = np.where(days.holiday, SUNDAY, kind)
    weekday = kind[rows]
    year_end = ((date >= YEAR_END[0]) | (date <= YEAR_END[1])) & (kind < SATURDAY)
    blocks = [weekday == number for number in range(7)]
    blocks += [holiday, _bridge(days)[rows], year_end[rows]]
    if lead_days in NEAR:
        lags = (lead_days, lead_days + 1, *(PLAIN_LAGS[:1] if plain else ()))
        blocks += [days.holiday[rows - lag] & ~holiday for lag in lags]
    if seasonal:
        angle = 2 * np.pi * (rows + days.first.timetuple().tm_yday) / 365.25
        for times in (1, 2):
            blocks += [np.sin(times * angle), np.cos(times * angle)]
        off = weekday >= 5
        blocks += [off * np.sin(angle), off * np.cos(angle)]
    else:
        blocks.append(rows / 365.0)
    return [_spread(block, slots) for block in blocks]


def _month_and_day(days):
    dates = [days.first + timedelta(days=number) for number in range(days.count)]
    return np.array([day.month * 100 + day.day for day in dates])


def _spread(block, slots):
    """A value a day as one of each slot."""
    block = np.asarray(block, dtype=float)
    return np.broadcast_to(block[..., None], (*block.shape, slots))


def _bridge(days):
    """Working days between a holiday and a weekend, or two holidays."""
    off = days.holiday | (days.weekday >= 5)
    found = np.zeros_like(off)
    found[1:-1] = (
        (off[:-2] & off[2:]) & (days.holiday[:-2] | days.holiday[2:]) & ~off[1:-1]
    )
    return found


def _temperature(days, rows, lead_days, slots, known, plain):
    """Temperature, its square and hinges, the day before, and the days looked at."""
    if days.temperature is None:
        return []
    given = days.temperature
    scaled = (given - 15.0) / 10.0
    mean = scaled.mean(axis=-1)
    before = np.maximum(rows - 1, 0)
    here = scaled[..., rows, :]
    blocks = [here, here**2]
    blocks += [np.maximum((given[..., rows, :] - at) / 10.0, 0) for at in HINGES]
    blocks += [
        _spread(mean[..., rows], slots),
        _spread(mean[..., before], slots),
        _spread(scaled.max(axis=-1)[..., rows], slots),
        scaled[..., before, :],
    ]
    for hours in INERTIA_HOURS:
        slow = _follow(scaled, hours * slots / 24)[..., rows, :]
        blocks += [slow, slow**2]
    if lead_days in NEAR:
        there = scaled[..., np.maximum(rows - lead_days, 0), :]
        blocks += [there, there**2]
    if plain:
        there = scaled[..., rows - PLAIN_LAGS[0], :]
        blocks += [there, there**2]
    elif lead_days and lead_days != 364:
        # what it was like on the days that the levels are taken from
        there = scaled[..., similar_days(days, lead_days, rows, known), :]
        newest = there[..., 0, :]
        older = there[..., 1:, :]
        blocks += [newest, newest**2, older.mean(axis=-2), (older**2).mean(axis=-2)]
    return blocks


def _follow(values, constant):
    """What follows (…, days, slots) with a time constant of so many slots."""
    # half a second to import: only where there is weather
    from scipy.signal import lfilter  # noqa: PLC0415

    flat = values.reshape(*values.shape[:-2], -1)
    keep = np.exp(-1 / constant)
    found, _state = lfilter([1 - keep], [1, -keep], flat, zi=keep * flat[..., :1])
    return found.reshape(values.shape)
