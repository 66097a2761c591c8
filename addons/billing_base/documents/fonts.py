"""Embedded TrueType fonts: registered once per process, subset once per document.

ReportLab's ``TTFont`` does metrics and subsetting. What is added here is a quick way
from text to subset codes (``str.translate`` with a table that fills itself), because
ReportLab's own loop takes a third of the time of a whole invoice, and a lock, because
its subsetting keeps a file position and Odoo's threads share the font.
"""

import threading
import weakref
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics, ttfonts

from .errors import DocumentError

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
#: Regular and bold, in order of preference: condensed leaves more room in tables.
CANDIDATES = (
    ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)
_UNKNOWN = ord("?")
_LOCK = threading.Lock()


class _Widths(dict):
    """Character → width in thousandths of the font size."""

    def __init__(self, face):
        self._face = face

    def __missing__(self, char):
        code = ord(char)
        if code not in self._face.charToGlyph:
            code = 32 if code == 0xA0 else _UNKNOWN
        self[char] = width = self._face.getCharWidth(code)
        return width


class _Codes(dict):
    """Unicode → code in the document's subset; a new character gets the next code.

    Takes the place of the ``assignments`` of a ``TTFont.State``.
    """

    def __init__(self, font, doc, assigned):
        super().__init__(assigned)
        self._font = font
        # The font keeps this table by document: no strong way back, or a document
        # that failed half-way would stay in memory.
        self._doc = weakref.ref(doc)

    def __missing__(self, char):
        if char == 0xA0:
            code = 32
        else:
            # A character the font lacks is drawn as a question mark: code 0
            # (.notdef) is an empty box, and PDF/A forbids it.
            known = char if char in self._font.face.charToGlyph else _UNKNOWN
            if known != char and known in self:
                code = self[known]
            else:
                ttfonts.TTFont.splitString(self._font, chr(known), self._doc())
                code = self[known]
        self[char] = code
        return code


class Face(ttfonts.TTFont):
    """A TrueType font for the fast text path of :class:`.sheet.Sheet`."""

    def __init__(self, name, path):
        super().__init__(name, str(path), asciiReadable=False, shapable=False)
        self._widths = _Widths(self.face)
        subset = self.face.makeSubset

        def locked(codes):
            with _LOCK:
                return subset(codes)

        self.face.makeSubset = locked

    def width(self, text, size):
        """Width of ``text`` in points."""
        return sum(map(self._widths.__getitem__, text)) * size / 1000

    def open(self, doc):
        """Start a subset for ``doc`` (a ReportLab ``PDFDocument``)."""
        state = self._assignState(doc)
        state.assignments = _Codes(self, doc, state.assignments)
        return state.assignments

    def runs(self, text, codes, doc):
        """``text`` as pairs of subset number and bytes (one pair but for documents
        of more than 250 different characters)."""
        try:
            return ((0, text.translate(codes).encode("latin-1")),)
        except UnicodeEncodeError:
            return self.splitString(text, doc)


@dataclass(frozen=True)
class Family:
    """The two faces a document is set in."""

    regular: Face
    bold: Face


@lru_cache(maxsize=16)
def family(paths=None):
    """The family of two font files, or DejaVu; each file is read once per process.

    :param paths: pair of paths (regular, bold) of TrueType files with ``glyf``
        outlines, or None.
    :raises DocumentError: ``font_missing``, ``font_unusable``.
    """
    with _LOCK:
        return Family(*(_face(path) for path in paths or _dejavu()))


def _dejavu():
    for names in CANDIDATES:
        paths = [DEJAVU / name for name in names]
        if all(path.is_file() for path in paths):
            return paths
    raise DocumentError(
        "font_missing",
        "No DejaVu fonts in %(folder)s. Install the Debian packages "
        "fonts-dejavu-core and fonts-dejavu-extra, or name other font files in the "
        "document layout.",
        folder=str(DEJAVU),
    )


def _face(path):
    path = Path(path)
    # The path makes the name unique among fonts others have registered.
    name = f"documents:{path}"
    if name in pdfmetrics._fonts:
        return pdfmetrics._fonts[name]
    if not path.is_file():
        raise DocumentError(
            "font_missing",
            "The font file %(path)s doesn't exist. Correct the document layout.",
            path=str(path),
        )
    try:
        face = Face(name, path)
    except ttfonts.TTFError as error:
        raise DocumentError(
            "font_unusable",
            "The font file %(path)s can't be used (%(reason)s). Name a TrueType "
            "file with outlines of its own (.ttf).",
            path=str(path),
            reason=str(error),
        ) from error
    pdfmetrics.registerFont(face)
    return face
