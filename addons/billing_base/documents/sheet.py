"""The canvas documents are drawn on.

An ordinary ReportLab canvas (everything of its interface works) with three additions:
quick text, pages that are closed only when their number is known, and PDF/A-3 output.
"""

import hashlib
import io
from functools import lru_cache
from zlib import compress

from PIL import Image, UnidentifiedImageError
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from .errors import DocumentError, _
from .fonts import ALPHABETS, script
from .pdfa import ArchiveDocument, Stream

#: Longest side a logo is stored with; more shows on no printer.
_LOGO_PIXELS = 900


@lru_cache(maxsize=256)
def colour(code):
    """``#rrggbb`` → ReportLab colour, the same object each time."""
    try:
        return HexColor(code)
    except ValueError as error:
        raise DocumentError(
            "colour",
            _("“%(given)s” is no colour. Write it as #rrggbb in the document layout."),
            given=code,
        ) from error


@lru_cache(maxsize=256)
def mixed(code, share):
    """The colour with ``1 - share`` of white in it."""
    base = colour(code)
    return Color(*(1 - (1 - part) * share for part in base.rgb()))


@lru_cache(maxsize=512)
def _operands(shade):
    return " ".join(f"{part:.3f}".rstrip("0").rstrip(".") for part in shade.rgb())


class Sheet(Canvas):
    """Canvas of one document.

    :param fonts: :class:`.fonts.Family`.
    :param metadata: :class:`.pdfa.Metadata`.
    :param attachments: :class:`.model.EmbeddedFile` to carry.
    """

    def __init__(self, fonts, metadata, attachments=(), pagesize=A4):
        alphabet = ALPHABETS[script(metadata.lang)]
        super().__init__(
            io.BytesIO(),
            pagesize=pagesize,
            pageCompression=1,
            invariant=1,
            # With the default one, Helvetica, every page would name a font that isn't
            # embedded.
            initialFontName=fonts.regular.fontName,
        )
        self._doc = ArchiveDocument(metadata, attachments)
        self.fonts = fonts
        self._codes = {}
        for face in (fonts.regular, fonts.bold):
            codes = face.open(self._doc, alphabet)
            self._codes[face] = codes, face.getSubsetInternalName(0, self._doc)
        self._kept = []

    # Text -------------------------------------------------------------------------

    def face(self, bold):
        return self.fonts.bold if bold else self.fonts.regular

    def width(self, text, size, bold=False):
        return self.face(bold).width(text, size)

    def text(self, x, y, text, size, shade, bold=False):
        """Draw ``text`` with its baseline starting at ``x``, ``y``."""
        if not text:
            return
        face = self.face(bold)
        codes, name = self._codes[face]
        runs = face.runs(text, codes, self._doc)
        self.ink(shade)
        if len(runs) == 1 and not runs[0][0]:
            self._code.append(
                f"BT {name} {size:g} Tf {x:.2f} {y:.2f} Td <{runs[0][1].hex()}> Tj ET"
            )
            return
        parts = "".join(
            f"{face.getSubsetInternalName(subset, self._doc)} {size:g} Tf "
            f"<{run.hex()}> Tj "
            for subset, run in runs
        )
        self._code.append(f"BT {x:.2f} {y:.2f} Td {parts}ET")

    def text_right(self, x, y, text, size, shade, bold=False):
        """Draw ``text`` so that it ends at ``x``."""
        self.text(x - self.width(text, size, bold), y, text, size, shade, bold)

    def text_centre(self, x, y, text, size, shade, bold=False):
        self.text(x - self.width(text, size, bold) / 2, y, text, size, shade, bold)

    # Shapes -----------------------------------------------------------------------

    def ink(self, shade):
        """Fill colour; nothing is written when it is set already."""
        if self._fillColorObj is not shade:
            self._code.append(f"{_operands(shade)} rg")
            self._fillColorObj = shade

    def box(self, x, y, width, height, shade):
        """A filled rectangle; ``x``, ``y`` is its lower left corner."""
        self.ink(shade)
        self._code.append(f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def panel(self, x, y, width, height, shade, radius=4):
        """A filled rectangle with round corners."""
        self.ink(shade)
        self.roundRect(x, y, width, height, radius, stroke=0, fill=1)

    def rule(self, x, y, width, shade, weight=0.5):
        """A horizontal line, as a box: no stroke state to keep."""
        self.box(x, y - weight / 2, width, weight, shade)

    def frame(self, x, y, width, height, shade, weight=0.6, radius=4):
        """An empty rectangle with round corners."""
        self.saveState()
        self.setStrokeColor(shade)
        self.setLineWidth(weight)
        self.roundRect(x, y, width, height, radius, stroke=1, fill=0)
        self.restoreState()

    def picture(self, content, x, top, width, height):
        """Draw an image inside the given box, top left; False when it is unreadable."""
        image = _image(content)
        if image is None:
            return False
        scale = min(width / image.width, height / image.height)
        name = f"image{image.digest}"
        registered = self._doc.getXObjectName(name)
        if registered not in self._doc.idToObject:
            self._doc.Reference(Stream(image.entries, image.data, False), registered)
        self._formsinuse.append(name)
        self._currentPageHasImages = 1
        drawn_width, drawn_height = image.width * scale, image.height * scale
        self._code.append(
            f"q {drawn_width:.2f} 0 0 {drawn_height:.2f} {x:.2f} "
            f"{top - drawn_height:.2f} cm /{registered} Do Q"
        )
        return True

    # Pages ------------------------------------------------------------------------

    def showPage(self):  # noqa: N802 (ReportLab's name)
        """Keep the page; :meth:`finish` writes it, when their number is known."""
        self._kept.append(dict(self.__dict__))
        self._startPage()

    def finish(self, foot):
        """Close the document.

        :param foot: called as ``foot(page, pages)`` on each page before it is
            written.
        :returns: bytes of the file.
        """
        if self._code:
            self.showPage()
        kept = self._kept
        for number, state in enumerate(kept, start=1):
            self.__dict__.update(state)
            foot(number, len(kept))
            self._write_page()
        # The pages hold the canvas' own dictionary: let go of the cycle.
        self._kept = []
        return self._doc.GetPDFData(self)

    def _write_page(self):
        page = pdfdoc.PDFPage()
        page.pagewidth, page.pageheight = self._pagesize
        page.hasImages = self._currentPageHasImages
        code = "\n".join([self._preamble, *self._code])
        page.Contents = Stream({}, code.encode("latin-1"))
        self._setColorSpace(page)
        self._setExtGState(page)
        self._setXObjects(page)
        self._setShadingUsed(page)
        self._setAnnotations(page)
        self._doc.addPage(page)


class _Picture:
    def __init__(self, width, height, digest, entries, data):
        self.width = width
        self.height = height
        self.digest = digest
        self.entries = entries
        self.data = data


@lru_cache(maxsize=64)
def _image(content):
    """The stream of an image file, ready for any number of documents, or None.

    Transparency is laid on white, so the file needs no soft mask. JPEG in RGB or grey
    goes in as it is.
    """
    try:
        image = Image.open(io.BytesIO(content))
        image.load()
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    if image.format == "JPEG" and image.mode in ("RGB", "L"):
        data, filtered = content, "/DCTDecode"
    else:
        image.thumbnail((_LOGO_PIXELS, _LOGO_PIXELS))
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, "white")
        image.paste(layer, mask=layer.getchannel("A"))
        data, filtered = compress(image.tobytes(), 9), "/FlateDecode"
    entries = {
        "Type": "/XObject",
        "Subtype": "/Image",
        "Width": image.width,
        "Height": image.height,
        "BitsPerComponent": 8,
        "ColorSpace": "/DeviceGray" if image.mode == "L" else "/DeviceRGB",
        "Filter": filtered,
    }
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return _Picture(image.width, image.height, digest, entries, data)
