"""Blocks of interval rows: keys as codes of a category, values as an array.

Text is parsed by pandas' C engine, some ten million values a second. What it can't
read (ragged lines, cells that are no number) is read again cell by cell, which is a
hundred times slower and says what is wrong.
"""

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from ..errors import MarketError
from .cells import MAX_VALUE, CellError, CellReader
from .header import Header, read_header, with_guess
from .sources import (
    CsvRows,
    TextBlocks,
    is_total,
    split_lines,
    str_or_none,
    without_footer,
    xlsx_rows,
)

XLSX_ROWS = 2_000
TEXT = "\1"
"""A cell that is no number. pandas reads a column of numbers as such even where texts
are asked for, and 007 is another point than 7."""


class Keys(NamedTuple):
    """A column of repeated texts: `codes` index `cells`, -1 is an empty cell."""

    codes: np.ndarray
    cells: list


@dataclass
class Block:
    """Some rows of a file.

    `rows` are row numbers from 1, `values` an array of rows × value columns in the
    file's unit with NaN for empty cells, `wrong` lists (row index, value index, text)
    of cells that are no numbers, `ragged` row indexes with more cells than the header.
    `value_quality` has the quality of each value where the file gives one.
    """

    rows: np.ndarray
    keys: dict[str, Keys]
    values: np.ndarray
    value_quality: list[Keys] = field(default_factory=list)
    wrong: list[tuple[int, int, str]] = field(default_factory=list)
    ragged: list[int] = field(default_factory=list)


@dataclass
class Layout:
    """Which columns (from 0) of a file hold keys, values and value qualities.

    `width` is the number of columns a line may have.
    """

    header: Header
    width: int
    keys: dict[str, int]
    values: list[int]
    qualities: list[int]

    def __post_init__(self):
        used = (*self.keys.values(), *self.values, *self.qualities)
        self.width = max(self.width, 1 + max(used, default=0))


def open_blocks(profile, fileobj, find_layout) -> tuple[Layout, Iterator[Block]]:
    """Return the layout of a file and its blocks.

    `find_layout(profile, header, width)` names the columns once the header is known.
    """
    if profile.format == "xlsx":
        rows = xlsx_rows(profile, fileobj)
        header = read_header(profile, rows)
        rows = without_footer(profile, rows)
        first = next(rows, None)
        if first is None:
            raise MarketError("file_no_rows")
        width = max(len(header.cells or ()), len(first[1]))
        layout = find_layout(profile, header, width)
        return layout, _row_blocks(profile, layout, first, rows)
    blocks = TextBlocks(fileobj, profile.encoding, profile.footer_rows)
    try:
        return _open_text(profile, blocks, find_layout)
    except MarketError as error:
        raise with_guess(error, profile, blocks) from error


def _open_text(profile, blocks, find_layout):
    texts = iter(blocks)
    start = next(texts, None)
    if start is None:
        raise MarketError("file_no_rows")
    rows = CsvRows(profile, [start])
    header = read_header(profile, rows)
    lines = start[1].removesuffix("\n").split("\n")[rows.lines :]
    number = start[0] + rows.lines
    width = len(header.cells or ())
    for line in lines:
        if line.strip():
            width = max(width, len(split_lines(profile, [line], number)[0]))
            break
    layout = find_layout(profile, header, width)
    return layout, _text_blocks(profile, layout, number, lines, texts)


def _text_blocks(profile, layout, number, lines, texts):
    reader = CellReader(profile)
    if lines:
        yield _text_block(profile, layout, reader, number, "\n".join(lines) + "\n")
    del lines
    for number, text in texts:
        yield _text_block(profile, layout, reader, number, text)


def _text_block(profile, layout, reader, number, text):
    if profile.footer_match:
        text = _without_totals(profile, text)
    count = text.count("\n")
    frame = None if profile.thousands else _frame(profile, layout, text)
    if frame is None or len(frame) != count:
        lines = text.removesuffix("\n").split("\n")
        cells = split_lines(profile, lines, number)
        numbers = range(number, number + len(cells))
        return _cell_block(layout, reader, numbers, cells)
    keys = {name: _keys(frame[column]) for name, column in layout.keys.items()}
    extra = frame[layout.width]
    ragged = np.flatnonzero(extra.notna().to_numpy())
    values = frame[layout.values].to_numpy(np.float64)
    block = Block(
        rows=np.arange(number, number + count),
        keys=keys,
        values=values,
        value_quality=[_keys(frame[column]) for column in layout.qualities],
        ragged=[int(i) for i in ragged if str_or_none(extra.iat[i])],
    )
    excessive = np.abs(values) >= MAX_VALUE
    if excessive.any():
        for i, k in zip(*np.nonzero(excessive), strict=True):
            block.wrong.append((int(i), int(k), str(values[i, k])))
        block.values = np.where(excessive, np.nan, values)
    return block


def _frame(profile, layout, text):
    """Return the block as a frame, None when some cell or line can't be read."""
    lower = text.lower()
    if "true" in lower or "false" in lower:
        return None  # pandas would read them as 1 and 0
    texts = set(layout.keys.values()) | set(layout.qualities)
    types = dict.fromkeys(layout.values, np.float64)
    types |= dict.fromkeys(texts, "category") | {layout.width: object}
    # The first line put before the text fixes the number of columns: the header's and
    # one more, which catches what is too much in a line. The second keeps texts texts.
    marks = [TEXT if n in texts else "" for n in range(layout.width + 1)]
    head = profile.delimiter * layout.width + "\n" + profile.delimiter.join(marks)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pd.read_csv(
                io.StringIO(head + "\n" + text),
                sep=profile.delimiter,
                quotechar=profile.quote,
                decimal=profile.decimal,
                header=0,
                names=range(layout.width + 1),
                usecols=sorted(types),
                dtype=types,
                index_col=False,
                skip_blank_lines=False,
                keep_default_na=False,
                na_values=["", *profile.empty],
                low_memory=False,
            )
            return frame.iloc[1:]
    except (ValueError, TypeError, OverflowError, Warning):
        return None


def _keys(column):
    cells = [None if cell == TEXT else cell for cell in column.cat.categories]
    return Keys(column.cat.codes.to_numpy(np.int64), cells)


def _without_totals(profile, text):
    """Return the text with lines of totals made empty, so row numbers stay."""
    folded = text.casefold()
    if not any(mark.casefold() in folded for mark in profile.footer_match):
        return text
    blanks = " \t" + profile.delimiter + profile.quote
    return "\n".join(
        "" if is_total(profile, line.lstrip(blanks)) else line
        for line in text.split("\n")
    )


def _row_blocks(profile, layout, first, rows):
    reader = CellReader(profile)
    numbers, cells = [first[0]], [first[1]]
    for number, row in rows:
        if len(cells) == XLSX_ROWS:
            yield _cell_block(layout, reader, numbers, cells)
            numbers, cells = [], []
        numbers.append(number)
        cells.append(row)
    yield _cell_block(layout, reader, numbers, cells)


def _cell_block(layout, reader, numbers, rows):
    """Return a block of rows given as lists of cells."""
    width = layout.width
    padded = [row + [None] * (width - len(row)) for row in rows]
    values = np.full((len(rows), len(layout.values)), np.nan)
    block = Block(
        rows=np.fromiter(numbers, np.int64, len(rows)),
        keys={
            name: _factorize(reader, [row[column] for row in padded])
            for name, column in layout.keys.items()
        },
        values=values,
        value_quality=[
            _factorize(reader, [row[column] for row in padded])
            for column in layout.qualities
        ],
        ragged=[i for i, row in enumerate(rows) if any(map(str_or_none, row[width:]))],
    )
    for i, row in enumerate(padded):
        for k, column in enumerate(layout.values):
            cell = row[column]
            if cell is None or cell == "":
                continue
            try:
                value = reader.value(cell)
            except CellError as error:
                block.wrong.append((i, k, error.value))
            else:
                if value is not None:
                    values[i, k] = value
    return block


def _factorize(reader, cells):
    """Return cells as codes of the distinct ones; types are kept apart."""
    index = {}
    codes = np.empty(len(cells), np.int64)
    for i, cell in enumerate(cells):
        if cell is None or (isinstance(cell, str) and reader.text(cell) is None):
            codes[i] = -1
        else:
            codes[i] = index.setdefault((type(cell), cell), len(index))
    return Keys(codes, [cell for _type, cell in index])
