"""From a document to the bytes of its PDF."""

from .errors import DocumentError, _
from .fonts import family
from .formats import Formats
from .invoice import draw_invoice
from .layout import Frame
from .letter import Letter, draw_letter
from .model import KINDS
from .pdfa import Metadata
from .reminder import Reminder, draw_reminder
from .sheet import Sheet
from .statement import draw_statement
from .texts import Texts

#: Kind of document → the functions that draw its parts, in order.
PARTS = {
    **dict.fromkeys(KINDS, (draw_invoice, draw_statement)),
    Reminder.kind: (draw_reminder,),
    Letter.kind: (draw_letter,),
}


def render(document):
    """Draw a document: :class:`.model.InvoiceDocument`, :class:`.reminder.Reminder`
    or :class:`.letter.Letter`.

    :returns: bytes of a PDF/A-3B file; the same for the same input.
    :raises DocumentError: unknown kind, missing font, impossible colour, a letter
        whose total isn't the sum of its lines.
    """
    if document.kind not in PARTS:
        raise DocumentError(
            "kind",
            _("There is no layout for documents of the kind “%(kind)s”."),
            kind=document.kind,
        )
    texts = Texts(document.texts)
    title = getattr(document, "title", "") or texts.get(document.kind, "")
    title = f"{title} {document.number}".strip()
    metadata = Metadata(
        title=title,
        author=document.seller.name,
        subject=document.buyer.name,
        lang=document.lang,
        created=document.created,
    )
    sheet = Sheet(family(document.layout.fonts), metadata, document.attachments)
    formats = document.formats or Formats.for_locale(document.lang)
    frame = Frame(sheet, document, texts, formats)
    for part in PARTS[document.kind]:
        part(frame)
    return sheet.finish(frame.foot)
