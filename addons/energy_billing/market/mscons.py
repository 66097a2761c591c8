"""EDIFACT MSCONS: metered services consumption reports.

The structure is the United Nations' standard MSCONS (directory D.04B) as the message
guides of the electricity markets use it: UNH BGM DTM · RFF · NAD+MS, NAD+MR · per point
LOC with DTM and RFF · per register or channel LIN, PIA (OBIS) · per value QTY with
DTM+163/164 (from, to) or DTM+7 (reading at). The codes of qualities and locations are
an `MsconsProfile`: data. pydifact splits the text into segments.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import BinaryIO
from zoneinfo import ZoneInfo

from pydifact.parser import Parser
from pydifact.segments import Segment

from .codes import check_code
from .errors import FindingReport, MarketError, Place
from .tables.cells import MAX_DIGITS, shorten
from .tables.market_days import FIRST_DAY, LAST_DAY

# pydifact reads some 0.3 MB a second; the markets' guides ask senders for small files
MAX_BYTES = 16 << 20
MAX_TEXT = 1_000
_OBIS = re.compile(r"(?:\d{1,3}-\d{1,3}:)?(\d{1,3}\.\d{1,3}\.\d{1,3})(?:[*&]\d+)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?", re.ASCII)
_ENCODINGS = {"UNOA": "ascii", "UNOB": "ascii", "UNOC": "latin-1", "UNOD": "iso8859-2",
              "UNOE": "iso8859-5", "UNOF": "iso8859-7", "UNOW": "utf-8",
              "UNOY": "utf-8"}  # fmt: skip


@dataclass(frozen=True)
class MsconsProfile:
    """What a market's message guide adds to the standard; storable as JSON.

    `locations` maps the qualifier of LOC to "market" or "metering", `qualities` the
    qualifier of QTY to one of ours, None for values that are not to be used, `channels`
    the OBIS code (C.D.E) of a load profile to a channel.
    """

    name: str = "MSCONS"
    locations: Mapping[str, str] = field(
        default_factory=lambda: {"172": "market", "237": "metering"}
    )
    qualities: Mapping[str, str | None] = field(
        default_factory=lambda: {
            "220": "measured",
            "67": "substituted",
            "187": "estimated",
            "201": "estimated",
            "Z18": "estimated",
            "79": "measured",
            "20": None,
            "Z30": None,
        }
    )
    channels: Mapping[str, str] = field(
        default_factory=lambda: {
            "1.29.0": "A+",
            "1.29.1": "A+",
            "2.29.0": "A-",
            "2.29.1": "A-",
            "3.29.0": "R+",
            "4.29.0": "R-",
        }
    )
    units: Mapping[str, str] = field(
        default_factory=lambda: {"KWH": "1", "MWH": "1000", "K3": "1", "KVR": "1"}
    )
    code_scheme: str = "any"
    code_pattern: str = ""
    timezone: str = "Europe/Sofia"
    minutes: int = 15


@dataclass(frozen=True, slots=True)
class Value:
    """One QTY in kWh (or the register's own unit); times are aware.

    A value over a span has `begin` and `end`, a reading has `begin` only.
    """

    segment: int
    begin: datetime
    end: datetime | None
    quantity: Decimal | None
    quality: str | None


@dataclass(slots=True)
class Series:
    """The values of one OBIS code at one point, with where they stand in the file."""

    segment: int
    point: str
    location: str
    meter: str | None
    obis: str
    values: list[Value]


@dataclass
class MsconsMessage:
    """One message of an interchange.

    `function` is "9" for an original and "1" for a cancellation, which names the
    document it takes back in `references["ACW"]`. `content_hash` is the SHA-256 of its
    segments between UNH and UNT: the same in whatever interchange it comes.
    """

    reference: str
    document: str
    function: str
    moment: datetime | None
    sender: str
    receiver: str
    references: dict[str, str]
    series: list[Series]
    report: FindingReport
    content_hash: str = ""

    @property
    def findings(self):
        """Findings of the message; places are the numbers of segments."""
        return self.report.findings


def parse_mscons(
    fileobj: BinaryIO, profile: MsconsProfile | None = None, max_bytes: int = MAX_BYTES
) -> Iterator[MsconsMessage]:
    """Yield the messages of an interchange.

    Raises MarketError for what is no complete MSCONS interchange; a wrong series is a
    finding of its message and left out.
    """
    profile = profile or MsconsProfile()
    raw = fileobj.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise MarketError("message_too_large", params={"limit": max_bytes})
    segments = _segments(_text(raw))
    header = next(segments, None)
    if header is not None and header[1].tag == "UNA":
        header = next(segments, None)
    if header is None or header[1].tag != "UNB":
        raise _type_error(header, "UNB")
    reference = _part(header[1], 4)
    count = 0
    for number, segment in segments:
        if segment.tag == "UNZ":
            _check_end(segment, number, str(count), reference)
            return
        if segment.tag != "UNH":
            raise _type_error((number, segment), "UNH")
        kind = _part(segment, 1)
        if kind != "MSCONS":
            raise _type_error((number, segment), "MSCONS", kind)
        count += 1
        yield _MessageReader(profile, number, segment).collect(segments)
    raise MarketError("edi_end_missing")


def _text(raw):
    """Return the text in the character set the interchange names in UNB."""
    if not raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise MarketError("file_empty")
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not raw.startswith((b"UNA", b"UNB")):
        params = {"found": shorten(raw[:20].decode("ascii", "replace"))}
        raise MarketError("edi_type", Place(1), params | {"expected": "UNA, UNB"})
    syntax = raw[3:9] if raw.startswith(b"UNA") else b":+.? '"
    start = raw.find(b"UNB" + syntax[1:2])
    name = raw[start + 4 : start + 8].decode("ascii", "replace")
    encoding = _ENCODINGS.get(name, "latin-1")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise MarketError("file_encoding", params={"encoding": encoding}) from error
    if "\0" in text:
        raise MarketError("file_not_text")
    return text


class _Factory:
    """Makes segments without looking for the library's own directories of rules."""

    @staticmethod
    def create_segment(name, *elements, **_settings):
        return Segment(name, *(elements or ("",)))


def _segments(text):
    """Yield (number, segment); the text is never read past a damaged place."""
    number = 0
    # Whatever pydifact raises over damaged text (its own errors, IndexError,
    # TypeError…) means the same to the clerk.
    try:
        for segment in Parser(factory=_Factory()).parse(text):
            number += 1
            yield number, segment
    except MarketError:
        raise
    except Exception as error:
        raise MarketError(
            "edi_broken", Place(number + 1), {"row": number + 1}
        ) from error


def _part(segment, element, component=0):
    """Return a component of a segment, empty when there is none."""
    if element >= len(segment.elements):
        return ""
    value = segment.elements[element]
    if isinstance(value, str):
        return value[:MAX_TEXT] if component == 0 else ""
    return str(value[component])[:MAX_TEXT] if component < len(value) else ""


def _type_error(numbered, expected, found=None):
    number, segment = numbered or (1, None)
    found = found or (segment.tag if segment else "–")
    params = {"found": shorten(found), "expected": expected}
    return MarketError("edi_type", Place(number), params)


def _check_end(segment, number, counted, reference):
    stated, found = _part(segment, 0), _part(segment, 1)
    if found != reference:
        params = {"found": shorten(found), "expected": shorten(reference)}
        raise MarketError("edi_reference", Place(number), params)
    if stated != counted:
        params = {"stated": shorten(stated), "counted": counted}
        raise MarketError("edi_count", Place(number), params)


class _MessageReader:
    """Collects the segments of one message."""

    def __init__(self, profile, number, header):
        self.profile = profile
        self.first = number
        self.report = FindingReport()
        self.message = MsconsMessage(
            _part(header, 0), "", "9", None, "", "", {}, [], self.report
        )
        self.zone = ZoneInfo(profile.timezone)
        self.point: str | None = None
        self.location = ""
        self.meter: str | None = None
        self.series: Series | None = None
        self.value: dict | None = None
        self.in_points = False
        # a point whose code is wrong: its segments are passed over
        self.passing = False

    def collect(self, segments) -> MsconsMessage:
        """Read up to UNT and return the message."""
        digest = hashlib.sha256()
        for number, segment in segments:
            if segment.tag == "UNT":
                counted = str(number - self.first + 1)
                _check_end(segment, number, counted, self.message.reference)
                self._end_value()
                self._require(number)
                self.report.close()
                self.message.content_hash = digest.hexdigest()
                return self.message
            if segment.tag in ("UNH", "UNZ", "UNB"):
                raise _type_error((number, segment), "UNT")
            digest.update(repr((segment.tag, segment.elements)).encode())
            handler = getattr(self, f"_on_{segment.tag.lower()}", None)
            if handler:
                self._try(handler, number, segment)
        raise MarketError("edi_end_missing")

    def _require(self, number):
        for name, value in (("BGM", self.message.document),
                            ("NAD+MS", self.message.sender),
                            ("NAD+MR", self.message.receiver)):  # fmt: skip
            if not value:
                raise MarketError("field_missing", Place(number), {"field": name})

    def _try(self, handler, number, segment):
        if self.passing and segment.tag not in ("LOC", "NAD"):
            return
        try:
            handler(number, segment)
        except (ValueError, InvalidOperation, OverflowError, MarketError) as error:
            place = f"{segment.tag} {number}"
            if isinstance(error, MarketError):
                code, params = error.code, error.params
            else:
                code = "edi_segment"
                params = {"segment": segment.tag, "reason": shorten(error)}
            if not self.in_points:
                raise MarketError(code, Place(number, element=place), params) from error
            self.report.error(code, number, None, self.point, place, **params)
            self.passing = segment.tag == "LOC"
            if segment.tag in ("LOC", "LIN", "PIA"):
                self.series = None
            self.value = None

    def _on_bgm(self, number, segment):
        self.message.document = _part(segment, 1)
        self.message.function = _part(segment, 2) or "9"

    def _on_nad(self, number, segment):
        self._end_value()
        role = _part(segment, 0)
        if role == "MS":
            self.message.sender = _part(segment, 1)
        elif role == "MR":
            self.message.receiver = _part(segment, 1)
        else:
            self.point = self.series = self.meter = None
            self.in_points = True
            self.passing = False

    def _on_loc(self, number, segment):
        self._end_value()
        location = self.profile.locations.get(_part(segment, 0))
        if location is None:
            return
        self.point = self.series = self.meter = None
        self.in_points = True
        self.passing = False
        code = _part(segment, 1)
        self.point = check_code(
            code, self.profile.code_scheme, self.profile.code_pattern
        )
        self.location = location

    def _on_rff(self, number, segment):
        qualifier, value = _part(segment, 0, 0), _part(segment, 0, 1)
        if not self.in_points:
            self.message.references[qualifier] = value
        elif qualifier == "MG":
            self.meter = value

    def _on_lin(self, number, segment):
        self._end_value()
        self.series = None

    def _on_pia(self, number, segment):
        if self.point is None:
            raise ValueError("no LOC before it")
        match = _OBIS.fullmatch(_part(segment, 1, 0))
        if match is None:
            raise ValueError("no OBIS code: " + _part(segment, 1, 0))
        self.series = Series(
            number, self.point, self.location, self.meter, match[1], []
        )
        self.message.series.append(self.series)

    def _on_qty(self, number, segment):
        self._end_value()
        if self.series is None:
            raise ValueError("no PIA before it")
        qualifier, text = _part(segment, 0, 0), _part(segment, 0, 1)
        unit = _part(segment, 0, 2) or "KWH"
        if qualifier not in self.profile.qualities:
            raise MarketError("bad_quality", params={"value": shorten(qualifier)})
        if unit not in self.profile.units:
            raise MarketError("unit_unknown", params={"value": shorten(unit)})
        quality = self.profile.qualities[qualifier]
        quantity = None
        if quality is not None:
            if len(text) > 2 * MAX_DIGITS or not _NUMBER.fullmatch(text):
                raise MarketError("bad_number", params={"value": shorten(text)})
            quantity = Decimal(text) * Decimal(self.profile.units[unit])
        self.value = {"segment": number, "quantity": quantity, "quality": quality}

    def _on_dtm(self, number, segment):
        qualifier = _part(segment, 0, 0)
        if qualifier not in ("137", "163", "164", "7", "9"):
            return
        moment = self._moment(_part(segment, 0, 1), _part(segment, 0, 2))
        if qualifier == "137" and not self.in_points:
            self.message.moment = moment
        elif self.value is not None:
            self.value[qualifier] = moment

    def _end_value(self):
        """Store the value whose segments are now complete."""
        value, self.value = self.value, None
        if value is None or self.series is None:
            return
        begin = value.get("163") or value.get("7") or value.get("9")
        if begin is None:
            self.report.error(
                "field_missing",
                value["segment"],
                None,
                self.point,
                f"QTY {value['segment']}",
                field="DTM+163",
            )
            return
        self.series.values.append(
            Value(
                value["segment"],
                begin,
                value.get("164"),
                value["quantity"],
                value["quality"],
            )
        )

    def _moment(self, text, form):
        """Return an aware time of the formats 102, 203, 303 and 304."""
        if form == "102":
            moment = datetime.strptime(text, "%Y%m%d").replace(tzinfo=self.zone)
        elif form == "203":
            moment = datetime.strptime(text, "%Y%m%d%H%M").replace(tzinfo=self.zone)
        elif form in ("303", "304"):
            digits = 12 if form == "303" else 14
            match = re.fullmatch(rf"(\d{{{digits}}})([+-]\d\d)(\d\d)?", text, re.ASCII)
            if match is None:
                raise MarketError(
                    "bad_date", params={"value": shorten(text), "format": form}
                )
            offset = int(match[2]) * 60
            offset += int(match[3] or 0) * (1 if offset >= 0 else -1)
            pattern = "%Y%m%d%H%M" if form == "303" else "%Y%m%d%H%M%S"
            zone = timezone(timedelta(minutes=offset))
            moment = datetime.strptime(match[1], pattern).replace(tzinfo=zone)
        else:
            raise ValueError(f"format {form}")
        if not FIRST_DAY < moment.date() < LAST_DAY:
            raise ValueError("no date of our time")
        return moment.astimezone(UTC)
