"""Shapes of use from measured yearly profiles (SimBench, see README.md).

SimBench's load profiles are 35,136 quarter hours of 2016, relative to the year's
highest value, in fixed Central European Time while the customers lived by German
local time. A day of the target month takes the values of the 2016 day that lies a
whole number of weeks earlier and has the same clock change, by local time: a Sofia
day of 92 or 100 quarters is a real German day of 92 or 100 quarters.
"""

from datetime import UTC, date, datetime, time, timedelta, timezone
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

SOURCE = "networks/1-complete_data-mixed-all-0-sw/LoadProfile.csv"
MEASURED = ZoneInfo("Europe/Berlin")
ORIGIN = datetime(2016, 1, 1, tzinfo=timezone(timedelta(hours=1)))
QUARTER = 900


class Shapes:
    """Measured profiles by class ("G3-A", "L1-A", …)."""

    def __init__(self, classes):
        self._values = _load(sorted(set(classes)))

    def day(self, name: str, day: date) -> np.ndarray:
        """Return the quarter hours of a day: 92, 96 or 100 values from 0 to 1."""
        source = day - source_shift(day)
        begin = datetime.combine(source, time(), MEASURED).astimezone(UTC)
        end = datetime.combine(source + timedelta(1), time(), MEASURED).astimezone(UTC)
        first = round((begin - ORIGIN).total_seconds()) // QUARTER
        last = round((end - ORIGIN).total_seconds()) // QUARTER
        return self._values[name][first:last]


def source_shift(day: date) -> timedelta:
    """Return how long before `day` the 2016 day of its shape was."""
    target, origin = last_sunday(day), last_sunday(date(2016, day.month, 1))
    if day.month in (3, 10):
        return target - origin
    first = day.replace(day=1)
    shift = timedelta(weeks=round((first - date(2016, day.month, 1)).days / 7))
    if first - shift < date(2016, 1, 1):
        shift -= timedelta(weeks=1)
    elif first + timedelta(days=30) - shift > date(2016, 12, 31):
        shift += timedelta(weeks=1)
    return shift


def last_sunday(day: date) -> date:
    """Return the last Sunday of the month of a day."""
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    last = following - timedelta(days=1)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _load(classes):
    # found, not imported: its code needs a power-flow package, its data does not
    package = find_spec("simbench")
    if package is None:
        raise SystemExit("pip install --no-deps simbench")
    path = Path(package.submodule_search_locations[0], SOURCE)
    columns = [f"{name}_pload" for name in classes]
    table = pd.read_csv(path, sep=";", usecols=columns)
    return {name: table[f"{name}_pload"].to_numpy() for name in classes}
