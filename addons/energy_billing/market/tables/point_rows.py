"""Tables with a row per point: cells by the names of a profile's columns."""

from typing import BinaryIO

from ..codes import check_code
from ..errors import FindingReport, MarketError
from .cells import CellError, CellReader
from .profile import TableProfile
from .readings import open_rows


class CellProblem(Exception):
    """A cell of a row that cannot be used; `name` is the profile's name of it."""

    def __init__(self, name, code, params):
        super().__init__(name)
        self.name, self.code, self.params = name, code, params


class PointRows:
    """Iterator of what `make_row(cells)` makes of each row.

    A row with an error is not handed out, its point is in `bad_points` when the
    iterator is exhausted. MarketError may come at any row.
    """

    def __init__(self, profile: TableProfile, fileobj: BinaryIO):
        self.profile = profile
        self.report = FindingReport()
        self.rows_read = 0
        self._rows = self._read(fileobj)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._rows)

    @property
    def findings(self):
        """Findings so far, in the order of the file."""
        return self.report.findings

    @property
    def bad_points(self) -> set[str]:
        """Points with at least one error."""
        return self.report.bad_points

    def make_row(self, cells: "RowCells"):
        """Return what a row says; raise CellProblem."""
        raise NotImplementedError

    def _read(self, fileobj):
        header, rows, _blocks = open_rows(self.profile, fileobj)
        columns = {
            name: header.index(reference)
            for name, reference in self.profile.columns.items()
        }
        cells = RowCells(self.profile, columns)
        for cells.number, cells.row in rows:
            self.rows_read += 1
            cells.point = None
            try:
                cells.point = cells.code("point")
                yield self.make_row(cells)
            except CellProblem as problem:
                column = header.name(columns[problem.name])
                self.report.error(
                    problem.code, cells.number, column, cells.point, **problem.params
                )
        if not self.rows_read:
            raise MarketError("file_no_rows")
        self.report.close()


class RowCells:
    """The cells of the current row, None where the file has none."""

    def __init__(self, profile, columns):
        self.profile = profile
        self.columns = columns
        self.reader = CellReader(profile)
        self.number = 0
        self.row = []
        self.point = None

    def code(self, name):
        """Return the checked code of a point."""
        text = self._get(self.reader.code, name, required=True)
        try:
            return check_code(text, self.profile.code_scheme, self.profile.code_pattern)
        except MarketError as error:
            raise CellProblem(name, error.code, error.params) from error

    def text(self, name, required=False, limit=None):
        """Return a text of at most so many characters."""
        text = self._get(self.reader.text, name, required)
        return text and text[:limit]

    def decimal(self, name, required=False):
        """Return a Decimal."""
        return self._get(self.reader.number, name, required)

    def date(self, name, required=False):
        """Return a date."""
        return self._get(self.reader.date, name, required)

    def _get(self, read, name, required):
        index = self.columns.get(name)
        if index is None:
            return None
        try:
            value = read(self.row[index] if index < len(self.row) else None)
        except CellError as error:
            params = {"value": error.value}
            if error.code == "bad_date":
                params["format"] = self.profile.date_format
            raise CellProblem(name, error.code, params) from error
        if value is None and required:
            raise CellProblem(name, "missing_value", {})
        return value
