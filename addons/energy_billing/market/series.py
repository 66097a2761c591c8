"""Values with a beginning and an end, put into local market days."""

from datetime import date, datetime, timedelta

import numpy as np

from .errors import FindingReport, Place
from .tables.intervals import IntervalChunk
from .tables.market_days import MarketDays
from .tables.profile import QUALITIES


class DayCollector:
    """Collects the values of points and channels by day.

    Times are aware. A value that comes twice is a warning when equal and an error of
    its day otherwise; a value over another span than a period is an error.
    """

    def __init__(self, days: MarketDays, report: FindingReport):
        self.days = days
        self.report = report
        self._step = timedelta(minutes=days.minutes)
        self._rows: dict[tuple[str, str, date], int] = {}
        self._values: dict[tuple[str, str, date], np.ndarray] = {}
        self._quality: dict[tuple[str, str, date], np.ndarray] = {}

    def add(
        self,
        point: str,
        channel: str,
        begin: datetime,
        end: datetime | None,
        value: float,
        quality: str,
        place: Place,
    ):
        """Store a value in kWh of the period from `begin` to `end` (if given)."""
        slot = self.days.at_instant(begin)
        minutes = self.days.minutes
        if slot is None or (end is not None and end - begin != self._step):
            text = begin.isoformat() + (f"…{end.isoformat()}" if end else "")
            self.report.error(
                "off_grid",
                place.row,
                None,
                point,
                place.element,
                value=text,
                minutes=minutes,
            )
            return
        key = (point, channel, slot.day)
        if key not in self._values:
            count = self.days.slots(slot.day)
            self._values[key] = np.full(count, np.nan)
            self._quality[key] = np.zeros(count, np.uint8)
            self._rows[key] = place.row or 0
        known = self._values[key][slot.index]
        if np.isnan(known):
            self._values[key][slot.index] = value
            self._quality[key][slot.index] = QUALITIES.index(quality)
            return
        local = begin.astimezone(self.days.zone)
        params = {"time": local.strftime("%H:%M"), "day": slot.day.isoformat()}
        if known == value:
            self.report.warning("duplicate_value", place.row, None, point, **params)
            return
        self.report.bad_days.add(key)
        self.report.error(
            "conflict_value",
            place.row,
            None,
            point,
            place.element,
            channel=channel,
            first=repr(float(known)),
            second=repr(float(value)),
            **params,
        )

    def chunks(self) -> list[IntervalChunk]:
        """Return the good days, one chunk for each number of periods."""
        by_slots: dict[int, list] = {}
        for key, values in self._values.items():
            if key not in self.report.bad_days:
                by_slots.setdefault(len(values), []).append(key)
        chunks = []
        for slots, keys in by_slots.items():
            values = np.array([self._values[key] for key in keys])
            quality = np.array([self._quality[key] for key in keys])
            for key, row in zip(keys, values, strict=True):
                missing = int(np.isnan(row).sum())
                if missing:
                    self.report.warning(
                        "missing_values",
                        self._rows[key],
                        None,
                        key[0],
                        day=key[2].isoformat(),
                        channel=key[1],
                        count=missing,
                        slots=slots,
                    )
            points, channels, days = (list(part) for part in zip(*keys, strict=True))
            rows = [self._rows[key] for key in keys]
            minutes = self.days.minutes
            chunks.append(
                IntervalChunk(
                    points,
                    channels,
                    days,
                    rows,
                    minutes,
                    values,
                    quality if quality.any() else None,
                )
            )
        return chunks
