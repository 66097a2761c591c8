"""Days under construction: values that come one by one or in columns of points."""

from array import array
from collections import Counter

import numpy as np

from ..errors import MarketError

PAGE_ROWS = 5_000
# days that are kept open though no value comes for them any more: some 80 MB of
# quarter hours, what 3,000 points have in a month
REST_ROWS = 100_000
# 400,000 days of quarter hours are some 300 MB
MAX_OPEN_ROWS = 400_000
SLOT_BITS = 9
# a page is at rest when that many blocks brought no value for it
REST_BLOCKS = 8


class _Page:
    """Up to PAGE_ROWS day-rows with the same number of periods."""

    __slots__ = ("values", "quality", "count", "touched")

    def __init__(self, slots):
        self.values = np.full((PAGE_ROWS, slots), np.nan)
        self.quality = None
        self.count = 0
        self.touched = 0


class DayStore:
    """Collects values by (point, channel, day) and hands out whole pages.

    A value that comes twice is told: as a warning when equal, otherwise as an error of
    the day. Past REST_ROWS, pages that were not touched for a while are handed out
    early; a later value for one of their days is an error.
    """

    def __init__(self, keys):
        self.keys = keys
        self.slots: list[int] = []  # periods by number of day
        self._handles: dict[int, int] = {}
        self._pages: list[_Page | None] = []
        self._open: dict[int, int] = {}  # page being filled, by number of periods
        self._point = array("l")
        self._channel = array("l")
        self._day = array("l")
        self._row = array("q")
        self._block = 0
        self._open_rows: Counter[int] = Counter()
        self._passed: set[int] = set()

    def handles(self, points, channels, days, rows) -> np.ndarray:
        """Return the day-row of each (point, channel, day), made when new.

        `rows` are the row numbers the keys come from.
        """
        for day in self.keys.days.values[len(self.slots) :]:
            self.slots.append(self.keys.market_days.slots(day))
        packed = (points << 32) | (channels << 20) | days
        distinct, first, inverse = np.unique(
            packed, return_index=True, return_inverse=True
        )
        found = np.empty(len(distinct), np.int64)
        # by first appearance, so that pages keep the order of the file
        for n in np.argsort(first, kind="stable"):
            key = int(distinct[n])
            handle = self._handles.get(key)
            if handle is None:
                i = first[n]
                handle = self._new(points[i], channels[i], days[i], rows[i])
                self._handles[key] = handle
            found[n] = handle
        return found[inverse]

    def second_pass(self, handles, slots, seconds) -> np.ndarray:
        """Return the periods, the doubled hour's repeated ones moved to its end.

        The first value of an ambiguous wall time belongs to the first pass.
        """
        ambiguous = np.flatnonzero(seconds >= 0)
        if not len(ambiguous):
            return slots
        slots = slots.copy()
        for i in ambiguous:
            mark = int(handles[i]) << SLOT_BITS | int(slots[i])
            if mark in self._passed:
                slots[i] = seconds[i]
            self._passed.add(mark)
        return slots

    def put(self, handles, slots, values, quality, rows):
        """Store values (kWh, not NaN) of day-rows at their periods."""
        self._block += 1
        order = np.arange(len(handles))
        flat = handles << SLOT_BITS | slots
        if len(flat) > 1 and not (np.diff(flat) > 0).all():
            _unique, order = np.unique(flat, return_index=True)
        repeated = np.ones(len(flat), bool)
        repeated[order] = False
        pages = handles // PAGE_ROWS
        for number in np.unique(pages):
            here = order[pages[order] == number]
            page = self._pages[number]
            if page is None:
                self._tell_late(here, handles, rows)
                continue
            page.touched = self._block
            lines = handles[here] % PAGE_ROWS
            known = ~np.isnan(page.values[lines, slots[here]])
            repeated[here[known]] = True
            here, lines = here[~known], lines[~known]
            page.values[lines, slots[here]] = values[here]
            if page.quality is None and quality[here].any():
                page.quality = np.zeros(page.values.shape, np.uint8)
            if page.quality is not None:
                page.quality[lines, slots[here]] = quality[here]
        for i in np.flatnonzero(repeated):
            self._tell_repeated(int(handles[i]), int(slots[i]), values[i], rows[i])

    def refuse(self, code, handle, row, column, **params):
        """Make a day unusable."""
        self.keys.report.day_error(
            code, int(row), column, *self._name(handle), **params
        )

    def at_rest(self):
        """Yield pages to hand out early, when too many days are open."""
        if sum(self._open_rows.values()) <= REST_ROWS:
            return
        for number, page in enumerate(self._pages):
            if page and self._block - page.touched >= REST_BLOCKS:
                yield self._close(number)
        if sum(self._open_rows.values()) > MAX_OPEN_ROWS:
            raise MarketError("too_many_values", params={"limit": MAX_OPEN_ROWS})

    def all(self):
        """Yield all pages still open."""
        for number, page in enumerate(self._pages):
            if page:
                yield self._close(number)

    def _new(self, point, channel, day, row):
        slots = self.slots[day]
        number = self._open.get(slots)
        if (
            number is None
            or self._pages[number] is None
            or (self._pages[number].count == PAGE_ROWS)
        ):
            number = self._open[slots] = len(self._pages)
            self._pages.append(_Page(slots))
            for meta in (self._point, self._channel, self._day, self._row):
                meta.extend([0] * PAGE_ROWS)
        page = self._pages[number]
        handle = number * PAGE_ROWS + page.count
        page.count += 1
        page.touched = self._block
        self._open_rows[number] += 1
        self._point[handle] = point
        self._channel[handle] = channel
        self._day[handle] = day
        self._row[handle] = row
        return handle

    def _name(self, handle):
        keys = self.keys
        return (
            keys.points.values[self._point[handle]],
            keys.channels.values[self._channel[handle]],
            keys.days.values[self._day[handle]],
        )

    def _close(self, number):
        """Return a page as the arguments of a chunk and forget its values."""
        page = self._pages[number]
        self._pages[number] = None
        self._open_rows.pop(number, None)
        first = number * PAGE_ROWS
        names = [self._name(first + n) for n in range(page.count)]
        bad = self.keys.report.bad_days
        kept = [n for n, name in enumerate(names) if name not in bad]
        values = page.values[: page.count]
        quality = page.quality
        if quality is not None:
            quality = quality[kept] if len(kept) < page.count else quality[: page.count]
        if len(kept) < page.count:
            values = values[kept]
            names = [names[n] for n in kept]
        rows = [self._row[first + n] for n in kept]
        self._tell_missing(names, rows, values)
        points, channels, days = zip(*names, strict=True) if names else ((), (), ())
        return (
            list(points),
            list(channels),
            list(days),
            rows,
            self.keys.profile.minutes,
            values,
            quality,
        )

    def _tell_missing(self, names, rows, values):
        missing = np.isnan(values).sum(axis=1)
        for n in np.flatnonzero(missing):
            point, channel, day = names[n]
            self.keys.report.warning(
                "missing_values",
                rows[n],
                None,
                point,
                day=day.isoformat(),
                channel=channel,
                count=int(missing[n]),
                slots=values.shape[1],
            )

    def _tell_repeated(self, handle, slot, value, row):
        page = self._pages[handle // PAGE_ROWS]
        if page is None:
            return
        known = page.values[handle % PAGE_ROWS, slot]
        point, _channel, day = self._name(handle)
        time = self.keys.slot_time(day, slot)
        if known == value:
            self.keys.report.warning(
                "duplicate_value",
                int(row),
                None,
                point,
                time=time,
                day=day.isoformat(),
            )
            return
        self.refuse(
            "conflict_value",
            handle,
            row,
            None,
            time=time,
            first=repr(float(known)),
            second=repr(float(value)),
        )

    def _tell_late(self, here, handles, rows):
        told = set()
        for i in here:
            handle = int(handles[i])
            if handle not in told:
                told.add(handle)
                self.refuse("duplicate_late", handle, rows[i], None)
