"""Interval rows per value, and rows per period with a column per point."""

from datetime import datetime, time

import numpy as np

from ..codes import check_code
from ..errors import MarketError, Place
from .blocks import Block, Keys, Layout, open_blocks
from .cells import CellError
from .day_store import DayStore
from .interval_keys import EMPTY, Texts
from .market_days import Slot
from .sources import is_total, str_or_none


def find_long(profile, header, width) -> Layout:
    """Return the columns of a file with a row per value."""
    keys = {name: header.index(ref) for name, ref in profile.columns.items()}
    value = keys.pop("value")
    if value in keys.values():
        name = header.name(value)
        raise MarketError("column_ambiguous", Place(header.row), {"column": name})
    return Layout(header, width, keys, [value], [])


def find_matrix(profile, header, width) -> Layout:
    """Return the columns of a file with a column per point."""
    keys = {name: header.index(ref) for name, ref in profile.columns.items()}
    first = header.index(profile.values_from)
    last = first + profile.values_count if profile.values_count else width
    values = []
    for column in range(first, min(last, width, len(header.cells))):
        text = str_or_none(header.cells[column])
        if text and not is_total(profile, text) and column not in keys.values():
            values.append(column)
    return Layout(header, width, keys, values, [])


def read_long(profile, fileobj, find, keys, counts):
    """Yield the arguments of `IntervalChunk`; most of them at the end of the file."""
    layout, blocks = open_blocks(profile, fileobj, find)
    store = DayStore(keys)
    slots = _Slots(keys, layout)
    column = layout.header.name(layout.values[0])
    for block in blocks:
        points = keys.point_numbers(block, layout)
        counts.rows_read += int(np.count_nonzero(points >= 0))
        channels = keys.channel_numbers(block, layout, points)
        qualities = keys.quality_numbers(block, layout, points)
        days, indexes, seconds = slots.resolve(block, points)
        good = (points >= 0) & (channels >= 0) & (qualities >= 0) & (days >= 0)
        i = np.flatnonzero(good)
        handles = store.handles(points[i], channels[i], days[i], block.rows[i])
        indexes = store.second_pass(handles, indexes[i], seconds[i])
        if block.wrong or block.ragged:
            where = {int(row): n for n, row in enumerate(i)}
            for wrong, _k, text in block.wrong:
                if wrong in where:
                    n = where[wrong]
                    row = block.rows[wrong]
                    store.refuse("bad_number", handles[n], row, column, value=text)
            for wrong in block.ragged:
                if wrong in where:
                    n = where[wrong]
                    store.refuse("row_width", handles[n], block.rows[wrong], None)
        _put(
            store,
            layout,
            handles,
            indexes,
            block.values[i, 0],
            qualities[i],
            block.rows[i],
            np.zeros(len(i), np.int64),
        )
        yield from store.at_rest()
    yield from store.all()


def read_matrix(profile, fileobj, find, keys, counts):
    """Yield the arguments of `IntervalChunk` at the end of the file."""
    layout, blocks = open_blocks(profile, fileobj, find)
    points = _header_points(layout, keys)
    store = DayStore(keys)
    slots = _Slots(keys, layout)
    channel = keys.channels.number_of(profile.default_channel)
    used = np.flatnonzero(points >= 0)
    for block in blocks:
        filled = np.array([not keys.is_blank(block, i) for i in range(len(block.rows))])
        counts.rows_read += int(filled.sum())
        anyone = np.where(filled, used[0] if len(used) else EMPTY, EMPTY)
        rows_points = np.where(anyone >= 0, points[anyone], EMPTY)
        days, indexes, seconds = slots.resolve(block, rows_points)
        good = np.flatnonzero(filled & (days >= 0))
        if not len(good) or not len(used):
            continue
        n, k = len(good), len(used)
        handles = store.handles(
            np.tile(points[used], n),
            np.full(n * k, channel),
            np.repeat(days[good], k),
            np.repeat(block.rows[good], k),
        )
        columns = np.tile(used, n)
        rows = np.repeat(block.rows[good], k)
        indexes = store.second_pass(
            handles, np.repeat(indexes[good], k), np.repeat(seconds[good], k)
        )
        lines = {int(row): n for n, row in enumerate(good)}
        place = {int(column): m for m, column in enumerate(used)}
        for i, column, text in block.wrong:
            if i in lines and column in place:
                handle = handles[lines[i] * k + place[column]]
                name = layout.header.name(layout.values[column])
                store.refuse("bad_number", handle, block.rows[i], name, value=text)
        values = block.values[np.ix_(good, used)].ravel()
        zeros = np.zeros(n * k, np.int64)
        _put(store, layout, handles, indexes, values, zeros, rows, columns)
        yield from store.at_rest()
    yield from store.all()


def _put(store, layout, handles, slots, values, qualities, rows, columns):
    """Store the filled values, refusing negative ones."""
    keys = store.keys
    filled = ~np.isnan(values)
    if not keys.profile.allow_negative:
        for i in np.flatnonzero(values < 0):
            filled[i] = False
            name = layout.header.name(layout.values[columns[i]])
            value = repr(float(values[i]))
            store.refuse("negative_value", handles[i], rows[i], name, value=value)
    if not filled.all():
        handles, slots, values = handles[filled], slots[filled], values[filled]
        qualities, rows = qualities[filled], rows[filled]
    store.put(handles, slots, keys.scale(values), qualities, rows)


def _header_points(layout, keys):
    """Return the number of the point of each value column, EMPTY if it is none."""
    profile, header = keys.profile, layout.header
    numbers = []
    for column in layout.values:
        text = str(header.cells[column]).strip()
        try:
            text = keys.cells.code(header.cells[column])
            code = check_code(text, profile.code_scheme, profile.code_pattern)
        except (CellError, MarketError) as error:
            params = error.params if isinstance(error, MarketError) else {}
            params = {"value": text[:60]} | dict(params)
            name = header.name(column)
            keys.report.error(error.code, header.row, name, text[:64], **params)
            numbers.append(EMPTY)
            continue
        number = keys.points.number_of(code)
        if number in numbers:
            name = header.name(column)
            keys.report.error("column_ambiguous", header.row, name, code, column=code)
            numbers[numbers.index(number)] = EMPTY
            number = EMPTY
        numbers.append(number)
    return np.array(numbers, np.int64)


class _Slots:
    """Turns the time columns of rows into days and periods."""

    def __init__(self, keys, layout):
        self.keys = keys
        self.layout = layout
        profile = keys.profile
        self.stamps = Texts(self._read_stamp)
        self.times = Texts(keys.cells.time)
        self.positions = Texts(self._read_position)
        self.pairs = Texts(self._read_pair)
        self._table = np.full((1, 3), -1, np.int64)
        self.marks = Texts(lambda cell: keys.cells.text(cell) in profile.fold_marks)

    def resolve(self, block: Block, points):
        """Return arrays of day, period and second period (or -1), by row.

        Rows whose time can't be read get day WRONG or EMPTY, after a finding.
        """
        if "timestamp" in self.layout.keys:
            texts = self.stamps
            numbers = self._numbers(texts, block, "timestamp", points)
        else:
            texts = self.pairs
            numbers = self._pair_numbers(block, points)
        self._extend_table(texts.values)
        found = self._table[np.where(numbers < 0, len(texts.values), numbers)]
        days, indexes, seconds = found[:, 0], found[:, 1], found[:, 2]
        if "fold" in self.layout.keys:
            marks = self.marks.numbers(block.keys["fold"])
            meanings = np.array([*self.marks.values, False, False])
            second = meanings[marks] & (seconds >= 0)
            indexes = np.where(second, seconds, indexes)
            seconds = np.full_like(seconds, -1)
        return days, indexes, seconds

    def _extend_table(self, slots):
        """Make the table of (day, period, second period) as long as the slots."""
        fresh = [
            (
                self.keys.days.number_of(slot.day),
                slot.index,
                -1 if slot.second is None else slot.second,
            )
            for slot in slots[len(self._table) - 1 :]
        ]
        if fresh:
            # the last line stays for rows without a slot
            self._table = np.vstack([self._table[:-1], fresh, self._table[-1:]])

    def _numbers(self, texts, block, name, points):
        return self.keys.numbers(texts, block, self.layout, name, points)

    def _pair_numbers(self, block, points):
        """Return the slots of rows with the day and the time in two columns."""
        days = self._numbers(self.keys.days, block, "day", points)
        name = "time" if "time" in self.layout.keys else "position"
        texts = self.times if name == "time" else self.positions
        times = self._numbers(texts, block, name, points)
        both = np.where((days >= 0) & (times >= 0), days << 32 | times, EMPTY)
        distinct, codes = np.unique(both, return_inverse=True)
        cells = [
            (self.keys.days.values[pair >> 32], name, texts.values[pair & 0xFFFFFFFF])
            for pair in distinct.tolist()
            if pair >= 0
        ]
        if len(distinct) and distinct[0] == EMPTY:
            codes = codes - 1
        pairs = Keys(codes, cells)
        numbers = self.pairs.numbers(pairs)
        unread = (numbers < 0) & (days >= 0) & (times >= 0) & (points >= 0)
        for i in np.flatnonzero(unread):
            error = self.pairs.error(cells[codes[i]])
            column = self.layout.header.name(self.layout.keys[name])
            day = cells[codes[i]][0].isoformat()
            self.keys.report.error(
                error.code,
                int(block.rows[i]),
                column,
                self.keys.points.values[points[i]],
                value=error.value,
                day=day,
                minutes=self.keys.profile.minutes,
            )
        return numbers

    def _read_stamp(self, cell):
        moment = self.keys.cells.timestamp(cell)
        return None if moment is None else self.keys.slot_of(moment)

    def _read_position(self, cell):
        number = self.keys.cells.number(cell)
        if number is None:
            return None
        if number != number.to_integral_value() or not 1 <= number <= 1500:
            raise CellError("bad_number", cell)
        return int(number)

    def _read_pair(self, pair):
        day, name, value = pair
        keys = self.keys
        if name == "time":
            return keys.slot_of(datetime.combine(day, time()) + value)
        if value > keys.market_days.slots(day):
            raise CellError("bad_position", value)
        return Slot(day, value - 1)
