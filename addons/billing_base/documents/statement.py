"""The detailed statement: readings, charges and consumption by metering point."""

from decimal import Decimal

from .chart import draw_chart
from .layout import fitted, wrapped
from .tables import Column, Row, Table, titled

_READINGS = (
    Column("meter", text=True, skip=False),
    Column("register"),
    Column("period"),
    Column("reading_from", "decimal"),
    Column("reading_to", "decimal"),
    Column("multiplier", "right"),
    Column("quantity", "decimal"),
    Column("unit"),
    Column("quality"),
)
_CHARGES = (
    Column("charge", text=True, skip=False),
    Column("period"),
    Column("quantity", "decimal"),
    Column("unit"),
    Column("unit_price", "decimal"),
    Column("factor", "decimal"),
    Column("amount", "right", skip=False),
)
_AMOUNT = 6


def draw_statement(frame):
    """Draw all statement sections, beginning on a new page; nothing without any."""
    if not frame.document.statement:
        return
    frame.turn()
    sheet, palette = frame.sheet, frame.palette
    sheet.text(
        frame.left, frame.y - 14, frame.texts["statement"], 14, palette.primary, True
    )
    frame.y -= 26
    if frame.chart_waits:
        draw_chart(frame, frame.document.chart, frame.texts["chart"])
        frame.y -= 4
    for section in frame.document.statement:
        _section(frame, section)


def _section(frame, section):
    # Heading, facts, a table head and two rows stay together.
    frame.require(110)
    _heading(frame, section)
    texts = frame.texts
    if section.readings:
        rows = [_reading_row(frame, reading) for reading in section.readings]
        Table(frame, titled(_READINGS, texts), rows, size=7).draw()
        frame.y -= 8
    if section.charges:
        rows = [_charge_row(frame, charge) for charge in section.charges]
        rows.append(_total_row(frame, section))
        Table(frame, titled(_CHARGES, texts), rows, carry=_AMOUNT, size=7).draw()
        frame.y -= 8
    if section.chart and section.chart.bars:
        draw_chart(frame, section.chart, texts["chart"])
    frame.y -= 8


def _heading(frame, section):
    """Title and subtitle on a tinted band with a coloured edge, facts below."""
    sheet, palette, formats = frame.sheet, frame.palette, frame.formats
    space = frame.width - 16
    titles = wrapped(sheet, section.title, 9, space, bold=True)[:2]
    subtitles = wrapped(sheet, section.subtitle, 7.5, space)[:2]
    subtitles = [line for line in subtitles if line]
    height = 8 + 12 * len(titles) + 10 * len(subtitles)
    bottom = frame.y - height
    sheet.box(frame.left, bottom, frame.width, height, palette.tint)
    sheet.box(frame.left, bottom, 3, height, palette.primary)
    y = frame.y - 12.5
    for line in titles:
        sheet.text(frame.left + 10, y, line, 9, palette.ink, bold=True)
        y -= 12
    y += 1
    for line in subtitles:
        sheet.text(frame.left + 10, y, line, 7.5, palette.muted)
        y -= 10
    frame.y = bottom - 5
    per_row = 4
    width = frame.width / per_row
    for start in range(0, len(section.facts), per_row):
        for number, fact in enumerate(section.facts[start : start + per_row]):
            x = frame.left + number * width
            label = fitted(sheet, fact.label, 6.3, width - 8)
            sheet.text(x + 4, frame.y - 6, label, 6.3, palette.muted)
            value = fitted(sheet, formats.value(fact.value), 7.5, width - 8, True)
            sheet.text(x + 4, frame.y - 15, value, 7.5, palette.ink, bold=True)
        frame.y -= 21
    frame.y -= 2


def _reading_row(frame, reading):
    formats = frame.formats
    multiplier = ""
    if reading.multiplier != 1:
        multiplier = f"× {formats.number(reading.multiplier, 0, 6)}"
    return Row(
        (
            reading.meter,
            reading.register,
            formats.span(reading.date_from, reading.date_to),
            _number(formats, reading.reading_from),
            _number(formats, reading.reading_to),
            multiplier,
            _number(formats, reading.quantity),
            reading.unit,
            reading.quality,
        )
    )


def _charge_row(frame, charge):
    formats = frame.formats
    price = "" if charge.unit_price is None else formats.number(charge.unit_price, 2, 8)
    return Row(
        (
            charge.name,
            formats.span(charge.date_from, charge.date_to),
            _number(formats, charge.quantity),
            charge.unit,
            price,
            "" if charge.factor is None else formats.number(charge.factor, 0, 7),
            formats.number(charge.amount, frame.document.currency.digits),
        ),
        amount=charge.amount,
        detail=charge.explanation,
    )


def _total_row(frame, section):
    total = sum((charge.amount for charge in section.charges), Decimal(0))
    text = frame.formats.number(total, frame.document.currency.digits)
    label = frame.texts["statement_total"]
    return Row((label, "", "", "", "", "", text), kind="total")


def _number(formats, value):
    return "" if value is None else formats.number(value, 0, 6)
