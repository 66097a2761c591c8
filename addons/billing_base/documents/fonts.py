"""Embedded TrueType fonts: registered once per process, subset for each document.

ReportLab's ``TTFont`` does metrics and subsetting. What is added here:

* a quick way from text to subset codes: ``str.translate`` with a table that fills
  itself. ReportLab's own loop takes a third of the time of a whole invoice;
* every subset starts with the letters of the document's script. Most documents need no
  others and share one subset, which is made, stripped of its hinting and compressed
  once per process;
* a lock, because ReportLab's subsetting keeps a file position and Odoo's threads share
  the font.
"""

import io
import re
import threading
import weakref
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from zlib import compress

from fontTools.ttLib import TTFont as FontFile
from reportlab.pdfbase import pdfdoc, pdfmetrics, ttfonts

from .errors import DocumentError, _
from .pdfa import Stream

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
#: Regular and bold, in order of preference: condensed leaves more room in tables.
CANDIDATES = (
    ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"),
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
)

_ASCII = "".join(map(chr, range(32, 127)))
_SIGNS = "–—„“”‘’‚«»…·•×−±°²³µ§№€"
_LATIN = "ÁÄÅÆĄĆČĎĐÉĚĘÍŁĹĽŃŇÓÔÖØŔŘŚŠŤÚŮÜÝŹŽŻ"
_CYRILLIC = "".join(map(chr, range(0x410, 0x450))) + "ЂЃЄЅІЇЈЉЊЋЌЎЏ"
#: Letters a document begins with, by script: each fits one subset of 255 codes.
ALPHABETS = {
    "latin": _ASCII + _SIGNS + _LATIN + _LATIN.lower() + "ß",
    "cyrillic": _ASCII + _SIGNS + _CYRILLIC + _CYRILLIC[-13:].lower(),
}
_CYRILLIC_LANGUAGES = ("be", "bg", "mk", "ru", "sr", "uk")

_UNKNOWN = ord("?")
_LOCK = threading.Lock()
_REMEMBERED = 20_000


def script(lang):
    """``latin`` or ``cyrillic``, by a language code such as ``sr@latin``."""
    cyrillic = re.split("[-_@]", lang)[0] in _CYRILLIC_LANGUAGES
    return "cyrillic" if cyrillic and "lat" not in lang.lower() else "latin"


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
            if known == char or known not in self:
                # ReportLab puts the new character into this very table.
                ttfonts.TTFont.splitString(self._font, chr(known), self._doc())
            code = self[known]
        self[char] = code
        return code


@dataclass(frozen=True)
class _Subset:
    """What a file needs of one subset, ready to be written."""

    name: str
    widths: str
    unicodes: bytes
    program: bytes
    length: int


class Face(ttfonts.TTFont):
    """A TrueType font for the fast text path of :class:`.sheet.Sheet`."""

    def __init__(self, name, path):
        super().__init__(name, str(path), asciiReadable=False, shapable=False)
        self._widths = _Widths(self.face)
        self._measured = {}
        self._started = {}
        self._shared = {}

    def width(self, text, size):
        """Width of ``text`` in points."""
        measured = self._measured.get(text)
        if measured is None:
            measured = sum(map(self._widths.__getitem__, text))
            if len(self._measured) >= _REMEMBERED:
                self._measured.clear()
            self._measured[text] = measured
        return measured * size / 1000

    def open(self, doc, alphabet):
        """Start a subset for ``doc`` (a ReportLab ``PDFDocument``).

        :returns: the table of codes, for :meth:`runs`.
        """
        state = self.state[doc] = ttfonts.TTFont.State(False, self)
        if alphabet in self._started:
            assigned, subset, state.nextCode = self._started[alphabet]
            state.subsets = [list(subset)]
            state.assignments = _Codes(self, doc, assigned)
            return state.assignments
        known = [char for char in alphabet if ord(char) in self.face.charToGlyph]
        self.splitString("".join(known), doc)
        subset = tuple(state.subsets[0])
        self._started[alphabet] = dict(state.assignments), subset, state.nextCode
        self._shared[subset] = None
        state.assignments = _Codes(self, doc, state.assignments)
        return state.assignments

    def runs(self, text, codes, doc):
        """``text`` as pairs of subset number and bytes.

        One pair, but for documents of more than 255 different characters.
        """
        try:
            return ((0, text.translate(codes).encode("latin-1")),)
        except UnicodeEncodeError:
            return self.splitString(text, doc)

    def addObjects(self, doc):  # noqa: N802 (ReportLab's name)
        """Write the document's subsets: font, descriptor, program, Unicode map."""
        state = self.state.pop(doc)
        fonts = doc.idToObject[pdfdoc.BasicFonts].dict
        for number, codes in enumerate(state.subsets):
            subset = self._subset(number, tuple(codes))
            program = Stream(
                {"Length1": subset.length, "Filter": "/FlateDecode"},
                subset.program,
                deflate=False,
            )
            unicodes = Stream({"Filter": "/FlateDecode"}, subset.unicodes, False)
            font = {
                "Type": "/Font",
                "Subtype": "/TrueType",
                "BaseFont": subset.name,
                "FirstChar": 0,
                "LastChar": len(codes) - 1,
                "Widths": subset.widths,
                "ToUnicode": doc.Reference(unicodes),
                "FontDescriptor": doc.Reference(
                    self._descriptor(subset.name, doc.Reference(program))
                ),
            }
            name = f"{state.internalName}+{number}"
            fonts[name] = doc.Reference(pdfdoc.PDFDictionary(font))

    def _descriptor(self, name, program):
        face = self.face
        symbolic = face.flags & ~ttfonts.FF_NONSYMBOLIC | ttfonts.FF_SYMBOLIC
        return pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": name,
                "Flags": symbolic,
                "FontBBox": pdfdoc.PDFArray(face.bbox),
                "ItalicAngle": face.italicAngle,
                "Ascent": face.ascent,
                "Descent": face.descent,
                "CapHeight": face.capHeight,
                "StemV": face.stemV,
                "MissingWidth": face.defaultWidth,
                "FontFile2": program,
            }
        )

    def _subset(self, number, codes):
        """The subset of these codes; that of an alphabet is kept."""
        if codes not in self._shared:
            return self._made(number, codes)
        if self._shared[codes] is None:
            self._shared[codes] = self._made(number, codes, strip=True)
        return self._shared[codes]

    def _made(self, number, codes, strip=False):
        with _LOCK:
            program = self.face.makeSubset(codes)
        # Stripping takes 30 ms: only for what is kept.
        program = _without_hints(program) if strip else program
        tag = ttfonts.SUBSETN(number).decode()
        name = pdfdoc.PDFName(f"{tag}+{self.face.name.decode()}")
        widths = " ".join(f"{self.face.getCharWidth(code):.1f}" for code in codes)
        return _Subset(
            name=name,
            widths=f"[{widths}]",
            unicodes=compress(_unicode_map(name, codes)),
            program=compress(program, 9 if strip else 6),
            length=len(program),
        )


def _without_hints(program):
    """The font without instructions for coarse screens: a third of its size."""
    font = FontFile(io.BytesIO(program), recalcBBoxes=False, recalcTimestamp=False)
    # A PDF reader takes names and line heights from the font descriptor.
    for tag in ("fpgm", "prep", "cvt ", "name", "OS/2"):
        if tag in font:
            del font[tag]
    glyphs = font["glyf"]
    for name in glyphs.keys():  # noqa: SIM118 (not a mapping)
        glyphs[name].removeHinting()
    stripped = io.BytesIO()
    font.save(stripped, reorderTables=None)
    return stripped.getvalue()


def _unicode_map(name, codes):
    """ToUnicode: what copying and searching read (ISO 32000-1, 9.10.3)."""
    # Codes that stand for no character yet are spaces or zero in ReportLab's list.
    pairs = [
        f"<{number:02X}> <{code:04X}>"
        for number, code in enumerate(codes)
        if code and (code != 32 or number == 32) and code <= 0xFFFF
    ]
    blocks = [
        f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar"
        for block in (pairs[start : start + 100] for start in range(0, len(pairs), 100))
    ]
    return "\n".join(
        [
            "/CIDInit /ProcSet findresource begin",
            "12 dict begin",
            "begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            f"/CMapName {name}-UCS def",
            "/CMapType 2 def",
            "1 begincodespacerange\n<00> <FF>\nendcodespacerange",
            *blocks,
            "endcmap",
            "CMapName currentdict /CMap defineresource pop",
            "end\nend",
        ]
    ).encode()


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
        _(
            "No DejaVu fonts in %(folder)s. Install the Debian packages "
            "fonts-dejavu-core and fonts-dejavu-extra, or name other font files in the "
            "document layout."
        ),
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
            _("The font file %(path)s doesn't exist. Correct the document layout."),
            path=str(path),
        )
    try:
        face = Face(name, path)
    except ttfonts.TTFError as error:
        raise DocumentError(
            "font_unusable",
            _(
                "The font file %(path)s can't be used (%(reason)s). Name a TrueType "
                "file with outlines of its own (.ttf)."
            ),
            path=str(path),
            reason=str(error),
        ) from error
    pdfmetrics.registerFont(face)
    return face
