"""A first look at a file, for the editor of profiles."""

import io
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from ..errors import MarketError
from .confirmations import parse_confirmations
from .header import letter
from .intervals import parse_intervals
from .profile import TableProfile
from .readings import open_rows, parse_readings
from .services import parse_services

MAX_SHOWN_COLUMNS = 200
MAX_TEXT = 1 << 20

_PARSERS = {
    "readings": parse_readings,
    "intervals": parse_intervals,
    "services": parse_services,
    "confirmations": parse_confirmations,
}


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a file as the profile cuts it, and what it makes of it.

    `letters` and `header` name the columns, `rows` holds (row number, texts); `parsed`
    the first results (rows of the kind, or an `IntervalChunk`) and `findings` what was
    wrong in them. `error` is set when the profile can't read the file at all.
    """

    letters: list[str]
    header: list[str]
    rows: list[tuple[int, list[str]]]
    parsed: list
    findings: list
    error: MarketError | None


def preview(profile: TableProfile, fileobj: BinaryIO, count: int = 20) -> Preview:
    """Return the first rows of a seekable file, raw and parsed; never raises."""
    header, rows, parsed, findings, error = [], [], [], [], None
    fileobj.seek(0)
    if profile.format == "csv":
        fileobj = _beginning(fileobj)
    try:
        found, numbered, _blocks = open_rows(profile, fileobj)
        header = [_shown(cell) for cell in (found.cells or [])[:MAX_SHOWN_COLUMNS]]
        for number, cells in islice(numbered, count):
            rows.append((number, [_shown(c) for c in cells[:MAX_SHOWN_COLUMNS]]))
        fileobj.seek(0)
        result = _PARSERS[profile.kind](profile, fileobj)
        findings = result.findings
        parsed = list(islice(result, 1 if profile.kind == "intervals" else count))
    except MarketError as problem:
        error = problem
    width = max([len(header), *(len(cells) for _number, cells in rows)])
    return Preview(
        [letter(n) for n in range(width)], header, rows, parsed, findings[:100], error
    )


def _beginning(fileobj):
    """Return the first whole lines of a text file as a file of its own."""
    head = fileobj.read(MAX_TEXT)
    if len(head) == MAX_TEXT:
        head = head[: head.rfind(b"\n") + 1] or head
    return io.BytesIO(head)


def _shown(cell):
    return "" if cell is None else str(cell)[:100]
