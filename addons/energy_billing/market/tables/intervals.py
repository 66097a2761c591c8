"""Interval values: wide rows by day, rows per value, or a column per point."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

import numpy as np

from ..errors import FindingReport, MarketError
from .interval_keys import IntervalKeys
from .long_intervals import find_long, find_matrix, read_long, read_matrix
from .profile import TableProfile
from .wide_intervals import find_wide, read_wide

CHUNK_ROWS = 5_000


@dataclass(slots=True)
class IntervalChunk:
    """Some day-rows of one resolution with the same number of periods.

    For each row i: `points[i]`, `channels[i]`, `days[i]` (local market day) and
    `rows[i]`, the first row of the file it was read from. `values` is an array of
    rows × `slots` in kWh in the order of time (24, 23, 25 or 96, 92, 100 a day), NaN
    where the file has none; `quality` is of the same shape with indexes of
    `profile.QUALITIES`, or None when everything was measured.
    """

    points: list[str]
    channels: list[str]
    days: list[date]
    rows: list[int]
    minutes: int
    values: np.ndarray
    quality: np.ndarray | None = None

    @property
    def slots(self) -> int:
        """Number of periods of each day in the chunk."""
        return self.values.shape[1]

    def __len__(self):
        return len(self.points)

    def parts(self, size: int) -> Iterator["IntervalChunk"]:
        """Yield the chunk in parts of at most `size` day-rows."""
        for start in range(0, len(self), size):
            part = slice(start, start + size)
            quality = None if self.quality is None else self.quality[part]
            if quality is not None and not quality.any():
                quality = None
            yield IntervalChunk(
                self.points[part],
                self.channels[part],
                self.days[part],
                self.rows[part],
                self.minutes,
                self.values[part],
                quality,
            )


class Intervals:
    """Iterator of `IntervalChunk`s of at most 5,000 day-rows.

    `bad_days` holds (point, channel, day) that must not be used. Such a day is left
    out of its chunk when the error is known in time, but a contradicting row may come
    after its chunk was handed out: take the bad days out again at the end.
    Critical findings are raised as `MarketError`, from any step of the iteration.
    """

    def __init__(self, profile: TableProfile, fileobj: BinaryIO):
        self.profile = profile
        self.report = FindingReport()
        self.rows_read = 0
        self.days_kept = 0
        self.values_kept = 0
        self._chunks = self._read(fileobj)

    def __iter__(self) -> Iterator[IntervalChunk]:
        return self

    def __next__(self) -> IntervalChunk:
        chunk = next(self._chunks)
        self.days_kept += len(chunk)
        self.values_kept += int(np.count_nonzero(~np.isnan(chunk.values)))
        return chunk

    @property
    def findings(self):
        """Findings so far."""
        return self.report.findings

    @property
    def bad_days(self) -> set[tuple[str, str, date]]:
        """(point, channel, day) with an error."""
        return self.report.bad_days

    def _read(self, fileobj):
        find, read = {
            "wide": (find_wide, read_wide),
            "long": (find_long, read_long),
            "matrix": (find_matrix, read_matrix),
        }[self.profile.layout]
        keys = IntervalKeys(self.profile, self.report)
        for arrays in read(self.profile, fileobj, find, keys, self):
            yield from IntervalChunk(*arrays).parts(CHUNK_ROWS)
        if not self.rows_read:
            raise MarketError("file_no_rows")
        self.report.close()


def parse_intervals(profile: TableProfile, fileobj: BinaryIO) -> Intervals:
    """Read a table of interval values as a stream of chunks.

    `fileobj` is binary and, for workbooks, seekable. The layouts "long" and "matrix"
    keep a day open until the end of the file (770 B per day of quarter hours); "wide"
    keeps only a fingerprint of each row.
    """
    if profile.kind != "intervals":
        raise MarketError(
            "profile_field",
            params={
                "profile": profile.name,
                "field": "kind",
                "value": profile.kind,
                "reason": "intervals are expected",
            },
        )
    return Intervals(profile, fileobj)
