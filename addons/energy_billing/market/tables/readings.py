"""Register readings: a row per register, or per meter with groups of columns."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import BinaryIO

from ..codes import check_code
from ..errors import FindingReport, MarketError
from .cells import CellError, CellReader
from .header import read_header, with_guess
from .profile import QUALITIES, TableProfile
from .sources import CsvRows, TextBlocks, without_footer, xlsx_rows

_NUMBERS = ("reading_from", "reading_to", "multiplier", "quantity")


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """One register of one point over one span, as the sender states it.

    `date_from`…`date_to` are inclusive local days; `quantity` is kWh with the profile's
    sign, None where the file has readings only; readings are in the meter's own unit
    and need the multiplier. `row` counts from 1 as in a spreadsheet.
    """

    row: int
    point: str
    meter: str | None
    register: str
    date_from: date | None
    date_to: date
    reading_from: Decimal | None
    reading_to: Decimal | None
    multiplier: Decimal
    quantity: Decimal | None
    quality: str


class Readings:
    """Iterator of `ReadingRow`; its findings are complete when it is exhausted.

    A row with an error is not handed out. `bad_points` names the points with an error
    anywhere in the file: don't use their other rows before someone has looked.
    Critical findings are raised as `MarketError`.
    """

    def __init__(self, profile: TableProfile, fileobj: BinaryIO):
        self.profile = profile
        self.report = FindingReport()
        self.rows_read = 0
        self.rows_kept = 0
        self._rows = _read(profile, fileobj, self)

    def __iter__(self) -> Iterator[ReadingRow]:
        return self

    def __next__(self) -> ReadingRow:
        return next(self._rows)

    @property
    def findings(self):
        """Findings so far, in the order of the file."""
        return self.report.findings

    @property
    def bad_points(self) -> set[str]:
        """Points with at least one error."""
        return self.report.bad_points


def parse_readings(profile: TableProfile, fileobj: BinaryIO) -> Readings:
    """Read a table of register readings.

    `fileobj` is binary and, for workbooks, seekable. Nothing is read before the first
    row is asked for; MarketError (critical) may come at any row.
    """
    if profile.kind != "readings":
        raise MarketError(
            "profile_field",
            params={
                "profile": profile.name,
                "field": "kind",
                "value": profile.kind,
                "reason": "readings are expected",
            },
        )
    return Readings(profile, fileobj)


def open_rows(profile, fileobj):
    """Return (header, iterator of data rows with totals and footers left out)."""
    if profile.format == "xlsx":
        rows = xlsx_rows(profile, fileobj)
        header = read_header(profile, rows)
        return header, without_footer(profile, rows), None
    blocks = TextBlocks(fileobj, profile.encoding)
    rows = CsvRows(profile, blocks)
    try:
        header = read_header(profile, rows)
    except MarketError as error:
        raise with_guess(error, profile, blocks) from error
    return header, without_footer(profile, rows), blocks


def _read(profile, fileobj, result):
    header, rows, blocks = open_rows(profile, fileobj)
    try:
        parser = _RowParser(profile, header, result.report)
    except MarketError as error:
        if blocks is None:
            raise
        raise with_guess(error, profile, blocks) from error
    for number, cells in rows:
        result.rows_read += 1
        for row in parser.parse(number, cells):
            result.rows_kept += 1
            yield row
    if not result.rows_read:
        raise MarketError("file_no_rows")
    result.report.close()


class _RowParser:
    """Turns the cells of a row into `ReadingRow`s and findings."""

    def __init__(self, profile, header, report):
        self.profile = profile
        self.header = header
        self.report = report
        self.cells = CellReader(profile)
        self.tolerance = Decimal(profile.tolerance)
        self.common = {
            name: header.index(reference)
            for name, reference in profile.columns.items()
            if profile.layout == "long" or name not in _NUMBERS
        }
        shared = {
            name: header.index(reference)
            for name, reference in profile.columns.items()
            if name == "multiplier"
        }
        self.groups = [
            shared
            | {
                name: header.index(reference)
                for name, reference in group.items()
                if name != "register"
            }
            | {"register": str(group.get("register", profile.default_register))}
            for group in profile.register_columns
        ]
        self.seen: dict[tuple, tuple[int, ReadingRow]] = {}

    def parse(self, number, cells) -> Iterator[ReadingRow]:
        """Yield the good registers of a row."""
        point = self._get(number, cells, None, "point", self.cells.code)
        if point is None:
            return
        try:
            profile = self.profile
            point = check_code(point, profile.code_scheme, profile.code_pattern)
        except MarketError as error:
            column = self.header.name(self.common["point"])
            self.report.error(error.code, number, column, point[:64], **error.params)
            return
        spans = self._span(number, cells, point)
        if spans is None:
            return
        if self.profile.layout == "long":
            groups = [(self._register(number, cells, point), self.common)]
        else:
            groups = [
                (group["register"], group)
                for group in self.groups
                if any(
                    self.cells.text(_cell(cells, group[name]))
                    for name in _NUMBERS
                    if name in group and name != "multiplier"
                )
            ]
            if not groups:
                self._missing(number, point, None)
        for register, group in groups:
            if register is not None:
                yield from self._one(number, cells, point, spans, register, group)

    def _one(self, number, cells, point, spans, register, group):
        values = {}
        for name in _NUMBERS:
            try:
                values[name] = self._number(number, cells, point, group, name)
            except CellError:
                return
        if values["quantity"] is None and values["reading_to"] is None:
            self._missing(number, point, group.get("quantity", group.get("reading_to")))
            return
        quality = self._quality(number, cells, point)
        if quality is None:
            return
        multiplier = values["multiplier"]
        row = ReadingRow(
            row=number,
            point=point,
            meter=self._meter(cells),
            register=register,
            date_from=spans[0],
            date_to=spans[1],
            reading_from=values["reading_from"],
            reading_to=values["reading_to"],
            multiplier=Decimal(1) if multiplier is None else multiplier,
            quantity=values["quantity"],
            quality=quality,
        )
        if self._new(row) and self._plausible(row, group):
            yield self._in_kwh(row)

    def _get(self, number, cells, point, name, read: Callable):
        """Return a required cell, or None after a finding."""
        index = self.common[name]
        try:
            value = read(_cell(cells, index))
        except CellError as error:
            self._cell_error(error, number, index, point)
            return None
        if value is None:
            self._missing(number, point, index)
        return value

    def _span(self, number, cells, point):
        date_to = self._get(number, cells, point, "date_to", self.cells.date)
        if date_to is None:
            return None
        if not self.profile.date_to_inclusive:
            date_to -= timedelta(days=1)
        date_from = None
        if "date_from" in self.common:
            date_from = self._get(number, cells, point, "date_from", self.cells.date)
            if date_from is None:
                return None
            if date_from > date_to:
                column = self.header.name(self.common["date_to"])
                self.report.error(
                    "dates_reversed",
                    number,
                    column,
                    point,
                    date_from=date_from.isoformat(),
                    date_to=date_to.isoformat(),
                )
                return None
        return date_from, date_to

    def _register(self, number, cells, point):
        profile = self.profile
        raw = None
        if "register" in self.common:
            raw = self.cells.text(_cell(cells, self.common["register"]))
        if raw is None:
            return profile.default_register
        if raw in profile.registers or not profile.registers:
            return profile.registers.get(raw, raw)[:64]
        column = self.header.name(self.common["register"])
        self.report.error("bad_register", number, column, point, value=raw[:60])
        return None

    def _meter(self, cells):
        if "meter" not in self.common:
            return None
        text = self.cells.text(_cell(cells, self.common["meter"]))
        return text and text[:64]

    def _quality(self, number, cells, point):
        if "quality" not in self.common:
            return "measured"
        raw = self.cells.text(_cell(cells, self.common["quality"]))
        if raw is None:
            return "measured"
        quality = self.profile.qualities.get(raw, raw)
        if quality in QUALITIES:
            return quality
        column = self.header.name(self.common["quality"])
        self.report.error("bad_quality", number, column, point, value=raw[:60])
        return None

    def _number(self, number, cells, point, group, name):
        index = group.get(name)
        if index is None:
            return None
        try:
            return self.cells.number(_cell(cells, index))
        except CellError as error:
            self._cell_error(error, number, index, point)
            raise

    def _plausible(self, row, group):
        """Check signs and difference; the numbers are still in the file's unit."""
        if not self.profile.allow_negative:
            for code, name in (
                ("negative_quantity", "quantity"),
                ("negative_reading", "reading_from"),
                ("negative_reading", "reading_to"),
            ):
                value = getattr(row, name)
                if value is not None and value < 0:
                    column = self.header.name(group[name])
                    self.report.error(
                        code, row.row, column, row.point, value=f"{value:f}"
                    )
                    return False
        if None in (row.quantity, row.reading_from, row.reading_to):
            return True
        expected = (row.reading_to - row.reading_from) * row.multiplier
        if self._near(row.quantity, expected):
            return True
        if self._rolled_over(row, group, expected):
            return True
        self.report.error(
            "difference",
            row.row,
            self.header.name(group["quantity"]),
            row.point,
            quantity=f"{row.quantity:f}",
            expected=f"{expected:f}",
        )
        return False

    def _near(self, quantity, expected):
        # a negative tolerance switches the comparison off
        return self.tolerance < 0 or abs(quantity - expected) <= self.tolerance

    def _rolled_over(self, row, group, expected):
        """Tell whether the register passed its last digit, with a warning."""
        if row.reading_to >= row.reading_from:
            return False
        for digits in range(3, 10):
            limit = Decimal(10) ** digits
            if row.reading_from >= limit:
                continue
            if self._near(row.quantity, expected + limit * row.multiplier):
                self.report.warning(
                    "rollover",
                    row.row,
                    self.header.name(group["reading_to"]),
                    row.point,
                    reading_from=f"{row.reading_from:f}",
                    reading_to=f"{row.reading_to:f}",
                    limit=f"{limit:f}",
                )
                return True
        return False

    def _new(self, row):
        """Tell whether the row is the first of its register and span."""
        key = (row.point, row.meter, row.register, row.date_from, row.date_to)
        values = (row.reading_from, row.reading_to, row.multiplier, row.quantity)
        first = self.seen.setdefault(key, (row.row, values, row.quality))
        if first[0] == row.row and first[1] is values:
            return True
        if first[1:] == (values, row.quality):
            self.report.warning(
                "duplicate_row", row.row, None, row.point, first=first[0]
            )
        else:
            self.report.error(
                "duplicate_conflict", row.row, None, row.point, first=first[0]
            )
        return False

    def _in_kwh(self, row):
        factor = self.profile.factor
        if row.quantity is None or factor == 1:
            return row
        values = {name: getattr(row, name) for name in ReadingRow.__slots__}
        return ReadingRow(**values | {"quantity": row.quantity * factor})

    def _cell_error(self, error, number, index, point):
        params = {"value": error.value}
        if error.code == "bad_date":
            params["format"] = self.profile.date_format
        self.report.error(error.code, number, self.header.name(index), point, **params)

    def _missing(self, number, point, index):
        column = None if index is None else self.header.name(index)
        self.report.error("missing_value", number, column, point)


def _cell(cells, index):
    return cells[index] if index < len(cells) else None
