"""How one sender lays out one kind of table: data, not code."""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from ..codes import SCHEMES, compile_pattern
from ..errors import MarketError
from .market_days import fixed_zone

QUALITIES = ("measured", "estimated", "substituted", "manual")

# what a distributor says of a point; "listed" where the file has no status
STATUSES = ("listed", "new", "changed", "leaving", "rejected")

# kWh per unit; kW and MW are mean power over the period of a value
UNITS = {
    "Wh": Decimal("0.001"),
    "kWh": Decimal(1),
    "MWh": Decimal(1000),
    "GWh": Decimal(1_000_000),
}
POWER_UNITS = {"W": Decimal("0.001"), "kW": Decimal(1), "MW": Decimal(1000)}

_CHOICES = {
    "kind": ("readings", "intervals", "services", "confirmations"),
    "format": ("csv", "xlsx"),
    "layout": ("long", "wide", "matrix"),
    "stamp": ("start", "end"),
    "dst": ("sequence", "wall_end", "wall_inline"),
    "minutes": (5, 10, 15, 30, 60),
    "sign": (1, -1),
    "code_scheme": SCHEMES,
    "decimal": (".", ","),
    "thousands": ("", ".", ",", " ", "'"),
}

_FIELDS = {
    "readings": {
        "point",
        "meter",
        "register",
        "date_from",
        "date_to",
        "reading_from",
        "reading_to",
        "multiplier",
        "quantity",
        "quality",
    },
    "intervals": {
        "point",
        "channel",
        "day",
        "timestamp",
        "time",
        "position",
        "fold",
        "value",
        "quality",
    },
}
_FIELDS["services"] = {
    "point",
    "component",
    "number",
    "date_issued",
    "date_due",
    "date_from",
    "date_to",
    "quantity",
    "price",
    "amount",
    "tax_rate",
}
_FIELDS["confirmations"] = {
    "point",
    "status",
    "date_from",
    "date_to",
    "customer",
    "company_number",
    "street",
    "zip",
    "city",
    "voltage",
    "capacity",
    "measurement",
    "load_profile",
    "annual_quantity",
    "reason",
}
_NEEDED = {
    "services": {"point", "component", "date_to", "amount"},
    "confirmations": {"point"},
}
_LISTS = {"empty": str, "footer_match": str, "fold_marks": str}
_LISTS["register_columns"] = Mapping
_MAPPINGS = {
    "columns": str | int,
    "registers": str,
    "channels": str,
    "qualities": str,
    "statuses": str,
}
REGISTER_FIELDS = {"register", "reading_from", "reading_to", "multiplier", "quantity"}


@dataclass(frozen=True)
class TableProfile:
    """The layout of a table; every field can be stored as JSON (`to_dict`).

    A *column reference* is the text of a header cell (compared without case and
    superfluous spaces), or a position: a number counted from 1, ``"@C"`` or ``"@3"``.
    Without a header row bare letters and numbers are positions too.

    Layouts of readings
        ``long``: a row per register. ``wide``: a row per meter with several groups of
        columns, listed in `register_columns`.
    Layouts of intervals
        ``long``: a row per value. ``wide``: a row per point, day and channel.
        ``matrix``: a row per period, a column per point, the codes in the header.

    `columns` maps fields to column references:
        readings: point, date_to and (quantity or reading_to) at least; also meter,
        register, date_from, reading_from, multiplier, quality.
        intervals, wide: point, day; also channel, quality (of the whole row); the
        values begin at `values_from`.
        intervals, long: point, value and one of: timestamp · day + time · day +
        position (1 = first period of the day); also channel, quality, fold (a text in
        `fold_marks` says "second pass of the doubled hour").
        services: point, component, date_to, amount; also number (of the invoice),
        date_issued, date_due, date_from, quantity, price, tax_rate.
        confirmations: point; also status, date_from, date_to, customer,
        company_number, street, zip, city, voltage, capacity, measurement,
        load_profile, annual_quantity, reason.
        intervals, matrix: timestamp, or day + time, or day + position.
    """

    name: str
    kind: str
    format: str = "csv"
    layout: str = "long"
    # text files
    encoding: str = "utf-8"
    delimiter: str = ";"
    quote: str = '"'
    # workbooks: name or number (from 1) of the sheet; empty is the first
    sheet: str = ""
    # rows: number of the header row (0: none), or a text that only the header has
    header_row: int = 1
    header_match: str = ""
    skip_after_header: int = 0
    # rows at the end to leave out, and beginnings of the first cell of rows to leave
    # out anywhere (totals)
    footer_rows: int = 0
    footer_match: tuple[str, ...] = ()
    # cells
    decimal: str = "."
    thousands: str = ""
    empty: tuple[str, ...] = ()
    date_format: str = "%Y-%m-%d"
    time_format: str = "%H:%M"
    timestamp_format: str = "iso"
    date_to_inclusive: bool = True
    # time: the zone of the market day; the clock of the file's times is "local" (that
    # zone), "UTC", "+01:00" (winter time all the year) or another zone's name
    timezone: str = "Europe/Sofia"
    clock: str = "local"
    stamp: str = "start"
    minutes: int = 15
    # wide rows on the days of clock change: values one after another, or by wall clock
    # with the doubled hour's second pass after the last column or after the first pass
    dst: str = "sequence"
    # quantities
    unit: str = "kWh"
    sign: int = 1
    allow_negative: bool = False
    tolerance: str = "0.001"
    # columns
    columns: Mapping[str, str | int] = field(default_factory=dict)
    register_columns: Sequence[Mapping[str, str | int]] = ()
    values_from: str | int = ""
    values_count: int = 0
    value_step: int = 1
    quality_offset: int = 0
    # translations of the file's texts to ours
    registers: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    qualities: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    default_register: str = "1.8.0"
    default_channel: str = "A+"
    fold_marks: tuple[str, ...] = ("1", "B", "b")
    # point codes
    code_scheme: str = "any"
    code_pattern: str = ""

    def __post_init__(self):
        self._check_types()
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                self._refuse(name, "choose one of " + ", ".join(map(str, choices)))
        self._check_text_settings()
        self._check_time_settings()
        self._check_mappings()
        self._check_columns()

    @classmethod
    def from_dict(cls, values: Mapping) -> "TableProfile":
        """Return the profile stored by `to_dict`; MarketError on an unknown field."""
        known = {item.name for item in fields(cls)}
        for name in values:
            if name not in known:
                raise _profile_error(values.get("name"), name, "", "unknown setting")
        for name in ("name", "kind"):
            if name not in values:
                raise _profile_error(values.get("name"), name, "", "missing")
        return cls(**values)

    def to_dict(self) -> dict:
        """Return all settings, JSON-able."""
        return asdict(self)

    @property
    def zone(self) -> ZoneInfo:
        """Zone of the market day."""
        return ZoneInfo(self.timezone)

    @property
    def clock_zone(self) -> tzinfo | None:
        """Zone of the file's times, None for the wall clock of `zone`."""
        return None if self.clock == "local" else fixed_zone(self.clock)

    @property
    def factor(self) -> Decimal:
        """kWh per unit of the file, with the sign of `sign`."""
        if self.unit in UNITS:
            return UNITS[self.unit] * self.sign
        return POWER_UNITS[self.unit] * self.minutes / 60 * self.sign

    def _refuse(self, name, reason):
        raise _profile_error(self.name, name, getattr(self, name), reason)

    def _check_types(self):
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name == "values_from":
                good = isinstance(value, str | int) and not isinstance(value, bool)
            elif item.name in _LISTS:
                good = isinstance(value, list | tuple) and all(
                    isinstance(entry, _LISTS[item.name]) for entry in value
                )
                object.__setattr__(self, item.name, tuple(value) if good else value)
            elif item.name in _MAPPINGS:
                good = _is_mapping(value, _MAPPINGS[item.name])
            else:
                good = type(value) is item.type
            if not good:
                self._refuse(item.name, "wrong type")
        for group in self.register_columns:
            if not _is_mapping(group, str | int):
                self._refuse("register_columns", "wrong type")

    def _check_text_settings(self):
        try:
            codecs.lookup(self.encoding)
            if not codecs.lookup(self.encoding)._is_text_encoding:
                self._refuse("encoding", "no encoding of texts")
        except (LookupError, TypeError, ValueError):
            self._refuse("encoding", "unknown encoding")
        for name in ("delimiter", "quote"):
            value = getattr(self, name)
            if len(value) != 1 or value in "\r\n\0":
                self._refuse(name, "one character")
        if not self.delimiter.isascii() or not self.quote.isascii():
            self._refuse("delimiter", "an ASCII character")
        if self.format == "csv" and self.delimiter in (self.decimal, self.quote):
            self._refuse("delimiter", "same as the decimal or quotation mark")
        if self.thousands == self.decimal:
            self._refuse("thousands", "same as the decimal mark")
        limits = {
            "header_row": 1000,
            "skip_after_header": 1000,
            "footer_rows": 1000,
            "values_count": 2000,
            "quality_offset": 2000,
        }
        for name, limit in limits.items():
            value = getattr(self, name)
            if not 0 <= value <= limit:
                self._refuse(name, f"a number from 0 to {limit}")
        if not 1 <= self.value_step <= 20:
            self._refuse("value_step", "a number from 1 to 20")

    def _check_time_settings(self):
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError, TypeError):
            self._refuse("timezone", "unknown time zone")
        if self.clock != "local" and fixed_zone(self.clock) is None:
            self._refuse("clock", "local, UTC, +01:00 or the name of a zone")
        if self.unit not in UNITS and (
            self.kind in ("readings", "confirmations") or self.unit not in POWER_UNITS
        ):
            self._refuse("unit", "unknown unit")
        try:
            if not Decimal(self.tolerance).is_finite():
                self._refuse("tolerance", "no number")
        except (InvalidOperation, TypeError, ValueError):
            self._refuse("tolerance", "no number")
        for name in ("date_format", "time_format", "timestamp_format"):
            value = getattr(self, name)
            if value != "iso" and not re.search(r"%[a-zA-Z]", value):
                self._refuse(name, "a form such as %d.%m.%Y")

    def _check_mappings(self):
        for value in self.qualities.values():
            if value not in QUALITIES:
                self._refuse("qualities", "values are " + ", ".join(QUALITIES))
        for value in self.statuses.values():
            if value not in STATUSES:
                self._refuse("statuses", "values are " + ", ".join(STATUSES))
        if self.code_pattern:
            compile_pattern(self.code_pattern)
        elif self.code_scheme == "pattern":
            self._refuse("code_pattern", "missing")

    def _check_columns(self):
        known = _FIELDS[self.kind]
        for name in self.columns:
            if name not in known:
                self._refuse("columns", f"unknown field {name}")
        have = self.columns.keys()
        if self.kind == "readings":
            self._check_reading_columns(have)
            return
        if self.kind in _NEEDED:
            if missing := _NEEDED[self.kind] - have:
                self._refuse("columns", "missing: " + ", ".join(sorted(missing)))
            return
        if self.layout == "wide":
            needed = {"point", "day"}
        elif self.layout == "matrix":
            needed = set()
        else:
            needed = {"point", "value"}
        if missing := needed - have:
            self._refuse("columns", "missing: " + ", ".join(sorted(missing)))
        if self.layout != "long" and not self.values_from:
            self._refuse("values_from", "missing")
        if self.layout == "matrix" and not (self.header_row or self.header_match):
            self._refuse("header_row", "the points stand in the header")
        if self.layout == "wide":
            return
        if "timestamp" not in have and not (
            "day" in have and ("time" in have or "position" in have)
        ):
            self._refuse("columns", "timestamp, or day with time or position")

    def _check_reading_columns(self, have):
        if self.layout == "matrix":
            self._refuse("layout", "only for intervals")
        if missing := {"point", "date_to"} - have:
            self._refuse("columns", "missing: " + ", ".join(sorted(missing)))
        groups = self.register_columns if self.layout == "wide" else (self.columns,)
        if not groups:
            self._refuse("register_columns", "missing")
        for group in groups:
            if self.layout == "wide" and (unknown := group.keys() - REGISTER_FIELDS):
                self._refuse("register_columns", "unknown: " + ", ".join(unknown))
            if not {"quantity", "reading_to"} & group.keys():
                self._refuse("columns", "quantity or reading_to is needed")


def _is_mapping(value, kind):
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(entry, kind) and not isinstance(entry, bool)
        for key, entry in value.items()
    )


def _profile_error(profile, name, value, reason):
    return MarketError(
        "profile_field",
        params={
            "profile": str(profile),
            "field": name,
            "value": str(value)[:200],
            "reason": reason,
        },
    )
