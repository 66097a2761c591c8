"""What all documents have in common below the letterhead: facts, title, key figures,
paragraphs.

Each function draws below the frame's cursor and moves it.
"""

from .layout import GUTTER, WINDOW_WIDTH, fitted, wrapped
from .qr import draw_qr


def draw_panel(frame, rows, top):
    """Labelled values in a panel beside the address; returns its lower edge.

    :param rows: pairs of label and formatted value.
    """
    document, sheet, palette = frame.document, frame.sheet, frame.palette
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


def draw_title(frame, title):
    """The title with the document's number, set smaller where it is too long."""
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


def draw_tiles(frame, tiles):
    """The strip of key figures, the first one larger.

    :param tiles: pairs of label and formatted value.
    """
    sheet, palette = frame.sheet, frame.palette
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


def draw_paragraphs(frame, paragraphs, size=7.5, muted=True):
    """Paragraphs over the whole width; a page is turned between lines."""
    sheet, palette = frame.sheet, frame.palette
    shade = palette.muted if muted else palette.ink
    leading = size * 4 / 3
    for paragraph in paragraphs:
        lines = wrapped(sheet, paragraph, size, frame.width)
        frame.require(min(len(lines), 3) * leading)
        for line in lines:
            frame.require(leading)
            sheet.text(frame.left, frame.y - size + 0.5, line, size, shade)
            frame.y -= leading
        frame.y -= leading * 0.4


_CODE = 76.0


def draw_codes(frame, codes):
    """QR codes side by side, each with its label below; long labels are cut."""
    sheet, palette = frame.sheet, frame.palette
    for start in range(0, len(codes), 4):
        frame.require(_CODE + 12)
        frame.y -= _CODE + 12
        for number, code in enumerate(codes[start : start + 4]):
            left = frame.left + number * (_CODE + GUTTER)
            draw_qr(sheet, str(code.value), left, frame.y + 12, _CODE, palette.ink)
            label = fitted(sheet, code.label, 6.5, _CODE)
            centre = left + _CODE / 2
            sheet.text_centre(centre, frame.y + 6, label, 6.5, palette.muted)
        frame.y -= 4


_SIGNATURE = (170.0, 56.0)


def draw_signatures(frame, signatures):
    """Each signature over a line, with what stands below it, never torn apart."""
    sheet, palette = frame.sheet, frame.palette
    width, full = _SIGNATURE
    for signature in signatures:
        height = full if signature.image else 0
        frame.require(height + 16 + 10 * len(signature.lines))
        if signature.image:
            sheet.picture(signature.image, frame.left, frame.y - 4, width, height)
        frame.y -= height + 8
        sheet.rule(frame.left, frame.y, width, palette.rule)
        for line in signature.lines:
            frame.y -= 10
            sheet.text(frame.left, frame.y, line, 7.5, palette.ink)
        frame.y -= 8


_TOTAL, _BAND = 14.0, 22.0


def totals_height(rows):
    """Height of :func:`draw_totals`."""
    return len(rows) * _TOTAL + _BAND + 4


def draw_totals(frame, rows, label, amount):
    """Amounts at the right edge, the last one in a band; who calls turns the page.

    :param rows: ``(label, amount, bold)``
    :param label: of the band, with its ``amount``
    :returns: left edge of the block.
    """
    sheet, palette, formats = frame.sheet, frame.palette, frame.formats
    currency = frame.document.currency
    width = frame.width * 0.44
    left = frame.right - width
    y = frame.y - 9
    for title, value, bold in rows:
        text = formats.number(value, currency.digits)
        space = width - sheet.width(text, 8.5, bold) - 3 * 6
        shade = palette.ink if bold else palette.muted
        title = fitted(sheet, title, 8.5, space, bold)
        sheet.text(left + 6, y, title, 8.5, shade, bold)
        sheet.text_right(frame.right - 6, y, text, 8.5, palette.ink, bold)
        y -= _TOTAL
    bottom = y - _BAND + 8
    sheet.panel(left, bottom, width, _BAND, palette.primary, 3)
    text = formats.money(amount, currency)
    label = fitted(sheet, label, 9.5, width - sheet.width(text, 11, True) - 24, True)
    sheet.text(left + 8, bottom + 7.5, label, 9.5, palette.white, bold=True)
    sheet.text_right(frame.right - 8, bottom + 7, text, 11, palette.white, bold=True)
    frame.y = bottom
    return left
