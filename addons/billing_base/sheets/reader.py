"""Files to records. Everything wrong is collected; nothing is raised for bad input."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from .cells import CellError, parse
from .columns import Column, Sheet, normal
from .findings import ERROR, WARNING, Finding

MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_UNPACKED = 400 << 20
HEADING_ROWS = 20


@dataclass(slots=True)
class Record:
    """One row: ``values`` by column key, and where it stands."""

    sheet: str
    row: int
    values: dict
    places: dict = field(default_factory=dict, repr=False)

    def __getitem__(self, key):
        return self.values[key]

    def get(self, key, default=None):
        value = self.values.get(key)
        return default if value is None else value

    def finding(self, text: str, key: str = "", level: str = ERROR) -> Finding:
        """A finding of the caller about this row, or about one of its columns.

        :param text: in the user's language: what is wrong and what to do
        """
        letter, title = self.places.get(key, ("", ""))
        return Finding(
            "own", self.sheet, self.row, title, letter, level=level, text=text
        )


@dataclass(slots=True)
class Reading:
    """What a file holds: ``records`` by sheet key, and what is wrong with it.

    A row with a finding is not among the records.
    """

    records: dict[str, list[Record]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.level == ERROR]


class _FormulaWithoutResult:
    pass


class _CellFault:
    def __init__(self, value):
        self.value = value


def read_file(
    content: bytes, name: str, sheets: Iterable[Sheet], max_rows: int = MAX_ROWS
) -> Reading:
    """Read a workbook, or a CSV file for the first of ``sheets``.

    :param content: of an .xlsx file, or text in UTF-8 separated by ; , or tabs
    :param name: of the file, for the sheet of a CSV file
    """
    sheets = list(sheets)
    reading = Reading({sheet.key: [] for sheet in sheets})
    try:
        tables = _tables(content, name, sheets, max_rows)
    except _FileFault as fault:
        reading.findings.append(Finding(fault.code, params=fault.params))
        return reading
    for sheet in sheets:
        title, rows = tables.get(sheet.key, (sheet.title, None))
        if rows is None:
            if not sheet.optional:
                found = ", ".join(tables[""][1])
                reading.findings.append(
                    Finding("missing_sheet", sheet.title, params={"found": found})
                )
            continue
        _read_sheet(reading, sheet, title, rows)
    return reading


class _FileFault(Exception):
    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code = code
        self.params = params


def _tables(content: bytes, name: str, sheets: list[Sheet], max_rows: int) -> dict:
    """``{sheet key: (tab, rows)}``; under ``""`` the names of all tabs."""
    if not content:
        raise _FileFault("empty_file")
    if content.startswith(b"PK"):
        return _workbook(content, sheets, max_rows)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _FileFault("old_excel")
    return {sheets[0].key: (name, _csv_rows(content, max_rows)), "": ("", [name])}


def _workbook(content: bytes, sheets: list[Sheet], max_rows: int) -> dict:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_UNPACKED:
                raise _FileFault("too_large", limit=f"{MAX_UNPACKED >> 20} MiB")
        formulas = load_workbook(io.BytesIO(content), read_only=True)
        values = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        tables = {"": ("", formulas.sheetnames)}
        for sheet in sheets:
            for tab in formulas.sheetnames:
                # one sheet asked for and one there: its name doesn't matter
                alone = len(sheets) == len(formulas.sheetnames) == 1
                if alone or normal(tab) in sheet.names:
                    rows = _sheet_rows(formulas[tab], values[tab], max_rows)
                    tables[sheet.key] = (tab, rows)
                    break
        return tables
    except (_FileFault, MemoryError):
        raise
    except Exception as error:
        # a damaged workbook makes openpyxl raise almost anything
        raise _FileFault("damaged", reason=type(error).__name__) from error


def _sheet_rows(formulas, values, max_rows: int) -> list[tuple[int, list]]:
    """(row number, cells) of the rows that have something in them."""
    if not hasattr(formulas, "iter_rows"):
        return []  # a chart sheet
    formulas.reset_dimensions()  # the stated size may be wrong or a trap
    values.reset_dimensions()
    found = []
    pairs = zip(formulas.iter_rows(), values.iter_rows(values_only=True), strict=True)
    for number, (cells, results) in enumerate(pairs, start=1):
        row = [_cell(cell, result) for cell, result in zip(cells, results, strict=True)]
        while row and _is_empty(row[-1]):
            row.pop()
        if not row:
            continue
        if len(found) > max_rows:
            raise _FileFault("too_large", limit=f"{max_rows}")
        if len(row) > MAX_COLUMNS:
            raise _FileFault("too_large", limit=f"{MAX_COLUMNS}")
        found.append((number, row))
    return found


def _cell(cell, result):
    if cell.data_type == "f":
        if result is None:
            return _FormulaWithoutResult()
        if isinstance(result, str) and result.startswith("#"):
            return _CellFault(result)
        return result
    return _CellFault(result) if cell.data_type == "e" else result


def _is_empty(value) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _csv_rows(content: bytes, max_rows: int) -> list[tuple[int, list]]:
    if b"\x00" in content[:4096]:
        raise _FileFault("not_a_table")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _FileFault("not_utf8") from error
    first = text.lstrip().partition("\n")[0]
    separator = max(";\t,", key=first.count)
    rows = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        number = 1
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((number, row))
            number = reader.line_num + 1
            if len(rows) > max_rows + 1:
                raise _FileFault("too_large", limit=f"{max_rows}")
    except csv.Error as error:
        raise _FileFault("damaged", reason=str(error)) from error
    return rows


def _read_sheet(reading: Reading, sheet: Sheet, tab: str, rows: list):
    headings = _find_headings(sheet, rows)
    if headings is None:
        wanted = ", ".join(c.title for c in sheet.columns if not c.optional)
        reading.findings.append(Finding("no_heading", tab, params={"wanted": wanted}))
        return
    position, number, cells = headings
    columns = _match_columns(reading, sheet, tab, number, cells)
    if columns is None:
        return
    seen: dict = {}
    for number, row in rows[position + 1 :]:
        faults = len(reading.findings)
        record = _read_row(reading, sheet, tab, number, row, columns)
        beyond = [cell for cell in row[len(cells) :] if not _is_empty(cell)]
        if beyond:
            reading.findings.append(
                Finding("outside_columns", tab, number, level=WARNING)
            )
            faults += 1
        if len(reading.findings) > faults:
            continue
        if sheet.unique and not _first(reading, sheet, record, seen):
            continue
        reading.records[sheet.key].append(record)


def _find_headings(sheet: Sheet, rows: list) -> tuple[int, int, list] | None:
    """The first row that names a required column: titles may stand above it."""
    needed = [c.headings for c in sheet.columns if not c.optional]
    best = None
    for position, (number, row) in enumerate(rows[:HEADING_ROWS]):
        there = {normal(cell) for cell in row if isinstance(cell, str)}
        hits = sum(1 for headings in needed if headings & there)
        if hits and (best is None or hits > best[0]):
            best = (hits, position, number, row)
    return best and best[1:]


def _match_columns(
    reading: Reading, sheet: Sheet, tab: str, number: int, cells: list
) -> list[tuple[int, Column]] | None:
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        if not _is_empty(cell):
            places.setdefault(normal(cell), []).append(index)
    found, wrong, used = [], False, set()
    for column in sheet.columns:
        hits = sorted({i for name in column.headings for i in places.get(name, ())})
        used.update(hits)
        if len(hits) > 1:
            letter = get_column_letter(hits[1] + 1)
            reading.findings.append(
                Finding("double_column", tab, number, column.title, letter)
            )
            wrong = True
        elif hits:
            found.append((hits[0], column))
        elif not column.optional:
            there = ", ".join(str(cell) for cell in cells if not _is_empty(cell))
            reading.findings.append(
                Finding(
                    "missing_column", tab, number, column.title, params={"found": there}
                )
            )
            wrong = True
    for index, cell in enumerate(cells):
        if index not in used and not _is_empty(cell):
            letter = get_column_letter(index + 1)
            reading.findings.append(
                Finding("unknown_column", tab, number, str(cell), letter, level=WARNING)
            )
    return None if wrong else sorted(found, key=lambda place: place[0])


def _read_row(reading, sheet: Sheet, tab: str, number: int, row: list, columns):
    values = {column.key: column.empty for column in sheet.columns}
    places = {}
    for index, column in columns:
        letter = get_column_letter(index + 1)
        places[column.key] = (letter, column.title)
        cell = row[index] if index < len(row) else None
        try:
            if isinstance(cell, _FormulaWithoutResult):
                raise CellError("not_calculated")
            if isinstance(cell, _CellFault):
                raise CellError("cell_error", value=str(cell.value))
            values[column.key] = parse(column, cell)
        except CellError as error:
            reading.findings.append(
                Finding(error.code, tab, number, column.title, letter, error.params)
            )
    return Record(tab, number, values, places)


def _first(reading: Reading, sheet: Sheet, record: Record, seen: dict) -> bool:
    """Whether the row is the first of its key; a second one is a finding."""
    key = tuple(record.values[name] for name in sheet.unique)
    if key not in seen:
        seen[key] = record.row
        return True
    letter, title = record.places.get(sheet.unique[-1], ("", ""))
    shown = ", ".join("" if part is None else str(part) for part in key)
    params = {"first": seen[key], "value": shown}
    reading.findings.append(
        Finding("double_row", record.sheet, record.row, title, letter, params)
    )
    return False
