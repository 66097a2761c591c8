"""The three forms."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

from lxml import etree
from xlsxwriter import Workbook

from .errors import ExportError, _
from .layout import FORMS, Control

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Of every workbook: the same rows are the same bytes."""
SHEET_ROWS = 1_048_576


def write(target, layout, rows):
    """Write ``rows`` into a binary file object.

    :param rows: sequences of values, one for each column
    :return: :class:`.layout.Control`
    :raises ExportError: for a layout or a value that fits no file
    """
    if layout.form not in FORMS:
        raise ExportError(
            _("There are no files of the form “%(form)s”."), form=layout.form
        )
    layout.check()
    counter = _Counter(layout)
    _WRITERS[layout.form](target, layout, counter.count(rows), counter)
    return counter.control()


class _Counter:
    """Counts and adds while rows pass by."""

    def __init__(self, layout):
        self.rows = 0
        self.places = [
            place for place, column in enumerate(layout.columns) if column.total
        ]
        self.columns = layout.columns
        self.sums = {place: Decimal(0) for place in self.places}

    def count(self, rows):
        sums, places = self.sums, self.places
        for row in rows:
            self.rows += 1
            for place in places:
                if row[place] is not None:
                    sums[place] += row[place]
            yield row

    def control(self):
        totals = {self.columns[place].title: self.sums[place] for place in self.places}
        return Control(self.rows, totals)

    def closing(self):
        """The row of totals: sums in their columns, None elsewhere."""
        return [self.sums.get(place) for place in range(len(self.columns))]


def _formatters(layout):
    """A function for each column: value → text."""
    stamp = f"{layout.date_format} %H:%M:%S"

    def amount(digits):
        unit = Decimal(1).scaleb(-digits)

        def text(value):
            return f"{value.quantize(unit):f}".replace(".", layout.decimal)

        return text

    def quantity(digits):
        unit = Decimal(1).scaleb(-digits)

        def text(value):
            plain = f"{value.quantize(unit):f}"
            if "." in plain:
                plain = plain.rstrip("0").rstrip(".")
            return plain.replace(".", layout.decimal)

        return text

    def plain(width):
        return (lambda value: str(value)[:width]) if width else str

    made = []
    for column in layout.columns:
        made.append(
            {
                "text": plain(column.width),
                "integer": str,
                "amount": amount(column.digits),
                "quantity": quantity(column.digits),
                "date": lambda value: value.strftime(layout.date_format),
                "datetime": lambda value: value.strftime(stamp),
                "boolean": lambda value: "1" if value else "0",
            }[column.kind]
        )
    return made


def _write_csv(target, layout, rows, counter):
    text = io.TextIOWrapper(
        target, encoding=layout.encoding, errors="replace", newline=""
    )
    lines = csv.writer(text, delimiter=layout.delimiter, lineterminator="\r\n")
    if layout.header:
        lines.writerow([column.title for column in layout.columns])
    formatters = _formatters(layout)
    texts = [layout.neutral and column.kind == "text" for column in layout.columns]
    for row in rows:
        lines.writerow(
            [
                ""
                if value is None
                else _neutral(formatted(value))
                if is_text
                else formatted(value)
                for value, formatted, is_text in zip(
                    row, formatters, texts, strict=True
                )
            ]
        )
    if layout.control:
        cells = [
            "" if value is None else formatted(value)
            for value, formatted in zip(counter.closing(), formatters, strict=True)
        ]
        cells[:2] = ["TOTAL", str(counter.rows)][: len(cells)]
        lines.writerow(cells)
    text.flush()
    text.detach()


def _neutral(text):
    """A text a spreadsheet would take for a formula is quoted."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _write_xlsx(target, layout, rows, counter):
    book = Workbook(
        target,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
        },
    )
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet(layout.sheet[:31])
    styles = _styles(book, layout)
    for place, (column, style) in enumerate(zip(layout.columns, styles, strict=True)):
        width = {"text": 24, "datetime": 18}.get(column.kind, 13)
        sheet.set_column(place, place, max(width, len(column.title) + 2), style)
    line = 0
    if layout.header:
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True, "text_wrap": True})
        for place, column in enumerate(layout.columns):
            sheet.write_string(0, place, column.title, bold)
        line = 1
    formatters = _formatters(layout)
    for row in rows:
        if line >= SHEET_ROWS - 1:
            raise ExportError(
                _(
                    "A sheet holds %(limit)s rows. Choose CSV or XML, or fewer records "
                    "for one file."
                ),
                limit=f"{SHEET_ROWS:,}",
            )
        _write_row(sheet, line, layout.columns, row, styles, formatters)
        line += 1
    if layout.control:
        closing = counter.closing()
        _write_row(sheet, line, layout.columns, closing, styles, formatters)
        if closing[0] is None:
            sheet.write_string(line, 0, "TOTAL")
        if len(closing) > 1 and closing[1] is None:
            whole = book.add_format({"num_format": "0"})
            sheet.write_number(line, 1, counter.rows, whole)
    book.close()


def _styles(book, layout):
    made = {}
    styles = []
    for column in layout.columns:
        pattern = {
            "amount": "#,##0" + ("." + "0" * column.digits if column.digits else ""),
            "quantity": "#,##0" + ("." + "#" * column.digits if column.digits else ""),
            "integer": "0",
            "date": "yyyy-mm-dd",
            "datetime": "yyyy-mm-dd hh:mm:ss",
        }.get(column.kind)
        if pattern not in made:
            made[pattern] = book.add_format({"num_format": pattern} if pattern else {})
        styles.append(made[pattern])
    return styles


def _write_row(sheet, line, columns, row, styles, formatters):
    for place, (column, value, style) in enumerate(
        zip(columns, row, styles, strict=True)
    ):
        if value is None:
            continue
        if column.kind in ("amount", "quantity", "integer"):
            sheet.write_number(line, place, value, style)
        elif isinstance(value, date):
            sheet.write_datetime(line, place, value, style)
        elif column.kind == "boolean":
            sheet.write_boolean(line, place, value, style)
        else:
            sheet.write_string(line, place, formatters[place](value), style)


def _write_xml(target, layout, rows, counter):
    formatters = _formatters(layout)
    titles = [column.title for column in layout.columns]
    with etree.xmlfile(target, encoding="utf-8") as file:
        file.write_declaration()
        with file.element(layout.root):
            for row in rows:
                element = etree.Element(layout.row)
                for title, value, formatted in zip(
                    titles, row, formatters, strict=True
                ):
                    if value is not None:
                        etree.SubElement(element, title).text = _clean(formatted(value))
                element.tail = "\n"
                file.write(element)
            if layout.control:
                control = etree.Element("control", rows=str(counter.rows))
                for title, value, formatted in zip(
                    titles, counter.closing(), formatters, strict=True
                ):
                    if value is not None:
                        etree.SubElement(control, title).text = formatted(value)
                file.write(control)


_CONTROL = dict.fromkeys(n for n in range(32) if n not in (9, 10, 13))


def _clean(text):
    """Without the signs that XML has no way to write."""
    return text.translate(_CONTROL)


_WRITERS = {"csv": _write_csv, "xlsx": _write_xlsx, "xml": _write_xml}
