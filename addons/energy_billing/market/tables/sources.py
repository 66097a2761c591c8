"""Rows of files as a bounded stream: CSV texts and XLSX workbooks.

Both refuse a file of another kind by its first bytes, and keep no more of the file in
memory than one block.
"""

import codecs
import csv
import zipfile
from collections import deque
from collections.abc import Iterator

from openpyxl import load_workbook

from ..errors import MarketError, Place

BLOCK = 2 << 20
MAX_LINE = 4 << 20
MAX_HEADER_ROWS = 100
MAX_COLUMNS = 20_000
MAX_ROWS_XLSX = 1 << 20
MAX_COLUMNS_XLSX = 2_000
MAX_UNPACKED = 400 << 20
MAX_STRINGS = 64 << 20
MAX_RATIO = 200
MAX_MEMBERS = 2_000

_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an XLSX workbook"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old XLS workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"<?xml", "an XML document"),
    (b"<!DOC", "an HTML page"),
    (b"<html", "an HTML page"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ("utf-8", "cp1251", "cp1250", "utf-16")


def kind_of(head: bytes) -> str | None:
    """Return what a file is by its first bytes, None for text or unknown."""
    start = head.removeprefix(codecs.BOM_UTF8).lstrip()
    for signature, name in _SIGNATURES:
        if start[: len(signature)].lower() == signature.lower():
            return name
    return None


class TextBlocks:
    """Decoded text of a file in blocks of whole lines.

    Iterating yields (number of the first line, text); line ends are "\\n". The last
    `hold` lines that are not blank are left out.
    """

    def __init__(self, fileobj, encoding: str, hold: int = 0):
        self.fileobj = fileobj
        self.hold = hold
        self.head = fileobj.read(BLOCK)
        if not self.head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
            raise MarketError("file_empty")
        if found := kind_of(self.head):
            raise MarketError(
                "file_other_format",
                params={"found": found, "expected": "a text file (CSV)"},
            )
        self.encoding = _plain_name(encoding)
        for mark, name in _BOMS:
            if self.head.startswith(mark):
                # a file that states its encoding is believed, if it is the same family
                if self.encoding not in (name, name + "-le", name + "-be"):
                    raise MarketError(
                        "file_encoding_guess",
                        params={"encoding": encoding, "guess": name},
                    )
                self.encoding = "utf-8-sig" if name == "utf-8" else "utf-16"
        self._decode = codecs.getincrementaldecoder(self.encoding)().decode

    def __iter__(self) -> Iterator[tuple[int, str]]:
        line = 1
        rest = ""
        raw = self.head
        while raw:
            following = self.fileobj.read(BLOCK)
            text = rest + self._text(raw, line, final=not following)
            raw = following
            if not raw:
                text += "\n"
            cut = self._cut(text, final=not raw)
            text, rest = text[:cut], text[cut:]
            if len(rest) > MAX_LINE and "\n" not in rest[:MAX_LINE]:
                params = {"limit": MAX_LINE}
                raise MarketError("file_line_too_long", Place(line), params)
            if text:
                yield line, text
                line += text.count("\n")

    def _text(self, raw, line, final):
        try:
            text = self._decode(raw, final)
        except UnicodeError as error:
            start = getattr(error, "start", 0)
            row = line + raw[:start].count(b"\n")
            raise MarketError(
                "file_encoding", Place(row), {"encoding": self.encoding}
            ) from error
        if "\0" in text:
            row = line + text[: text.index("\0")].count("\n")
            raise MarketError("file_not_text", Place(row))
        if "\r" in text:
            # a "\r" at the very end may be half of a line end: the next block's "\n"
            # then only adds a blank line number, so it waits
            if text.endswith("\r") and not final:
                text = text[:-1]
                self._decode = _prepend("\r", self._decode)
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text

    def _cut(self, text, final):
        """Return where the lines to hand out end."""
        cut = text.rfind("\n") + 1
        held = 0
        while held < self.hold and cut:
            begin = text.rfind("\n", 0, cut - 1) + 1
            held += bool(text[begin:cut].strip())
            cut = begin
        if self.hold and not final and not cut and len(text) > 16 * MAX_LINE:
            raise MarketError("file_line_too_long", params={"limit": MAX_LINE})
        return cut

    def guess_encoding(self, words: list[str]) -> str | None:
        """Return an encoding in which the file's beginning has all the words."""
        for encoding in _GUESSES:
            if encoding == self.encoding:
                continue
            text = self.head[:20_000].decode(encoding, "ignore").casefold()
            if words and all(word.casefold() in text for word in words):
                return encoding
        return None


def _plain_name(encoding):
    name = codecs.lookup(encoding).name
    return "utf-8" if name == "utf-8-sig" else name


def _prepend(text, decode):
    """Return a decoder that puts a text before its first result."""
    waiting = [text]

    def decode_after(raw, final):
        return (waiting.pop() if waiting else "") + decode(raw, final)

    return decode_after


class CsvRows:
    """Iterator of (row number, cells) over a CSV file; quoted cells may span lines.

    `lines` is the number of lines read so far.
    """

    def __init__(self, profile, blocks):
        self._reader = csv.reader(
            (
                line
                for _number, text in blocks
                for line in text.removesuffix("\n").split("\n")
            ),
            delimiter=profile.delimiter,
            quotechar=profile.quote,
        )

    def __iter__(self):
        return self

    def __next__(self) -> tuple[int, list[str]]:
        row = self.lines + 1
        try:
            cells = next(self._reader)
        except csv.Error as error:
            raise MarketError(
                "file_csv_broken", Place(row), {"reason": str(error)}
            ) from error
        if len(cells) > MAX_COLUMNS:
            raise MarketError("file_line_too_long", Place(row), {"limit": MAX_COLUMNS})
        return row, cells

    @property
    def lines(self) -> int:
        return self._reader.line_num


def split_lines(profile, lines: list[str], first: int) -> list[list[str]]:
    """Return the cells of single lines (from row `first`), one record each."""
    rows = []
    for number, line in enumerate(lines):
        try:
            cells = next(
                csv.reader(
                    [line], delimiter=profile.delimiter, quotechar=profile.quote
                ),
                [],
            )
        except csv.Error as error:
            raise MarketError(
                "file_csv_broken", Place(first + number), {"reason": str(error)}
            ) from error
        rows.append(cells)
    return rows


def xlsx_rows(profile, fileobj) -> Iterator[tuple[int, list]]:
    """Yield (row number, native cells) of a workbook's sheet, as stored values."""
    _check_zip(fileobj)
    # A damaged workbook makes openpyxl raise almost anything: KeyError, TypeError,
    # ParseError, zlib.error… All of it means the same to the clerk.
    try:
        workbook = load_workbook(
            fileobj, read_only=True, data_only=True, keep_links=False
        )
    except MemoryError:
        raise
    except Exception as error:
        raise MarketError("file_xlsx_broken") from error
    sheet = _sheet(profile, workbook)
    try:
        sheet.reset_dimensions()  # the stated size may be wrong or a trap
        rows = sheet.iter_rows(values_only=True)
    except Exception as error:
        raise MarketError("file_xlsx_broken") from error
    number = 0
    while True:
        try:
            cells = next(rows, None)
        except MemoryError:
            raise
        except Exception as error:
            raise MarketError("file_xlsx_broken", Place(number + 1)) from error
        if cells is None:
            return
        number += 1
        if number > MAX_ROWS_XLSX or len(cells) > MAX_COLUMNS_XLSX:
            reason = f"{MAX_ROWS_XLSX} × {MAX_COLUMNS_XLSX}"
            raise MarketError("file_xlsx_too_large", Place(number), {"reason": reason})
        yield number, list(cells)


def _check_zip(fileobj):
    fileobj.seek(0)
    head = fileobj.read(8192)
    if not head:
        raise MarketError("file_empty")
    if not head.startswith(b"PK"):
        raise MarketError(
            "file_other_format",
            params={
                "found": kind_of(head) or "no workbook",
                "expected": "an XLSX workbook",
            },
        )
    try:
        with zipfile.ZipFile(fileobj) as archive:
            _check_members(archive)
            _check_prologs(archive)
    except MarketError:
        raise
    except Exception as error:  # as above: a damaged archive raises almost anything
        raise MarketError("file_xlsx_broken") from error
    finally:
        fileobj.seek(0)


def _check_members(archive):
    """Refuse an archive that unpacks to too much.

    The reader never unpacks more than the stated size, so the sizes can be trusted.
    """
    members = archive.infolist()
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > MAX_MEMBERS or total > MAX_UNPACKED:
        raise MarketError("file_xlsx_too_large", params={"reason": f"{total} B"})
    if total > 16 << 20 and total > MAX_RATIO * max(packed, 1):
        raise MarketError("file_xlsx_too_large", params={"reason": f"{total} B"})
    for member in members:
        if member.filename.endswith(".bin") or "vbaProject" in member.filename:
            continue
        # the list of texts and the formats are held in memory as a whole
        whole = "worksheets/" not in member.filename
        if whole and member.file_size > MAX_STRINGS:
            raise MarketError(
                "file_xlsx_too_large", params={"reason": member.filename[:80]}
            )


def _check_prologs(archive):
    """Refuse parts with a document type: the format forbids them, entities need them.

    They could only be used to read other files or to unfold without end.
    """
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            with archive.open(member) as part:
                head = part.read(1 << 16).replace(b"\0", b"")
            if b"<!DOCTYPE" in head:
                raise MarketError("file_xlsx_broken")


def _sheet(profile, workbook):
    sheets = workbook.worksheets
    found = ", ".join(sheet.title for sheet in sheets)
    for number, sheet in enumerate(sheets, 1):
        if profile.sheet in ("", str(number), sheet.title):
            return sheet
    raise MarketError(
        "sheet_missing", params={"sheet": profile.sheet or "1", "found": found[:200]}
    )


def without_footer(profile, rows) -> Iterator[tuple[int, list]]:
    """Yield rows that are neither blank, nor a total, nor among the last ones."""
    held = deque()
    for number, cells in rows:
        first = next((str(c).strip() for c in cells if str_or_none(c)), None)
        if first is None or is_total(profile, first):
            continue
        held.append((number, cells))
        if len(held) > profile.footer_rows:
            yield held.popleft()


def str_or_none(cell) -> str | None:
    """Return the text of a cell that is not blank."""
    return None if cell is None else str(cell).strip() or None


def is_total(profile, first: str) -> bool:
    """Tell whether a row beginning with this text is one of the profile's totals."""
    first = first.casefold()
    return any(first.startswith(text.casefold()) for text in profile.footer_match)
