"""Wide interval rows: one per point, day and channel."""

import numpy as np

from ..errors import MarketError, Place
from .blocks import Layout, open_blocks
from .interval_keys import WRONG
from .market_days import EPOCH


def find_wide(profile, header, width) -> Layout:
    """Return the columns of a wide file."""
    keys = {name: header.index(ref) for name, ref in profile.columns.items()}
    first = header.index(profile.values_from)
    step = profile.value_step
    most = 25 * 60 // profile.minutes
    found = max(0, (width - first + step - 1) // step)
    count = min(profile.values_count or found, found, most)
    least = 23 * 60 // profile.minutes
    if count < min(least, profile.values_count or least):
        raise MarketError(
            "too_few_columns",
            Place(header.row),
            {"columns": count, "slots": least, "day": "–"},
        )
    values = [
        column
        for column in range(first, first + count * step, step)
        if column not in keys.values()
    ]
    qualities = []
    if profile.quality_offset:
        qualities = [column + profile.quality_offset for column in values]
    return Layout(header, width, keys, values, qualities)


def read_wide(profile, fileobj, find, keys, counts):
    """Yield the arguments of `IntervalChunk` for each block and number of periods."""
    layout, blocks = open_blocks(profile, fileobj, find)
    seen = _Seen(keys)
    columns: dict[int, np.ndarray] = {}
    for block in blocks:
        points = keys.point_numbers(block, layout)
        days = keys.numbers(keys.days, block, layout, "day", points)
        channels = keys.channel_numbers(block, layout, points)
        qualities = keys.quality_numbers(block, layout, points)
        counts.rows_read += int(np.count_nonzero(points >= 0))
        good = (points >= 0) & (days >= 0) & (channels >= 0) & (qualities >= 0)
        rows = _Rows(keys, layout, block, points, channels, days, good)
        rows.refuse_cells()
        value_qualities = keys.value_qualities(block)
        yield from _by_slots(rows, qualities, value_qualities, columns, seen)


def _by_slots(rows, qualities, value_qualities, columns, seen):
    """Yield the good rows, grouped by the columns their day's periods stand in."""
    keys = rows.keys
    profile = keys.profile
    used = np.unique(rows.days[rows.good])
    groups: dict[tuple, list[int]] = {}
    for number in used:
        day = keys.days.values[number]
        if day not in columns:
            if profile.dst == "sequence":
                columns[day] = np.arange(keys.market_days.slots(day))
            else:
                columns[day] = keys.market_days.wall_columns(day, profile.dst)
        groups.setdefault(tuple(columns[day]), []).append(number)
    for taken, numbers in groups.items():
        selected = np.flatnonzero(rows.good & np.isin(rows.days, numbers))
        taken = np.array(taken)
        if taken.max() >= rows.block.values.shape[1]:
            rows.refuse_days(selected, len(taken))
            continue
        values = rows.values(selected, taken)
        selected, values = rows.keep(selected, values)
        if value_qualities is None:
            quality = qualities[selected][:, None]
            quality = np.broadcast_to(quality, values.shape)
        else:
            quality = np.maximum(
                value_qualities[selected][:, taken], qualities[selected][:, None]
            )
        quality = quality.astype(np.uint8) if quality.any() else None
        fresh = seen.fresh(rows, selected, values, quality)
        if fresh.all():
            fresh = slice(None)
        selected, values = selected[fresh], values[fresh]
        rows.tell_missing(selected, values)
        if len(selected):
            yield (
                *rows.names(selected),
                profile.minutes,
                keys.scale(values),
                None if quality is None else quality[fresh],
            )


class _Rows:
    """The rows of a block with resolved keys; `good` is true for those still used."""

    def __init__(self, keys, layout, block, points, channels, days, good):
        self.keys = keys
        self.layout = layout
        self.block = block
        self.points = points
        self.channels = channels
        self.days = days
        self.good = good

    def name(self, i):
        """Return (row, point, channel, day) of a row."""
        keys = self.keys
        return (
            int(self.block.rows[i]),
            keys.points.values[self.points[i]],
            keys.channels.values[self.channels[i]],
            keys.days.values[self.days[i]],
        )

    def names(self, selected):
        """Return lists of points, channels, days and row numbers."""
        keys = self.keys
        return (
            [keys.points.values[n] for n in self.points[selected]],
            [keys.channels.values[n] for n in self.channels[selected]],
            [keys.days.values[n] for n in self.days[selected]],
            self.block.rows[selected].tolist(),
        )

    def day_error(self, code, i, k, **params):
        """Refuse a row for good."""
        self.good[i] = False
        row, point, channel, day = self.name(i)
        column = None
        if k is not None:
            column = self.layout.header.name(self.layout.values[k])
        self.keys.report.day_error(code, row, column, point, channel, day, **params)

    def refuse_cells(self):
        """Refuse rows with too many cells or with cells that are no numbers."""
        for i in self.block.ragged:
            if self.good[i]:
                self.day_error("row_width", i, None)
        for i, k, text in self.block.wrong:
            if self.points[i] >= 0 and self.days[i] >= 0 and self.channels[i] >= 0:
                self.day_error("bad_number", i, k, value=text)
        for n, keys in enumerate(self.block.value_quality):
            numbers = self.keys.qualities.numbers(keys)
            for i in np.flatnonzero((numbers == WRONG) & self.good):
                text = str(keys.cells[keys.codes[i]])[:60]
                self.day_error("bad_quality", i, n, value=text)

    def refuse_days(self, selected, slots):
        """Refuse days that have more periods than the file has columns."""
        for i in selected:
            columns = self.block.values.shape[1]
            self.day_error("too_few_columns", i, None, columns=columns, slots=slots)

    def values(self, selected, taken):
        """Return the values of rows in the order of time; refuse surplus ones."""
        block = self.block.values[selected]
        surplus = np.ones(block.shape[1], bool)
        surplus[taken] = False
        if surplus.any():
            filled = ~np.isnan(block[:, surplus])
            for n in np.flatnonzero(filled.any(axis=1)):
                k = int(np.flatnonzero(surplus)[filled[n].argmax()])
                self.day_error("surplus_values", selected[n], k, slots=len(taken))
        if (np.diff(taken) == 1).all():
            return block[:, taken[0] : taken[-1] + 1]
        return block[:, taken]

    def keep(self, selected, values):
        """Refuse negative values; return what is left."""
        if not self.keys.profile.allow_negative:
            negative = values < 0
            for n in np.flatnonzero(negative.any(axis=1)):
                if self.good[selected[n]]:
                    k = int(negative[n].argmax())
                    value = repr(float(values[n, k]))
                    self.day_error("negative_value", selected[n], k, value=value)
        left = self.good[selected]
        return (selected, values) if left.all() else (selected[left], values[left])

    def tell_missing(self, selected, values):
        """Warn of empty values."""
        missing = np.isnan(values).sum(axis=1)
        for n in np.flatnonzero(missing):
            row, point, channel, day = self.name(selected[n])
            self.keys.report.warning(
                "missing_values",
                row,
                None,
                point,
                day=day.isoformat(),
                channel=channel,
                count=int(missing[n]),
                slots=values.shape[1],
            )


class _Seen:
    """Fingerprints of all day-rows of the file, to find repeated ones.

    Kept as sorted runs of arrays, 20 bytes a row: a file may have millions of them.
    """

    def __init__(self, keys):
        self.keys = keys
        self._runs: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._weights = np.random.default_rng(37).integers(
            1, 2**63, 1024, dtype=np.uint64
        ) | np.uint64(1)

    def fresh(self, rows, selected, values, quality) -> np.ndarray:
        """Return which of the rows to use; tell the repeated and contradicting ones."""
        fresh = np.ones(len(selected), bool)
        packed = self._packed(rows, selected)
        prints = self._fingerprints(values, quality)
        numbers = rows.block.rows[selected]
        first_rows, first_prints = self._look_up(packed)
        distinct, first = np.unique(packed, return_index=True)
        unknown = first[first_rows[first] < 0]
        self._add(packed[unknown], numbers[unknown], prints[unknown])
        repeated = first_rows >= 0
        inside = np.ones(len(packed), bool)
        inside[first] = False
        inside &= ~repeated
        origin = first[np.searchsorted(distinct, packed)]
        first_rows[inside] = numbers[origin[inside]]
        first_prints[inside] = prints[origin[inside]]
        for n in np.flatnonzero(repeated | inside):
            fresh[n] = False
            first_row = int(first_rows[n])
            if prints[n] == first_prints[n]:
                row, point, _channel, _day = rows.name(selected[n])
                self.keys.report.warning(
                    "duplicate_row", row, None, point, first=first_row
                )
                continue
            rows.day_error("duplicate_conflict", selected[n], None, first=first_row)
            if inside[n]:
                fresh[origin[n]] = False
        return fresh

    def _packed(self, rows, selected):
        """Return one integer per point, channel and day."""
        ordinals = np.array([d.toordinal() for d in self.keys.days.values]) - EPOCH
        return (
            (rows.points[selected] << 32)
            | (rows.channels[selected] << 20)
            | ordinals[rows.days[selected]]
        )

    def _fingerprints(self, values, quality):
        """Return 64 bits per row; rows that differ in one value always differ."""
        bits = np.ascontiguousarray(values + 0.0).view(np.uint64)  # -0.0 is 0.0
        prints = (bits * self._weights[: bits.shape[1]]).sum(axis=1, dtype=np.uint64)
        if quality is not None:
            weights = self._weights[-quality.shape[1] :]
            prints += (quality * weights).sum(axis=1, dtype=np.uint64)
        return prints

    def _look_up(self, packed):
        """Return row number (or -1) and fingerprint of each key's first row."""
        rows = np.full(len(packed), -1, np.int64)
        prints = np.zeros(len(packed), np.uint64)
        for keys, run_rows, run_prints in self._runs:
            at = np.minimum(np.searchsorted(keys, packed), len(keys) - 1)
            hit = keys[at] == packed
            rows[hit] = run_rows[at[hit]]
            prints[hit] = run_prints[at[hit]]
        return rows, prints

    def _add(self, keys, rows, prints):
        if not len(keys):
            return
        run = (keys, rows.astype(np.int32), prints)
        while self._runs and len(self._runs[-1][0]) < 2 * len(run[0]):
            run = tuple(map(np.concatenate, zip(self._runs.pop(), run, strict=True)))
        order = np.argsort(run[0], kind="stable")
        self._runs.append(tuple(part[order] for part in run))
