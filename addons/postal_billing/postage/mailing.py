"""Hybrid mail: a mailing job as the quantities its services are billed by."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: A sheet of A4 at 80 g/m² weighs 5 g (1/16 m²); a C5/6 envelope about as much.
SHEET_GRAMS = Decimal(5)
ENVELOPE_GRAMS = Decimal(5)


@dataclass(frozen=True, slots=True)
class Mailing:
    """A job: every piece has the same pages and inserts.

    :param pieces: letters sent
    :param pages: printed pages in each of them
    :param inserts: enclosures in each of them
    :param is_duplex: two pages on a sheet
    :param insert_grams: weight of one insert
    """

    pieces: int
    pages: int
    inserts: int = 0
    is_duplex: bool = False
    insert_grams: Decimal = SHEET_GRAMS

    def __post_init__(self):
        if self.pieces < 1 or self.pages < 1 or self.inserts < 0:
            raise ValueError("a mailing has at least one piece of one page")

    @property
    def sheets(self) -> int:
        """Sheets in a piece."""
        return -(-self.pages // 2) if self.is_duplex else self.pages

    @property
    def piece_grams(self) -> Decimal:
        """Weight of a piece, for its weight step."""
        return (
            ENVELOPE_GRAMS
            + self.sheets * SHEET_GRAMS
            + self.inserts * self.insert_grams
        )


@dataclass(frozen=True, slots=True)
class Part:
    """One service of a job: its quantity, and the weight of a piece for postage."""

    service: str
    quantity: int
    grams: Decimal | None = None


def parts_of(mailing: Mailing) -> tuple[Part, ...]:
    """What is billed of a job: print by page, inserting, enveloping, postage.

    >>> [(p.service, p.quantity) for p in parts_of(Mailing(100, 3, 1, True))]
    [('print', 300), ('insert', 100), ('envelope', 100), ('postage', 100)]
    """
    parts = [
        Part("print", mailing.pieces * mailing.pages),
        Part("insert", mailing.pieces * mailing.inserts),
        Part("envelope", mailing.pieces),
        Part("postage", mailing.pieces, mailing.piece_grams),
    ]
    return tuple(part for part in parts if part.quantity)
