"""A schedule as both document kinds say it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from lxml import etree

EIC = re.compile(r"[A-Z0-9]{2}[A-Z0-9-]{13}[A-Z0-9]")


class ScheduleError(ValueError):
    """A schedule that no receiver would take.

    :param code: bad_eic, no_series, no_values, bad_revision, bad_number,
        bad_resolution, bad_time, schema, not_xml, not_acknowledgement
    """

    def __init__(self, code, **params):
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Series:
    """One time series of a schedule.

    :param mrid: its identification in the document, the same in all revisions
    :param version: revision of the document in which it last changed
    :param values: energy of each period of the day (or power, by `unit`)
    :param business_type: "A04" consumption, "A01" production, "A02" internal trade
    :param unit: "MWH" or "MAW" (MW)
    """

    mrid: str
    version: int
    values: Sequence[float]
    business_type: str = "A04"
    unit: str = "MWH"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule of one local day.

    :param mrid: at most 35 characters, the same for all revisions of the day
    :param revision: from 1; a later one replaces the earlier
    :param start: instant (aware) at which the local day begins
    :param end: instant at which it ends
    :param minutes: of a period, 15 or 60
    :param created: aware instant
    :param sender: EIC
    :param receiver: EIC
    :param domain: EIC of the market area
    :param party: EIC of the balance responsible party whose schedule it is
    """

    mrid: str
    revision: int
    start: datetime
    end: datetime
    minutes: int
    created: datetime
    sender: str
    receiver: str
    domain: str
    party: str
    series: Sequence[Series]
    sender_role: str = "A08"
    receiver_role: str = "A04"

    def check(self):
        """Refuse what no receiver would take.

        :raises ScheduleError: with the place in its params
        """
        for name in ("sender", "receiver", "domain", "party"):
            if not EIC.fullmatch(getattr(self, name) or ""):
                raise ScheduleError("bad_eic", field=name, value=getattr(self, name))
        if not 1 <= self.revision <= 999:
            raise ScheduleError("bad_revision", revision=self.revision)
        if self.minutes not in (15, 30, 60):
            raise ScheduleError("bad_resolution", minutes=self.minutes)
        if not self.series:
            raise ScheduleError("no_series")
        count = (self.end - self.start).total_seconds() / 60 / self.minutes
        for series in self.series:
            if len(series.values) != count:
                raise ScheduleError(
                    "no_values",
                    series=series.mrid,
                    expected=int(count),
                    found=len(series.values),
                )
            if any(value != value for value in series.values):
                raise ScheduleError("bad_number", series=series.mrid)


def minute(moment) -> str:
    """An instant to the minute, in UTC."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%MZ")


def second(moment) -> str:
    """An instant to the second, in UTC."""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def _utc(moment):
    if moment.tzinfo is None:
        raise ScheduleError("bad_time", value=str(moment))
    return moment.astimezone(UTC)


def number(value) -> str:
    """A quantity with at most three digits, as market areas take them."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def finish(root, schema) -> bytes:
    """The document's bytes, after a look at its schema.

    :raises ScheduleError: schema, with the line that the schema refuses
    """
    content = etree.tostring(
        root, encoding="UTF-8", xml_declaration=True, pretty_print=True
    )
    checked = _schema(schema)
    if not checked.validate(etree.fromstring(content)):
        raise ScheduleError("schema", reason=str(checked.error_log.last_error))
    return content


@lru_cache(maxsize=4)
def _schema(name):
    return etree.XMLSchema(etree.parse(Path(__file__).parent / name))
