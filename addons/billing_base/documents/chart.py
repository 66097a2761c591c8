"""Bar chart of monthly figures (13 months: the same month a year ago stands first)."""

from decimal import Decimal
from math import ceil, floor, log10

HEIGHT = 104.0
_TITLE = 18.0
_LABELS = 14.0


def draw_chart(frame, chart, title):
    """Draw ``chart`` over the frame's width, below its cursor."""
    frame.require(HEIGHT)
    sheet, palette, formats = frame.sheet, frame.palette, frame.formats
    top = frame.y
    heading = f"{chart.title or title} ({chart.unit})"
    sheet.text(frame.left, top - 9, heading, 8.5, palette.primary, bold=True)
    if any(bar.estimated for bar in chart.bars):
        _legend(frame, top - 9)
    base = top - HEIGHT + _LABELS
    space = top - _TITLE - base - 8
    highest = max((bar.value for bar in chart.bars if bar.value), default=Decimal(0))
    limit, step, digits = _axis(float(highest))
    axis = max(sheet.width(formats.number(Decimal(str(limit)), digits), 6) + 6, 20.0)
    left, width = frame.left + axis, frame.width - axis
    ticks = round(limit / step)
    for tick in range(ticks + 1):
        y = base + space * tick / ticks
        shade = palette.muted if not tick else palette.rule
        sheet.rule(left, y, width, shade, 0.6 if not tick else 0.35)
        label = formats.number(Decimal(str(round(step * tick, 10))), digits)
        sheet.text_right(left - 4, y - 2, label, 6, palette.muted)
    slot = width / max(len(chart.bars), 1)
    for number, bar in enumerate(chart.bars):
        _bar(frame, bar, left + slot * number, slot, base, space / limit)
    frame.y = top - HEIGHT - 6


def _bar(frame, bar, x, slot, base, scale):
    sheet, palette, formats = frame.sheet, frame.palette, frame.formats
    centre = x + slot / 2
    shade = palette.primary if bar.current else palette.muted
    label = formats.month(bar.month)
    size = _size(sheet, label, slot - 2, bar.current)
    sheet.text_centre(centre, base - 9, label, size, shade, bar.current)
    if bar.value is None:
        sheet.text_centre(centre, base + 3, "\N{EN DASH}", 6.5, palette.muted)
        return
    height = max(float(bar.value), 0.0) * scale
    thick = min(slot * 0.62, 26.0)
    fill = palette.primary if bar.current else palette.strong
    fill = palette.soft if bar.estimated else fill
    sheet.box(centre - thick / 2, base, thick, max(height, 0.4), fill)
    digits = 0 if abs(bar.value) >= 100 else 1
    value = formats.number(bar.value, 0, digits)
    size = _size(sheet, value, slot - 2, bar.current)
    ink = palette.ink if bar.current else palette.muted
    # no line of the scale runs through a figure
    room = sheet.width(value, size, bar.current) + 3
    top = base + height + 0.8
    sheet.box(centre - room / 2, top, room, size + 1, palette.white)
    sheet.text_centre(centre, base + height + 2.5, value, size, ink, bar.current)


def _legend(frame, y):
    sheet, palette = frame.sheet, frame.palette
    text = frame.texts["estimated"]
    width = sheet.width(text, 6.5)
    sheet.text_right(frame.right, y, text, 6.5, palette.muted)
    sheet.box(frame.right - width - 10, y - 0.5, 6, 6, palette.soft)


def _size(sheet, text, width, bold):
    """The size in which a label fits its slot, at most 6.5 points."""
    natural = sheet.width(text, 6.5, bold)
    return 6.5 if natural <= width else 6.5 * width / natural


def _axis(highest):
    """Upper limit, step and decimals of a scale with three to five round steps."""
    if highest <= 0:
        return 1.0, 1.0, 0
    power = 10.0 ** floor(log10(highest))
    for share in (0.2, 0.25, 0.5, 1.0, 2.0, 2.5):
        step = share * power
        if highest / step <= 4.0:
            break
    digits = max(0, -floor(log10(step) + 1e-9))
    if round(step, digits) != round(step, digits + 1):
        digits += 1
    return ceil(highest / step - 1e-9) * step, step, digits
