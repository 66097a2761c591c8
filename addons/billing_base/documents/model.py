"""What is printed: plain, frozen dataclasses.

Amounts and prices are ``Decimal`` in the document's currency, quantities are
``Decimal`` in the unit named beside them, days are inclusive. Nothing in here is
calculated: the figures are those of the posted invoice and its segments. The only
sums the renderer makes are running ones over printed rows (carried-over totals,
section totals).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from .formats import Formats

KINDS = ("invoice", "refund", "proforma", "interest")


@dataclass(frozen=True)
class Currency:
    """ISO code, symbol as printed beside totals, and decimal places of amounts."""

    code: str
    symbol: str = ""
    digits: int = 2


@dataclass(frozen=True)
class Fact:
    """A labelled value: a ``date`` and a ``Decimal`` are formatted by locale."""

    label: str
    value: str | date | Decimal


@dataclass(frozen=True)
class Figure:
    """A key figure of the strip under the title, for example the consumption."""

    label: str
    value: str | date | Decimal
    unit: str = ""


@dataclass(frozen=True)
class Party:
    """Seller or buyer: name, address lines, and identifiers such as the VAT number."""

    name: str
    address: tuple[str, ...] = ()
    identifiers: tuple[Fact, ...] = ()
    contact: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Appearance, one per company.

    ``logo`` is the content of a PNG or JPEG file; one that can't be read is replaced
    by the seller's name. ``footer`` holds up to three columns of lines. ``fonts``
    names a regular and a bold TrueType file; None takes DejaVu.
    """

    logo: bytes | None = None
    primary: str = "#0b4f8a"
    address_side: str = "left"
    footer: tuple[tuple[str, ...], ...] = ()
    fonts: tuple[str, str] | None = None


@dataclass(frozen=True)
class Line:
    """One line of the invoice form. ``amount`` is without tax, rounded."""

    name: str
    amount: Decimal
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    tax: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Section:
    """Lines that belong together: one agreement or metering point."""

    title: str
    lines: tuple[Line, ...]
    subtitle: str = ""


@dataclass(frozen=True)
class Tax:
    """A row of the tax summary."""

    name: str
    base: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Payment:
    """How to pay. ``qr`` is a ready payload (see :mod:`.payment`) or empty."""

    holder: str = ""
    account: str = ""
    bic: str = ""
    bank: str = ""
    reference: str = ""
    reference_label: str = ""
    qr: str = ""
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """One month of a chart; ``value`` None means there is no figure."""

    month: date
    value: Decimal | None
    estimated: bool = False
    current: bool = False


@dataclass(frozen=True)
class Chart:
    """Consumption by month, oldest first."""

    bars: tuple[Bar, ...]
    unit: str
    title: str = ""


@dataclass(frozen=True)
class Reading:
    """One register over one span: quantity = (to - from) × multiplier."""

    meter: str
    register: str
    date_from: date
    date_to: date
    reading_from: Decimal | None
    reading_to: Decimal | None
    multiplier: Decimal
    quantity: Decimal
    unit: str
    quality: str = ""


@dataclass(frozen=True)
class Charge:
    """One rated line of a segment; ``factor`` is the share of the period or None."""

    name: str
    amount: Decimal
    date_from: date | None = None
    date_to: date | None = None
    quantity: Decimal | None = None
    unit: str = ""
    unit_price: Decimal | None = None
    factor: Decimal | None = None
    explanation: str = ""


@dataclass(frozen=True)
class StatementSection:
    """The detailed statement of one metering point or agreement."""

    title: str
    charges: tuple[Charge, ...]
    subtitle: str = ""
    facts: tuple[Fact, ...] = ()
    readings: tuple[Reading, ...] = ()
    chart: Chart | None = None


@dataclass(frozen=True)
class EmbeddedFile:
    """A file carried inside the PDF, once (Factur-X and its like).

    ``relationship`` is PDF/A-3's AFRelationship. ``profile`` is the Factur-X
    conformance level (``BASIC``, ``EN 16931``…) and puts the Factur-X schema into the
    metadata; empty for other files.
    """

    name: str
    content: bytes
    mime: str = "text/xml"
    relationship: str = "Data"
    description: str = ""
    profile: str = ""


@dataclass(frozen=True)
class Signature:
    """Who signed: a drawing (PNG or JPEG) and what stands below it."""

    image: bytes | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class InvoiceDocument:
    """An invoice, credit note or pro-forma with its detailed statement.

    ``total`` is with tax, ``amount_due`` what is left to pay of it. ``created`` goes
    into the file's metadata (naive means UTC). ``texts`` are the translated labels by
    the keys of :data:`.texts.TEXTS`; what is missing is printed in English. ``lang``
    is a code such as ``bg_BG`` or ``sr@latin``. ``codes`` are texts that a law wants
    as QR codes, with what stands beside them.
    """

    kind: str
    number: str
    currency: Currency
    seller: Party
    buyer: Party
    sections: tuple[Section, ...]
    untaxed: Decimal
    taxes: tuple[Tax, ...]
    total: Decimal
    amount_due: Decimal
    created: datetime
    lang: str = "en_US"
    issue_date: date | None = None
    due_date: date | None = None
    facts: tuple[Fact, ...] = ()
    figures: tuple[Figure, ...] = ()
    payment: Payment | None = None
    chart: Chart | None = None
    statement: tuple[StatementSection, ...] = ()
    notes: tuple[str, ...] = ()
    codes: tuple[Fact, ...] = ()
    signatures: tuple[Signature, ...] = ()
    draft: bool = False
    layout: Layout = Layout()
    texts: Mapping[str, str] = field(default_factory=dict)
    formats: Formats | None = None
    attachments: tuple[EmbeddedFile, ...] = ()
