"""Finding the header of a table and the columns a profile names."""

import unicodedata
from collections.abc import Iterator

from ..errors import MarketError, Place
from .sources import MAX_HEADER_ROWS, str_or_none

_SHOWN = 300


def plain(text) -> str:
    """Return a header text without case and superfluous white space."""
    return " ".join(unicodedata.normalize("NFC", str(text or "")).split()).casefold()


def letter(index: int) -> str:
    """Return the spreadsheet's letters of a column (from 0)."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


class Header:
    """The header row of a file, or its absence (`cells` is None)."""

    def __init__(self, profile, row: int, cells: list | None):
        self.profile = profile
        self.row = row
        self.cells = cells
        self._names: dict[str, list[int]] = {}
        for index, cell in enumerate(cells or ()):
            self._names.setdefault(plain(cell), []).append(index)

    def index(self, reference) -> int:
        """Return the column (from 0) of a reference; MarketError when missing."""
        position = self._position(reference)
        if position is not None:
            if self.cells is not None and position >= len(self.cells):
                raise self._missing(reference)
            return position
        found = self._names.get(plain(reference), ())
        if len(found) == 1:
            return found[0]
        if found:
            raise MarketError(
                "column_ambiguous", Place(self.row), {"column": str(reference)}
            )
        raise self._missing(reference)

    def name(self, index: int) -> str:
        """Return how a finding names a column: letter and header text."""
        text = ""
        if self.cells is not None and index < len(self.cells):
            text = " ".join(str(self.cells[index] or "").split())[:60]
        return f"{letter(index)} ({text})" if text else letter(index)

    def _position(self, reference):
        if isinstance(reference, int):
            return reference - 1 if reference > 0 else None
        text = str(reference)
        if text.startswith("@"):
            text = text[1:]
        elif self.cells is not None:
            return None
        if text.isascii() and text.isdigit() and len(text) < 6:
            return int(text) - 1 if int(text) else None
        if text.isascii() and text.isalpha() and len(text) < 4:
            number = 0
            for char in text.upper():
                number = number * 26 + ord(char) - 64
            return number - 1
        return None

    def _missing(self, reference):
        found = ", ".join(
            text for cell in self.cells or () if (text := str_or_none(cell))
        )
        shown = found[:_SHOWN] + ("…" if len(found) > _SHOWN else "")
        return MarketError(
            "column_missing",
            Place(self.row),
            {"column": str(reference), "found": shown or "–"},
        )


def read_header(profile, rows: Iterator[tuple[int, list]]) -> Header:
    """Take the header, and what comes before the data, off an iterator of rows."""
    header = Header(profile, 0, None)
    if profile.header_match:
        header = _match(profile, rows)
    elif profile.header_row:
        for number, cells in rows:
            if number >= profile.header_row:
                header = Header(profile, number, cells)
                break
        else:
            raise MarketError("file_no_rows")
    for _count in range(profile.skip_after_header):
        if next(rows, None) is None:
            break
    return header


def _match(profile, rows):
    wanted = plain(profile.header_match)
    for number, cells in rows:
        if any(plain(cell) == wanted for cell in cells):
            return Header(profile, number, cells)
        if number >= MAX_HEADER_ROWS:
            break
    raise MarketError(
        "header_missing",
        params={"text": profile.header_match, "rows": MAX_HEADER_ROWS},
    )


def with_guess(error: MarketError, profile, blocks) -> MarketError:
    """Return a better error when a missing header is a matter of the encoding."""
    if error.code not in ("column_missing", "header_missing"):
        return error
    words = [
        reference
        for reference in (*profile.columns.values(), profile.header_match)
        if isinstance(reference, str) and reference and not reference.startswith("@")
    ]
    guess = blocks.guess_encoding([word for word in words if not word.isascii()])
    if guess is None:
        return error
    params = {"encoding": profile.encoding, "guess": guess}
    return MarketError("file_encoding_guess", error.place, params)
