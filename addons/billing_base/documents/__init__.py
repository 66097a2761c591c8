"""Documents drawn with ReportLab: invoice, credit note, pro-forma, statement,
reminder.

A pure package: no Odoo, no database, no clock. It takes the dataclasses of
:mod:`.model` and returns the bytes of one PDF/A-3B file::

    from documents import render
    pdf = render(document)

Amounts arrive as ``Decimal``, labels as a mapping of translated texts (see
:mod:`.texts` for the English defaults), the creation time as an argument: the same
input gives the same bytes.
"""

from .engine import render
from .errors import DocumentError
from .formats import Formats
from .letter import Letter, LetterColumn, LetterTable
from .model import (
    Bar,
    Charge,
    Chart,
    Currency,
    EmbeddedFile,
    Fact,
    Figure,
    InvoiceDocument,
    Layout,
    Line,
    Party,
    Payment,
    Reading,
    Section,
    Signature,
    StatementSection,
    Tax,
)
from .reminder import OpenItem, Reminder
from .texts import TEXTS

__all__ = [
    "TEXTS",
    "Bar",
    "Charge",
    "Chart",
    "Currency",
    "DocumentError",
    "EmbeddedFile",
    "Fact",
    "Figure",
    "Formats",
    "InvoiceDocument",
    "Layout",
    "Letter",
    "LetterColumn",
    "LetterTable",
    "Line",
    "OpenItem",
    "Party",
    "Payment",
    "Reading",
    "Reminder",
    "Section",
    "Signature",
    "StatementSection",
    "Tax",
    "render",
]
