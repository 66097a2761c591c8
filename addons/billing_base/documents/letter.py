"""Letters with a table: a claim, a balance statement, whatever has rows and a sum."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .formats import Formats
from .layout import WINDOW_TOP
from .model import Currency, EmbeddedFile, Fact, Figure, Layout, Party, Payment
from .parts import draw_panel, draw_paragraphs, draw_tiles, draw_title
from .payment import draw_payment
from .tables import Column, Row, Table


@dataclass(frozen=True)
class LetterColumn:
    """``kind``: ``text`` (one of them wraps), ``code``, ``date``, ``quantity`` or
    ``amount``."""

    title: str
    kind: str = "code"


@dataclass(frozen=True)
class LetterTable:
    """Rows of values by the columns; None is an empty cell.

    ``total`` is a closing row of the same shape, ``carry`` the place of the column
    whose running total is carried over to the next page.
    """

    columns: tuple[LetterColumn, ...]
    rows: tuple[tuple, ...]
    title: str = ""
    total: tuple | None = None
    carry: int | None = None


@dataclass(frozen=True)
class Letter:
    """A letter; ``title`` says what it is, ``figures`` stand in the strip below."""

    title: str
    number: str
    currency: Currency
    seller: Party
    buyer: Party
    tables: tuple[LetterTable, ...]
    created: datetime
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    lang: str = "en_US"
    issue_date: date | None = None
    facts: tuple[Fact, ...] = ()
    payment: Payment | None = None
    draft: bool = False
    layout: Layout = Layout()
    texts: Mapping[str, str] = field(default_factory=dict)
    formats: Formats | None = None
    attachments: tuple[EmbeddedFile, ...] = ()

    kind = "letter"


_ALIGN = {"amount": "right", "quantity": "decimal"}


def draw_letter(frame):
    """Draw a :class:`Letter`, beginning on an empty first page."""
    document, texts, formats = frame.document, frame.texts, frame.formats
    running = f"{document.title} {document.number}".strip()
    seller_edge = frame.letterhead((document.seller.name, running))
    address_edge = frame.address()
    rows = []
    if document.issue_date:
        rows.append((texts["date"], formats.day(document.issue_date)))
    rows += [(fact.label, formats.value(fact.value)) for fact in document.facts]
    facts_edge = draw_panel(frame, rows, min(WINDOW_TOP + 6, seller_edge - 8))
    frame.y = min(address_edge, facts_edge) - 14
    draw_title(frame, document.title)
    if document.figures:
        draw_tiles(frame, [_tile(frame, figure) for figure in document.figures])
    draw_paragraphs(frame, document.opening, 9, muted=False)
    frame.y -= 4
    for table in document.tables:
        _table(frame, table)
    if document.payment:
        draw_payment(frame, document.payment, [])
    draw_paragraphs(frame, document.closing, 9, muted=False)


def _tile(frame, figure):
    value = figure.value
    if figure.unit:
        return figure.label, f"{frame.formats.value(value)} {figure.unit}"
    if isinstance(value, Decimal):
        return figure.label, frame.formats.money(value, frame.document.currency)
    return figure.label, frame.formats.value(value)


def _table(frame, table):
    if not table.rows:
        return
    if table.title:
        # A title and the first rows stay together.
        frame.require(70)
        frame.sheet.text(
            frame.left, frame.y - 10, table.title, 10, frame.palette.primary, bold=True
        )
        frame.y -= 16
    columns = [
        Column(
            column.title,
            _ALIGN.get(column.kind, "left"),
            text=column.kind == "text",
            skip=column.kind != "text",
        )
        for column in table.columns
    ]
    rows = [_row(frame, table, values) for values in table.rows]
    if table.total:
        rows.append(_row(frame, table, table.total, "total"))
    Table(frame, columns, rows, carry=table.carry, size=8).draw()
    frame.y -= 12


def _row(frame, table, values, kind="row"):
    formats, digits = frame.formats, frame.document.currency.digits
    cells = []
    for column, value in zip(table.columns, values, strict=True):
        if value is None:
            cells.append("")
        elif column.kind == "amount" and isinstance(value, Decimal):
            cells.append(formats.number(value, digits))
        else:
            cells.append(formats.value(value))
    amount = values[table.carry] if table.carry is not None and kind == "row" else None
    return Row(tuple(cells), amount=amount, kind=kind)
