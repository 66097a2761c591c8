"""Tables on the canvas: columns as wide as their figures, split over pages with
carried-over totals.

Figures are never cut or wrapped: columns take the width of their widest cell, the
text column takes what is left and wraps. Where that would be too little, the whole
table is set in a smaller size.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from .layout import fitted, wrapped

PAD = 4.0
#: The text column is never narrower than this share of the table.
_TEXT_SHARE = 0.27
_SIZES = (1.0, 0.93, 0.86, 0.8, 0.74, 0.68)


@dataclass(frozen=True)
class Column:
    """``align``: left, right or decimal (decimal marks below each other).

    The one column with ``text`` takes the remaining width and wraps. ``skip`` leaves
    the column out when all of its cells are empty.
    """

    title: str
    align: str = "left"
    text: bool = False
    skip: bool = True


@dataclass(frozen=True)
class Row:
    """Cells of a line, already formatted.

    ``kind``: ``row``; ``head`` (a heading inside the table, kept with the next row);
    ``total``. ``amount`` is added to the running total. ``detail`` is a small text
    below the text cell.
    """

    cells: tuple[str, ...]
    amount: Decimal | None = None
    kind: str = "row"
    detail: str = ""


@dataclass(frozen=True)
class _Placed:
    column: Column
    index: int
    left: float
    right: float
    # For decimal alignment: the widest part from the decimal mark on.
    tail: float


class Table:
    """A table ready to be drawn on a frame, below its cursor.

    :param columns: :class:`Column`; exactly one with ``text``.
    :param rows: :class:`Row`.
    :param carry: index of the column that shows carried-over totals, or None.
    :param size: font size of cells in points.
    :param lines: most lines of a text cell before it is cut.
    """

    def __init__(self, frame, columns, rows, carry=None, size=8.0, lines=3):
        self.frame = frame
        self.sheet = frame.sheet
        self.rows = rows
        self.carry = carry
        self.lines = lines
        self.mark = frame.formats.decimal
        self.columns = [
            (index, column)
            for index, column in enumerate(columns)
            if not column.skip or any(row.cells[index] for row in rows)
        ]
        self._fit(size)
        self.leading = self.size * 1.28
        self.height = self.size * 1.28 + self.size * 0.55

    # Widths -----------------------------------------------------------------------

    def _fit(self, size):
        """Choose the largest size in which the text column keeps its share."""
        widths = {}
        for index, column in self.columns:
            if not column.text:
                widths[index] = self._natural(index, column, size)
        fixed = sum(width + 2 * PAD for width, _tail in widths.values())
        paddings = 2 * PAD * len(widths)
        least = self.frame.width * _TEXT_SHARE
        scale = next(
            (
                scale
                for scale in _SIZES
                if (fixed - paddings) * scale + paddings + least <= self.frame.width
            ),
            _SIZES[-1],
        )
        self.size = size * scale
        text_width = self.frame.width - ((fixed - paddings) * scale + paddings)
        self.placed, x = [], self.frame.left
        for index, column in self.columns:
            if column.text:
                width, tail = text_width - 2 * PAD, 0.0
            else:
                width, tail = (part * scale for part in widths[index])
            self.placed.append(_Placed(column, index, x + PAD, x + PAD + width, tail))
            x += width + 2 * PAD
        self.text = next(place for place in self.placed if place.column.text)

    def _natural(self, index, column, size):
        """Width a column needs: (whole, part from the decimal mark on)."""
        bold_face, face = self.sheet.fonts.bold, self.sheet.fonts.regular
        title = max(
            (bold_face.width(word, size * 0.86) for word in column.title.split()),
            default=0,
        )
        if self.carry == index:
            # Totals are wider than their parts and bold.
            total = sum((row.amount for row in self.rows if row.amount), Decimal(0))
            digits = self.frame.document.currency.digits
            carried = self.frame.formats.number(total, digits)
            title = max(title, bold_face.width(carried, size))
        head = tail = 0.0
        for cell in {row.cells[index] for row in self.rows if row.kind != "head"}:
            if not cell:
                continue
            if column.align == "decimal":
                place = self._mark(cell)
                tail = max(tail, face.width(cell[place:], size))
                head = max(head, face.width(cell[:place], size))
            else:
                head = max(head, face.width(cell, size))
        return max(head + tail, title), tail

    def _mark(self, cell):
        place = cell.find(self.mark)
        return place if place >= 0 else len(cell)

    # Drawing ----------------------------------------------------------------------

    def draw(self):
        """Draw all rows, turning pages as needed; leaves the cursor below."""
        frame, running = self.frame, Decimal(0)
        first = self._height(self.rows[0]) if self.rows else 0
        second = self._height(self.rows[1]) if len(self.rows) > 1 else 0
        frame.require(self._head_height() + first + second + self.height)
        self._head()
        for position, row in enumerate(self.rows):
            following = self.rows[position + 1 : position + 2]
            need = self._height(row)
            if row.kind == "head" and following:
                need += self._height(following[0])
            elif following and following[0].kind == "total":
                need += self._height(following[0])
            elif following and self.carry is not None:
                need += self.height
            if need > frame.room and position:
                self._break(running)
            self._row(row)
            if row.amount is not None:
                running += row.amount

    def _break(self, running):
        """Carry the running total over to the next page."""
        carried = self.carry is not None and running
        if carried:
            self._carry_row(self.frame.texts["carried"], running)
        self.frame.turn()
        self._head()
        if carried:
            self._carry_row(self.frame.texts["brought"], running)

    def _carry_row(self, label, running):
        digits = self.frame.document.currency.digits
        cells = [""] * (max(place.index for place in self.placed) + 1)
        cells[self.text.index] = label
        cells[self.carry] = self.frame.formats.number(running, digits)
        self._row(Row(tuple(cells), kind="carry"))

    def _height(self, row):
        lines = len(self._lines(row))
        height = self.height + (lines - 1) * self.leading
        if row.detail:
            height += len(self._detail(row)) * self.leading * 0.86
        return height

    def _lines(self, row):
        text = row.cells[self.text.index]
        bold = row.kind != "row"
        width = self._text_width(row)
        lines = wrapped(self.sheet, text, self.size, width, bold)
        if len(lines) > self.lines:
            rest = " ".join(lines[self.lines - 1 :])
            lines = lines[: self.lines - 1]
            lines.append(fitted(self.sheet, rest, self.size, width, bold))
        return lines

    def _text_width(self, row):
        """Headings and totals may run on over the empty cells to their right."""
        place = self.text
        if row.kind == "row":
            return place.right - place.left
        after = [other for other in self.placed if other.left > place.left]
        filled = [other for other in after if row.cells[other.index]]
        limit = self._start(filled[0], row) if filled else self.frame.right - PAD
        return limit - 2 * PAD - place.left if filled else limit - place.left

    def _start(self, place, row):
        """Where the cell's ink begins, for a right-aligned one."""
        if place.column.align == "left":
            return place.left
        bold = row.kind != "row"
        return place.right - self.sheet.width(row.cells[place.index], self.size, bold)

    def _detail(self, row):
        width = self.text.right - self.text.left
        return wrapped(self.sheet, row.detail, self.size * 0.86, width)[:4]

    def _titles(self):
        size = self.size * 0.86
        titles = []
        for place in self.placed:
            width = place.right - place.left
            lines = wrapped(self.sheet, place.column.title, size, width + PAD, True)
            titles.append((place, lines[:2]))
        return size, titles

    def _head_height(self):
        _size, titles = self._titles()
        lines = max(len(lines) for _place, lines in titles)
        return lines * self.size + self.size * 0.95

    def _head(self):
        frame, palette = self.frame, self.frame.palette
        size, titles = self._titles()
        height = self._head_height()
        self.sheet.box(frame.left, frame.y - height, frame.width, height, palette.tint)
        for place, lines in titles:
            y = frame.y - height + self.size * 0.62 + (len(lines) - 1) * self.size
            for line in lines:
                if place.column.align == "left":
                    self.sheet.text(place.left, y, line, size, palette.primary, True)
                else:
                    self.sheet.text_right(
                        place.right, y, line, size, palette.primary, True
                    )
                y -= self.size
        frame.y -= height

    def _row(self, row):
        frame, sheet, palette = self.frame, self.sheet, self.frame.palette
        bold = row.kind in ("head", "total")
        shade = palette.muted if row.kind == "carry" else palette.ink
        height = self._height(row)
        baseline = frame.y - self.size * 1.22
        if row.kind == "total":
            sheet.rule(frame.left, frame.y, frame.width, palette.strong, 0.7)
        y = baseline
        for line in self._lines(row):
            sheet.text(self.text.left, y, line, self.size, shade, bold)
            y -= self.leading
        for line in self._detail(row) if row.detail else ():
            sheet.text(self.text.left, y, line, self.size * 0.86, palette.muted)
            y -= self.leading * 0.86
        # After the text, so that a reader says the row in its order.
        for place in self.placed:
            if place is not self.text:
                self._cell(place, row, baseline, shade, bold)
        frame.y -= height
        if row.kind == "row":
            sheet.rule(frame.left, frame.y, frame.width, palette.rule, 0.35)

    def _cell(self, place, row, baseline, shade, bold):
        cell = row.cells[place.index]
        if not cell:
            return
        if place.column.align == "left":
            self.sheet.text(place.left, baseline, cell, self.size, shade, bold)
            return
        right = place.right
        if place.column.align == "decimal" and row.kind == "row":
            tail = cell[self._mark(cell) :]
            right -= place.tail - self.sheet.fonts.regular.width(tail, self.size)
        self.sheet.text_right(right, baseline, cell, self.size, shade, bold)


def titled(columns, texts):
    """Columns with their titles taken from the translated texts by key."""
    return [replace(column, title=texts[column.title]) for column in columns]
