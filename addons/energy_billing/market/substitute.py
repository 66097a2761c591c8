"""Substitute values for intervals that were not delivered.

Short gaps inside a day are interpolated between their neighbours; other values are the
mean of the same interval on reference days (the same weekday of the weeks before).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SUBSTITUTED = 2
"""Index of "substituted" in tables.profile.QUALITIES."""


@dataclass(frozen=True, eq=False)
class Filled:
    """A day without gaps; `quality` holds indexes of QUALITIES, `rules` which were
    used: "interpolation", "reference"."""

    values: np.ndarray
    quality: np.ndarray
    rules: tuple[str, ...]


def fill_day(
    values: np.ndarray,
    references: Sequence[np.ndarray],
    quality: np.ndarray | None = None,
    longest: int = 4,
) -> Filled | None:
    """Fill the gaps of a day.

    :param values: kWh in the order of time, NaN missing
    :param references: days of the same length; their own NaN are left out of the mean
    :param quality: of the values that are there; None: all measured
    :param longest: most values of a gap that is interpolated
    :return: None where some value has neither neighbours nor a reference
    """
    filled = values.astype(float).copy()
    missing = np.isnan(filled)
    codes = np.zeros(len(filled), np.int16)
    if quality is not None and len(quality) == len(filled):
        codes[:] = quality
    codes[missing] = SUBSTITUTED
    rules = []
    for first, last in _gaps(missing):
        inner = first > 0 and last < len(filled) - 1
        if inner and last - first + 1 <= longest:
            steps = np.arange(first, last + 1)
            filled[first : last + 1] = np.interp(
                steps, [first - 1, last + 1], [filled[first - 1], filled[last + 1]]
            )
            rules.append("interpolation")
    open_slots = np.isnan(filled)
    if open_slots.any():
        usable = [day for day in references if len(day) == len(filled)]
        if not usable:
            return None
        stack = np.array(usable, dtype=float)
        known = ~np.isnan(stack)
        counts = known.sum(axis=0)
        if (counts[open_slots] == 0).any():
            return None
        sums = np.where(known, stack, 0.0).sum(axis=0)
        filled[open_slots] = (sums / np.maximum(counts, 1))[open_slots]
        rules.append("reference")
    return Filled(np.round(filled, 6), codes, tuple(dict.fromkeys(rules)))


def _gaps(missing):
    """Yield the first and last position of each run of missing values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], missing.astype(int), [0]))))
    yield from zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
