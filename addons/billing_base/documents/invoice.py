"""The invoice form: title, facts, key figures, lines, tax summary, totals, payment."""

from decimal import Decimal

from .chart import HEIGHT as CHART_HEIGHT
from .chart import draw_chart
from .layout import GUTTER, WINDOW_TOP, WINDOW_WIDTH, fitted, wrapped
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
    _title(frame, title)
    _figures(frame)
    _lines(frame)
    _totals(frame)
    if document.payment and document.kind != "refund":
        facts = [(texts["to_pay"], _money(frame, document.amount_due))]
        if document.due_date:
            facts.append((texts["due_date"], frame.formats.day(document.due_date)))
        draw_payment(frame, document.payment, facts)
    _notes(frame)
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
    sheet, palette = frame.sheet, frame.palette
    rows = []
    if document.issue_date:
        rows.append((texts["issue_date"], formats.day(document.issue_date)))
    if document.due_date and document.kind != "refund":
        rows.append((texts["due_date"], formats.day(document.due_date)))
    rows += [(fact.label, formats.value(fact.value)) for fact in document.facts]
    if not rows:
        return top
    width = frame.width - WINDOW_WIDTH - GUTTER
    right_side = document.layout.address_side != "right"
    left = frame.right - width if right_side else frame.left
    pad, size, leading = 7.0, 8.0, 12.2
    labels = min(max(sheet.width(label, size) for label, _value in rows), width * 0.52)
    value_width = width - labels - 3 * pad
    placed = [
        (label, wrapped(sheet, value, size, value_width, True)[:2])
        for label, value in rows
    ]
    height = sum(leading * len(lines) for _label, lines in placed) + 1.4 * pad
    bottom = top - height
    sheet.panel(left, bottom, width, height, palette.tint)
    y = top - pad - size * 0.8
    for label, lines in placed:
        label = fitted(sheet, label, size, labels)
        sheet.text(left + pad, y, label, size, palette.muted)
        for line in lines:
            sheet.text_right(left + width - pad, y, line, size, palette.ink, True)
            y -= leading
    return bottom


def _title(frame, title):
    document, sheet, palette = frame.document, frame.sheet, frame.palette
    size = 19.0
    baseline = frame.y - size
    natural = sheet.width(f"{title}  ", size, True) + sheet.width(document.number, size)
    size = min(size, size * frame.width / natural)
    sheet.text(frame.left, baseline, title, size, palette.primary, bold=True)
    x = frame.left + sheet.width(f"{title}  ", size, True)
    sheet.text(x, baseline, document.number, size, palette.ink)
    if document.draft:
        draft = frame.texts["draft"]
        sheet.text_right(frame.right, baseline, draft, 12, palette.muted, True)
    frame.y = baseline - 12


def _figures(frame):
    """The strip of key figures: what to pay, by when, and what for."""
    document, texts, formats = frame.document, frame.texts, frame.formats
    sheet, palette = frame.sheet, frame.palette
    refund = document.kind == "refund"
    amount = document.total if refund else document.amount_due
    tiles = [(texts["credited" if refund else "to_pay"], _money(frame, amount))]
    if document.due_date and not refund:
        tiles.append((texts["due_date"], formats.day(document.due_date)))
    for figure in document.figures[:3]:
        value = formats.value(figure.value)
        tiles.append((figure.label, f"{value} {figure.unit}".strip()))
    height, pad = 40.0, 10.0
    bottom = frame.y - height
    sheet.panel(frame.left, bottom, frame.width, height, palette.primary)
    sizes = [16.0] + [12.0] * (len(tiles) - 1)
    needs = [
        max(sheet.width(value, size, True), sheet.width(label, 7)) + 2 * pad
        for (label, value), size in zip(tiles, sizes, strict=True)
    ]
    # Equal gaps where there is room; else all values in smaller type.
    gap = max(frame.width - sum(needs), 0) / len(tiles)
    scale = min(1.0, frame.width / sum(needs))
    x = frame.left
    for (label, value), size, need in zip(tiles, sizes, needs, strict=True):
        label = fitted(sheet, label, 7, need * scale - pad)
        sheet.text(x + pad, bottom + 27, label, 7, palette.white)
        sheet.text(x + pad, bottom + 10, value, size * scale, palette.white, True)
        x += need * scale + gap
    frame.y = bottom - 14


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
    sheet, palette = frame.sheet, frame.palette
    rows = [(texts["untaxed"], document.untaxed)]
    rows += [(tax.name, tax.amount) for tax in document.taxes]
    rows.append((texts["total"], document.total))
    settled = document.total - document.amount_due
    if settled and document.kind == "invoice":
        rows.append((texts["paid"], -settled))
    leading, band = 14.0, 22.0
    height = len(rows) * leading + band + 4
    summary = 26 + len(document.taxes) * 12.5 if document.taxes else 0
    frame.require(max(height, summary) + 4)
    top = frame.y
    width = frame.width * 0.44
    left = frame.right - width
    y = top - 9
    for label, amount in rows:
        bold = label == texts["total"]
        text = _plain(frame, amount)
        space = width - sheet.width(text, 8.5, bold) - 3 * 6
        label = fitted(sheet, label, 8.5, space, bold)
        sheet.text(
            left + 6, y, label, 8.5, palette.ink if bold else palette.muted, bold
        )
        sheet.text_right(frame.right - 6, y, text, 8.5, palette.ink, bold)
        y -= leading
    bottom = y - band + 8
    sheet.panel(left, bottom, width, band, palette.primary, 3)
    label = texts["credited" if document.kind == "refund" else "due"]
    amount = document.total if document.kind == "refund" else document.amount_due
    text = _money(frame, amount)
    label = fitted(sheet, label, 9.5, width - sheet.width(text, 11, True) - 24, True)
    sheet.text(left + 8, bottom + 7.5, label, 9.5, palette.white, bold=True)
    sheet.text_right(frame.right - 8, bottom + 7, text, 11, palette.white, bold=True)
    if document.taxes:
        _tax_summary(frame, top, left - GUTTER)
    frame.y = min(bottom, top - summary) - 14


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


def _notes(frame):
    sheet, palette = frame.sheet, frame.palette
    for note in frame.document.notes:
        lines = wrapped(sheet, note, 7.5, frame.width)
        frame.require(min(len(lines), 3) * 10)
        for line in lines:
            frame.require(10)
            sheet.text(frame.left, frame.y - 7, line, 7.5, palette.muted)
            frame.y -= 10
        frame.y -= 4
