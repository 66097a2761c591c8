"""Records to a workbook that reads back as the same records."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from decimal import Decimal

import xlsxwriter

from .cells import plain
from .columns import BOOLEAN, CHOICE, CODES, DATE, DECIMAL, INTEGER, Column, Sheet

#: rows below the data that still offer the choices of a column
SPARE_ROWS = 1000


def write_file(tables: Iterable[tuple[Sheet, Iterable[Mapping]]]) -> bytes:
    """An .xlsx of the sheets with their rows.

    Codes are cells of text, so that leading zeros stay; a number that Excel's 15
    digits can't hold is text too.

    :param tables: (sheet, rows) pairs; a row maps column keys to values, missing
        ones are empty
    """
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        formats = _formats(workbook)
        for sheet, rows in tables:
            _write_sheet(workbook, formats, sheet, rows)
    return stream.getvalue()


def _formats(workbook) -> dict:
    text = workbook.add_format({"num_format": "@"})
    return {
        "head": workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
        "needed": workbook.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#E8EEF7"}
        ),
        DATE: workbook.add_format({"num_format": "yyyy-mm-dd"}),
        DECIMAL: workbook.add_format({"num_format": "0.00######"}),
        INTEGER: workbook.add_format({"num_format": "0"}),
        BOOLEAN: None,
        "text": text,
        CHOICE: None,
        CODES: text,
    }


def _write_sheet(workbook, formats, sheet: Sheet, rows: Iterable[Mapping]):
    page = workbook.add_worksheet(sheet.title[:31])
    page.freeze_panes(1, 0)
    for index, column in enumerate(sheet.columns):
        head = formats["needed" if column.required else "head"]
        page.write_string(0, index, column.title, head)
        page.set_column(index, index, column.width, formats[column.kind])
        if column.help:
            page.write_comment(0, index, column.help)
    last = 0
    for last, row in enumerate(rows, start=1):
        for index, column in enumerate(sheet.columns):
            value = row.get(column.key)
            if value not in (None, "", ()):
                _write_cell(page, last, index, column, value, formats[column.kind])
    for index, column in enumerate(sheet.columns):
        _offer_choices(page, index, column, last + SPARE_ROWS)
    page.autofilter(0, 0, last, len(sheet.columns) - 1)


def _offer_choices(page, index: int, column: Column, last: int):
    labels = [label for _value, label in column.choices]
    # Excel takes at most 255 characters of choices and separates them by commas
    if column.kind != CHOICE or len(",".join(labels)) > 255:
        return
    if not any("," in label for label in labels):
        page.data_validation(
            1, index, last, index, {"validate": "list", "source": labels}
        )


def _write_cell(page, row: int, index: int, column: Column, value, style):
    if column.kind == DATE and value.year >= 1900:  # where Excel's days begin
        page.write_datetime(row, index, value, style)
    elif column.kind == BOOLEAN:
        page.write_boolean(row, index, bool(value))
    elif column.kind == INTEGER:
        page.write_number(row, index, value, style)
    elif column.kind == DECIMAL:
        number = Decimal(value)
        if Decimal(f"{float(number):.15g}") == number:
            page.write_number(row, index, float(number), style)
        else:
            page.write_string(row, index, plain(number))
    elif column.kind == CODES:
        _write_text(page, row, index, ", ".join(value), style)
    elif column.kind == CHOICE:
        _write_text(page, row, index, column.label(value), style)
    else:
        _write_text(page, row, index, str(value), style)


def _write_text(page, row: int, index: int, text: str, style):
    if page.write_string(row, index, text, style) != 0:
        raise ValueError(f"a cell of a workbook holds at most 32767 characters: {text}")
