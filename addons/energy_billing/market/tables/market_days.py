"""Market days: which periods a local day has, and where a time stands in them."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY = date(1970, 1, 2)
LAST_DAY = date(2199, 12, 31)


@lru_cache(maxsize=64)
def fixed_zone(name: str) -> tzinfo | None:
    """Return the zone called "UTC", "+01:00" or "Europe/Prague"; None if unknown."""
    if match := re.fullmatch(r"([+-])(\d\d):(\d\d)", str(name)):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
        if offset < timedelta(hours=15):
            return timezone(-offset if match[1] == "-" else offset)
        return None
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Slot:
    """Period number `index` (from 0) of a day.

    `second` is the index of the same wall time's second pass in the doubled hour, or
    None; `index` is then the first pass.
    """

    day: date
    index: int
    second: int | None = None


class MarketDays:
    """Periods of `minutes` in the local days of a zone.

    A day has 24 h, and 23 or 25 on the days of clock change: 92, 96 or 100 quarters.
    Results are kept, so asking again for the same day costs a dictionary look-up.
    """

    def __init__(self, zone: ZoneInfo, minutes: int):
        self.zone = zone
        self.minutes = minutes
        self._step = minutes * 60
        self._begin: dict[date, int] = {}
        self._doubled: dict[int, tuple[int, int]] = {}

    def begin(self, day: date) -> int:
        """Return the first instant of a local day as seconds since 1970 UTC."""
        if day not in self._begin:
            midnight = datetime.combine(day, time(), self.zone)
            self._begin[day] = int(midnight.timestamp())
        return self._begin[day]

    def slots(self, day: date) -> int:
        """Return the number of periods of a local day."""
        seconds = self.begin(day + timedelta(days=1)) - self.begin(day)
        return seconds // self._step

    def at_instant(self, moment: datetime) -> Slot | None:
        """Return the period beginning at an aware time, None when none does."""
        seconds = moment.timestamp()
        day = moment.astimezone(self.zone).date()
        index, rest = divmod(seconds - self.begin(day), self._step)
        return None if rest else Slot(day, int(index))

    def at_wall(self, moment: datetime, zone: tzinfo | None = None) -> Slot | None:
        """Return the period beginning at a naive wall time, None when none does.

        `zone` is the clock's, ours if not given. Raises ValueError for a time the
        clock jumped over.
        """
        zone = zone or self.zone
        first = moment.replace(tzinfo=zone, fold=0)
        instant = first.timestamp()
        if datetime.fromtimestamp(instant, zone).replace(tzinfo=None) != moment:
            raise ValueError("nonexistent_time")
        slot = self.at_instant(first)
        again = moment.replace(tzinfo=zone, fold=1)
        if slot is None or again.timestamp() == instant:
            return slot
        second = self.at_instant(again)
        return Slot(slot.day, slot.index, second.index)

    def wall_columns(self, day: date, extra: str) -> np.ndarray:
        """Return the column (from 0) of each period in a row laid out by wall clock.

        `extra` says where the second pass of the doubled hour stands: "wall_end" after
        the last column, "wall_inline" directly after the first pass, in rows that keep
        these columns (empty) all the year.
        """
        begin = self.begin(day)
        per_day = 86400 // self._step
        columns = []
        added = 0
        for index in range(self.slots(day)):
            local = datetime.fromtimestamp(begin + index * self._step, self.zone)
            wall = (local.hour * 3600 + local.minute * 60) // self._step
            if not local.fold:
                columns.append(wall)
                continue
            columns.append(per_day + added if extra == "wall_end" else wall)
            added += 1
        columns = np.array(columns)
        if extra == "wall_inline":
            return self._inline(columns, day, added)
        return columns

    def _inline(self, columns, day, doubled):
        """Shift columns past the doubled hour's place, which every row has."""
        if day.year not in self._doubled:
            self._doubled[day.year] = self._doubled_hour(day.year)
        hour, width = self._doubled[day.year]
        if doubled:
            return np.arange(len(columns))
        return np.where(columns >= hour + width, columns + width, columns)

    def _doubled_hour(self, year):
        """Return the column where the year's doubled hour begins and its width."""
        for number in range(365):
            other = date(year, 12, 31) - timedelta(days=number)
            slots, per_day = self.slots(other), 86400 // self._step
            if slots <= per_day:
                continue
            begin = self.begin(other)
            for index in range(slots):
                local = datetime.fromtimestamp(begin + index * self._step, self.zone)
                if local.fold:
                    return index - (slots - per_day), slots - per_day
        return 0, 0
