"""The page: letterhead, address window, running header, footer, and the cursor.

Measures are points from the lower left corner. The address stands in the window of a
C5/6 envelope (DIN 5008 form B: 45 mm below the top edge), left or right.
"""

from dataclasses import dataclass

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm

from .sheet import colour, mixed

WIDTH, HEIGHT = A4
MARGIN = 17 * mm
TOP = HEIGHT - 15 * mm
BOTTOM = 24 * mm
#: Height of the coloured band at the page's upper edge.
BAND = 1.6 * mm
WINDOW_TOP = HEIGHT - 47 * mm
WINDOW_WIDTH = 80 * mm
GUTTER = 8 * mm


@dataclass(frozen=True)
class Palette:
    """Colours of a document, all derived from the company's one."""

    primary: object
    tint: object
    soft: object
    strong: object
    ink: object
    muted: object
    rule: object
    white: object

    @classmethod
    def of(cls, primary):
        return cls(
            primary=colour(primary),
            tint=mixed(primary, 0.07),
            soft=mixed(primary, 0.30),
            strong=mixed(primary, 0.62),
            ink=colour("#1d2733"),
            muted=colour("#5d6b79"),
            rule=colour("#ccd4db"),
            white=colour("#ffffff"),
        )


class Frame:
    """Where on which page the next thing goes.

    ``y`` is the upper edge of what is still free; ``require`` turns the page when a
    height doesn't fit any more.
    """

    def __init__(self, sheet, document, texts, formats):
        self.sheet = sheet
        self.document = document
        self.texts = texts
        self.formats = formats
        self.palette = Palette.of(document.layout.primary)
        self.left = MARGIN
        self.right = WIDTH - MARGIN
        self.width = self.right - self.left
        self.y = TOP
        # The chart found no room on the form and waits for the statement's page.
        self.chart_waits = False
        self._running = ("", "")

    @property
    def room(self):
        """Height left on the page."""
        return self.y - BOTTOM

    @property
    def full(self):
        """Height of an empty continuation page."""
        return TOP - 11 * mm - BOTTOM

    def require(self, height):
        """Turn the page unless ``height`` fits; True when turned.

        What is higher than a whole page starts where it is.
        """
        if height <= self.room or height > self.full:
            return False
        self.turn()
        return True

    def turn(self):
        """Begin a continuation page with the running header."""
        self.sheet.showPage()
        sheet, palette = self.sheet, self.palette
        self._band()
        left, right = self._running
        baseline = TOP - 2 * mm
        space = self.width - sheet.width(right, 8) - GUTTER
        name = fitted(sheet, left, 8, space, bold=True)
        sheet.text(self.left, baseline, name, 8, palette.primary, bold=True)
        sheet.text_right(self.right, baseline, right, 8, palette.muted)
        sheet.rule(self.left, baseline - 6, self.width, palette.rule)
        self.y = TOP - 11 * mm

    def _band(self):
        self.sheet.box(0, HEIGHT - BAND, WIDTH, BAND, self.palette.primary)

    def letterhead(self, running):
        """First page: band, logo or name, the seller's address.

        :param running: (left, right) texts of the later pages' header.
        """
        self._running = running
        self._band()
        sheet, palette, layout = self.sheet, self.palette, self.document.layout
        seller = self.document.seller
        half = self.width * 0.5
        logo = layout.logo and sheet.picture(
            layout.logo, self.left, TOP, 62 * mm, 17 * mm
        )
        if not logo:
            lines = wrapped(sheet, seller.name, 15, half, bold=True)[:2]
            for number, line in enumerate(lines):
                baseline = TOP - 14 - 18 * number
                sheet.text(self.left, baseline, line, 15, palette.primary, bold=True)
        y = TOP - 7
        lines = [(seller.name, True)]
        lines += [(line, False) for line in seller.address]
        lines += [
            (identifier(fact, self.formats), False) for fact in seller.identifiers
        ]
        lines += [(line, False) for line in seller.contact]
        for text, bold in lines[:8]:
            shade = palette.ink if bold else palette.muted
            line = fitted(sheet, text, 7.5, half - GUTTER, bold)
            sheet.text_right(self.right, y, line, 7.5, shade, bold)
            y -= 9.6
        return y

    def address(self):
        """The buyer in the address window; returns the lower edge."""
        sheet, palette, document = self.sheet, self.palette, self.document
        buyer, seller = document.buyer, document.seller
        on_left = document.layout.address_side != "right"
        x = self.left if on_left else self.right - WINDOW_WIDTH
        y = WINDOW_TOP
        sender = " · ".join((seller.name, *seller.address))
        sender = fitted(sheet, sender, 6, WINDOW_WIDTH)
        sheet.text(x, y, sender, 6, palette.muted)
        sheet.rule(x, y - 3, WINDOW_WIDTH, palette.rule, 0.4)
        y -= 17
        for line in wrapped(sheet, buyer.name, 10, WINDOW_WIDTH, bold=True)[:3]:
            sheet.text(x, y, line, 10, palette.ink, bold=True)
            y -= 13
        for text in buyer.address[:6]:
            for line in wrapped(sheet, text, 10, WINDOW_WIDTH)[:2]:
                sheet.text(x, y, line, 10, palette.ink)
                y -= 13
        if buyer.identifiers:
            y -= 3
        for fact in buyer.identifiers[:4]:
            text = fitted(sheet, identifier(fact, self.formats), 7.5, WINDOW_WIDTH)
            sheet.text(x, y, text, 7.5, palette.muted)
            y -= 10
        return y

    def foot(self, page, pages):
        """Footer of every page; drawn last, when the number of pages is known."""
        sheet, palette = self.sheet, self.palette
        top = BOTTOM - 5 * mm
        sheet.rule(self.left, top, self.width, palette.rule)
        number = self.texts["page"] % {"page": page, "pages": pages}
        number_width = sheet.width(number, 7)
        sheet.text_right(self.right, top - 10, number, 7, palette.muted)
        columns = self.document.layout.footer[:3]
        if not columns:
            return
        width = (self.width - number_width - GUTTER) / len(columns)
        for index, lines in enumerate(columns):
            x = self.left + index * width
            for row, line in enumerate(lines[:5]):
                text = fitted(sheet, line, 6.3, width - 6)
                sheet.text(x, top - 9.5 - 8 * row, text, 6.3, palette.muted)


def identifier(fact, formats):
    value = formats.value(fact.value)
    return f"{fact.label}: {value}" if fact.label else value


def fitted(sheet, text, size, width, bold=False):
    """``text``, shortened with an ellipsis where it is wider than ``width``."""
    if sheet.width(text, size, bold) <= width:
        return text
    ellipsis = "…"
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if sheet.width(text[:middle] + ellipsis, size, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ellipsis


def wrapped(sheet, text, size, width, bold=False):
    """``text`` in lines no wider than ``width``; a word that is wider is broken.

    Line breaks in the text are kept. An empty text is one empty line.
    """
    if "\n" not in text and sheet.width(text, size, bold) <= width:
        return [text]
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            candidate = f"{line} {word}" if line else word
            if sheet.width(candidate, size, bold) <= width:
                line = candidate
                continue
            if line:
                lines.append(line)
            *full, line = _broken(sheet, word, size, width, bold)
            lines += full
        lines.append(line)
    return lines


def _broken(sheet, word, size, width, bold):
    pieces = []
    while sheet.width(word, size, bold) > width and len(word) > 1:
        cut = len(word) - 1
        while cut > 1 and sheet.width(word[:cut], size, bold) > width:
            cut -= 1
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word]
