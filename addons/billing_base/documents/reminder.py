"""The reminder: what is open, since when, what it has cost, and how to pay it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .errors import DocumentError, _
from .formats import Formats
from .layout import WINDOW_TOP
from .model import Currency, EmbeddedFile, Fact, Layout, Party, Payment
from .parts import (
    draw_panel,
    draw_paragraphs,
    draw_tiles,
    draw_title,
    draw_totals,
    totals_height,
)
from .payment import draw_payment
from .tables import Column, Row, Table, titled

_ITEMS = (
    Column("item", text=True, skip=False),
    Column("issue_date"),
    Column("due_date", skip=False),
    Column("days_late", "right"),
    Column("invoiced", "right"),
    Column("open", "right", skip=False),
    Column("fee", "right"),
    Column("interest_amount", "right"),
    Column("amount", "right", skip=False),
)
_AMOUNT = 8


@dataclass(frozen=True)
class OpenItem:
    """One open item of a reminder: ``open`` is what is left of ``invoiced``.

    ``fee`` and ``interest`` belong to this item; ``days_late`` is counted by who
    knows the day. ``detail`` is a small text below the name (contract, point).
    """

    name: str
    due_date: date
    open: Decimal
    issue_date: date | None = None
    invoiced: Decimal | None = None
    days_late: int | None = None
    fee: Decimal = Decimal(0)
    interest: Decimal = Decimal(0)
    detail: str = ""

    @property
    def amount(self):
        """What is asked for because of this item."""
        return self.open + self.fee + self.interest


@dataclass(frozen=True)
class Reminder:
    """A reminder to one customer in one currency.

    ``title`` is the level's own ("Second reminder"), empty: the general one.
    ``opening`` and ``closing`` are the level's text in paragraphs, already filled
    in. ``charges`` are fees and the like of the letter as a whole. ``total`` must be
    the sum of items and charges. ``due_date`` is the new last day to pay.
    """

    number: str
    currency: Currency
    seller: Party
    buyer: Party
    items: tuple[OpenItem, ...]
    total: Decimal
    created: datetime
    title: str = ""
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    charges: tuple[Fact, ...] = ()
    lang: str = "en_US"
    issue_date: date | None = None
    due_date: date | None = None
    facts: tuple[Fact, ...] = ()
    payment: Payment | None = None
    draft: bool = False
    layout: Layout = Layout()
    texts: Mapping[str, str] = field(default_factory=dict)
    formats: Formats | None = None
    attachments: tuple[EmbeddedFile, ...] = ()

    kind = "reminder"


def draw_reminder(frame):
    """Draw a :class:`Reminder`, beginning on an empty first page.

    :raises DocumentError: ``total``, where the letter would ask for another amount
        than its lines add up to.
    """
    document, texts, formats = frame.document, frame.texts, frame.formats
    _check_total(document)
    title = document.title or texts["reminder"]
    running = f"{title} {document.number}".strip()
    seller_edge = frame.letterhead((document.seller.name, running))
    address_edge = frame.address()
    rows = []
    if document.issue_date:
        rows.append((texts["date"], formats.day(document.issue_date)))
    rows += [(fact.label, formats.value(fact.value)) for fact in document.facts]
    facts_edge = draw_panel(frame, rows, min(WINDOW_TOP + 6, seller_edge - 8))
    frame.y = min(address_edge, facts_edge) - 14
    draw_title(frame, title)
    money = formats.money(document.total, document.currency)
    last_day = []
    if document.due_date:
        last_day.append((texts["pay_by"], formats.day(document.due_date)))
    draw_tiles(frame, [(texts["to_pay"], money), *last_day])
    draw_paragraphs(frame, document.opening, 9, muted=False)
    frame.y -= 4
    _items(frame)
    _totals(frame)
    if document.payment:
        draw_payment(frame, document.payment, [(texts["to_pay"], money), *last_day])
    draw_paragraphs(frame, document.closing, 9, muted=False)


def _check_total(document):
    total = sum((item.amount for item in document.items), Decimal(0))
    total += sum((charge.value for charge in document.charges), Decimal(0))
    if total != document.total:
        raise DocumentError(
            "total",
            _(
                "Reminder %(number)s asks for %(total)s, but its lines add up to "
                "%(lines)s. Make the letter again."
            ),
            number=document.number,
            total=str(document.total),
            lines=str(total),
        )


def _items(frame):
    rows = [_item_row(frame, item) for item in frame.document.items]
    if rows:
        Table(frame, titled(_ITEMS, frame.texts), rows, carry=_AMOUNT, size=8).draw()
        frame.y -= 10


def _item_row(frame, item):
    formats, digits = frame.formats, frame.document.currency.digits

    def amount(value):
        return formats.number(value, digits) if value else ""

    return Row(
        (
            item.name,
            formats.day(item.issue_date) if item.issue_date else "",
            formats.day(item.due_date),
            "" if item.days_late is None else str(item.days_late),
            amount(item.invoiced),
            formats.number(item.open, digits),
            amount(item.fee),
            amount(item.interest),
            formats.number(item.amount, digits),
        ),
        amount=item.amount,
        detail=item.detail,
    )


def _totals(frame):
    document, texts = frame.document, frame.texts
    items = document.items
    parts = (
        (texts["open_items"], sum((item.open for item in items), Decimal(0))),
        (texts["fees"], sum((item.fee for item in items), Decimal(0))),
        (texts["late_interest"], sum((item.interest for item in items), Decimal(0))),
        *((charge.label, charge.value) for charge in document.charges),
    )
    rows = [(label, value, False) for label, value in parts if value]
    frame.require(totals_height(rows) + 4)
    draw_totals(frame, rows, texts["to_pay"], document.total)
    frame.y -= 14
