"""The invoice form: title, facts, key figures, lines, tax summary, totals, payment."""

from decimal import Decimal

from .chart import HEIGHT as CHART_HEIGHT
from .chart import draw_chart
from .layout import GUTTER, WINDOW_TOP, fitted
from .parts import (
    draw_codes,
    draw_panel,
    draw_paragraphs,
    draw_signatures,
    draw_tiles,
    draw_title,
    draw_totals,
    totals_height,
)
from .payment import draw_payment
from .tables import Column, Row, Table, titled

_LINES = (
    Column("name", text=True, skip=False),
    Column("quantity", "decimal"),
    Column("unit"),
    Column("unit_price", "decimal"),
    Column("tax", "right"),
    Column("amount", "right", skip=False),
)
_AMOUNT = 5


def draw_invoice(frame):
    """Draw the form, beginning on an empty first page."""
    document, texts = frame.document, frame.texts
    title = texts[document.kind]
    running = f"{title} {document.number}".strip()
    seller_edge = frame.letterhead((document.seller.name, running))
    address_edge = frame.address()
    facts_edge = _facts(frame, min(WINDOW_TOP + 6, seller_edge - 8))
    frame.y = min(address_edge, facts_edge) - 14
    draw_title(frame, title)
    _figures(frame)
    _lines(frame)
    _totals(frame)
    if document.payment and document.kind != "refund":
        facts = [(texts["to_pay"], _money(frame, document.amount_due))]
        if document.due_date:
            facts.append((texts["due_date"], frame.formats.day(document.due_date)))
        draw_payment(frame, document.payment, facts)
    draw_paragraphs(frame, document.notes)
    draw_codes(frame, document.codes)
    draw_signatures(frame, document.signatures)
    _chart(frame)


def _chart(frame):
    """The chart where there is room, else at the head of the statement's page."""
    chart = frame.document.chart
    if not chart or not chart.bars:
        return
    if frame.room < CHART_HEIGHT and frame.document.statement:
        frame.chart_waits = True
        return
    frame.y -= 4
    draw_chart(frame, chart, frame.texts["chart"])


def _money(frame, amount):
    return frame.formats.money(amount, frame.document.currency)


def _facts(frame, top):
    """The panel beside the address; returns its lower edge."""
    document, texts, formats = frame.document, frame.texts, frame.formats
    rows = []
    if document.issue_date:
        rows.append((texts["issue_date"], formats.day(document.issue_date)))
    if document.due_date and document.kind != "refund":
        rows.append((texts["due_date"], formats.day(document.due_date)))
    rows += [(fact.label, formats.value(fact.value)) for fact in document.facts]
    return draw_panel(frame, rows, top)


def _figures(frame):
    """The strip of key figures: what to pay, by when, and what for."""
    document, texts, formats = frame.document, frame.texts, frame.formats
    refund = document.kind == "refund"
    amount = document.total if refund else document.amount_due
    tiles = [(texts["credited" if refund else "to_pay"], _money(frame, amount))]
    if document.due_date and not refund:
        tiles.append((texts["due_date"], formats.day(document.due_date)))
    for figure in document.figures[:3]:
        value = formats.value(figure.value)
        tiles.append((figure.label, f"{value} {figure.unit}".strip()))
    draw_tiles(frame, tiles)


def _lines(frame):
    document = frame.document
    several = len(document.sections) > 1
    rows = []
    for section in document.sections:
        if section.title:
            heading = section.title
            if section.subtitle:
                heading = f"{heading} · {section.subtitle}"
            rows.append(Row((heading, "", "", "", "", ""), kind="head"))
        rows += [_line_row(frame, line) for line in section.lines]
        if several and len(section.lines) > 1:
            total = sum((line.amount for line in section.lines), Decimal(0))
            label = frame.texts["section_total"] % {"name": section.title}
            text = frame.formats.number(total, document.currency.digits)
            rows.append(Row((label, "", "", "", "", text), kind="total"))
    if not rows:
        return
    Table(frame, titled(_LINES, frame.texts), rows, carry=_AMOUNT, size=8).draw()
    frame.y -= 12


def _line_row(frame, line):
    formats, digits = frame.formats, frame.document.currency.digits
    quantity = "" if line.quantity is None else formats.number(line.quantity, 0, 6)
    price = "" if line.unit_price is None else formats.number(line.unit_price, 2, 8)
    amount = formats.number(line.amount, digits)
    return Row(
        (line.name, quantity, line.unit, price, line.tax, amount),
        amount=line.amount,
        detail=line.detail,
    )


def _totals(frame):
    """Tax summary on the left, totals on the right, the sum in a band."""
    document, texts = frame.document, frame.texts
    rows = [(texts["untaxed"], document.untaxed, False)]
    rows += [(tax.name, tax.amount, False) for tax in document.taxes]
    rows.append((texts["total"], document.total, True))
    settled = document.total - document.amount_due
    if settled and document.kind in ("invoice", "interest"):
        rows.append((texts["paid"], -settled, False))
    summary = 26 + len(document.taxes) * 12.5 if document.taxes else 0
    frame.require(max(totals_height(rows), summary) + 4)
    top = frame.y
    refund = document.kind == "refund"
    label = texts["credited" if refund else "due"]
    amount = document.total if refund else document.amount_due
    left = draw_totals(frame, rows, label, amount)
    if document.taxes:
        _tax_summary(frame, top, left - GUTTER)
    frame.y = min(frame.y, top - summary) - 14


def _plain(frame, amount):
    return frame.formats.number(amount, frame.document.currency.digits)


def _tax_summary(frame, top, right):
    """Base and tax by rate, as tax laws ask for."""
    texts, sheet, palette = frame.texts, frame.sheet, frame.palette
    width = right - frame.left
    # The label takes what the two columns of amounts leave.
    rights = (right - width * 0.30, right - 6)
    y = top - 9
    sheet.text(frame.left + 4, y, texts["tax_name"], 7, palette.primary, bold=True)
    for key, edge in zip(("tax_base", "tax_amount"), rights, strict=True):
        sheet.text_right(edge, y, texts[key], 7, palette.primary, bold=True)
    sheet.rule(frame.left, y - 5, width, palette.soft, 0.6)
    for tax in frame.document.taxes:
        y -= 12.5
        base, amount = _plain(frame, tax.base), _plain(frame, tax.amount)
        space = width * 0.70 - sheet.width(base, 7.5) - 12
        name = fitted(sheet, tax.name, 7.5, space)
        sheet.text(frame.left + 4, y - 3, name, 7.5, palette.ink)
        sheet.text_right(rights[0], y - 3, base, 7.5, palette.ink)
        sheet.text_right(rights[1], y - 3, amount, 7.5, palette.ink)
