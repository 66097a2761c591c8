"""Network services: a row per point and component of a distributor's invoice."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from ..codes import check_code
from ..errors import FindingReport, MarketError
from .cells import CellError, CellReader
from .profile import TableProfile
from .readings import open_rows

_NUMBERS = ("quantity", "price", "amount", "tax_rate")
_DATES = ("date_issued", "date_due", "date_from", "date_to")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """What is charged for a component at a point; amounts without tax, dates inclusive.

    `number` is that of the invoice, None where the file has none.
    """

    row: int
    point: str
    component: str
    number: str | None
    date_issued: date | None
    date_due: date | None
    date_from: date | None
    date_to: date
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal
    tax_rate: Decimal | None


class Services:
    """Iterator of `ServiceRow`; a row with an error is not handed out, its point is in
    `bad_points` when the iterator is exhausted."""

    def __init__(self, profile: TableProfile, fileobj: BinaryIO):
        self.report = FindingReport()
        self.rows_read = 0
        self._rows = self._read(profile, fileobj)

    def __iter__(self) -> Iterator[ServiceRow]:
        return self

    def __next__(self) -> ServiceRow:
        return next(self._rows)

    @property
    def findings(self):
        """Findings so far, in the order of the file."""
        return self.report.findings

    @property
    def bad_points(self) -> set[str]:
        """Points with at least one error."""
        return self.report.bad_points

    def _read(self, profile, fileobj):
        header, rows, _blocks = open_rows(profile, fileobj)
        columns = {name: header.index(ref) for name, ref in profile.columns.items()}
        cells = CellReader(profile)
        for number, row in rows:
            self.rows_read += 1
            point = None
            try:
                point = self._point(profile, cells, columns, row)
                yield self._row(cells, columns, number, row, point)
            except _CellProblem as problem:
                params = problem.params
                column = header.name(columns[problem.name])
                self.report.error(problem.code, number, column, point, **params)
        if not self.rows_read:
            raise MarketError("file_no_rows")
        self.report.close()

    def _point(self, profile, cells, columns, row):
        text = _get(cells.code, columns, row, "point", required=True)
        try:
            return check_code(text, profile.code_scheme, profile.code_pattern)
        except MarketError as error:
            raise _CellProblem("point", error.code, error.params) from error

    def _row(self, cells, columns, number, row, point):
        values = {
            name: _get(cells.number, columns, row, name, name == "amount")
            for name in _NUMBERS
        } | {
            name: _get(cells.date, columns, row, name, name == "date_to")
            for name in _DATES
        }
        first, last = values["date_from"], values["date_to"]
        if first and first > last:
            raise _CellProblem(
                "date_to", "dates_reversed", {"date_to": last.isoformat()}
            )
        return ServiceRow(
            row=number,
            point=point,
            component=_get(cells.text, columns, row, "component", True)[:64],
            number=_get(cells.text, columns, row, "number", False),
            **values,
        )


class _CellProblem(Exception):
    """A cell of a row that cannot be used."""

    def __init__(self, name, code, params):
        super().__init__(name)
        self.name, self.code, self.params = name, code, params


def _get(read, columns, row, name, required):
    index = columns.get(name)
    if index is None:
        return None
    try:
        value = read(row[index] if index < len(row) else None)
    except CellError as error:
        raise _CellProblem(name, error.code, {"value": error.value}) from error
    if value is None and required:
        raise _CellProblem(name, "missing_value", {})
    return value


def parse_services(profile: TableProfile, fileobj: BinaryIO) -> Services:
    """Read a table of network services; MarketError may come at any row."""
    return Services(profile, fileobj)
