"""Network services: a row per point and component of a distributor's invoice."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from .point_rows import CellProblem, PointRows
from .profile import TableProfile

_NUMBERS = ("quantity", "price", "amount", "tax_rate")
_DATES = ("date_issued", "date_due", "date_from", "date_to")


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """What is charged for a component at a point; amounts without tax, dates inclusive.

    `number` is that of the invoice, None where the file has none.
    """

    row: int
    point: str
    component: str
    number: str | None
    date_issued: date | None
    date_due: date | None
    date_from: date | None
    date_to: date
    quantity: Decimal | None
    price: Decimal | None
    amount: Decimal
    tax_rate: Decimal | None


class Services(PointRows):
    """Iterator of `ServiceRow`."""

    def make_row(self, cells):
        values = {name: cells.decimal(name, name == "amount") for name in _NUMBERS}
        values |= {name: cells.date(name, name == "date_to") for name in _DATES}
        first, last = values["date_from"], values["date_to"]
        if first and first > last:
            raise CellProblem(
                "date_to", "dates_reversed", {"date_to": last.isoformat()}
            )
        return ServiceRow(
            row=cells.number,
            point=cells.point,
            component=cells.text("component", required=True, limit=64),
            number=cells.text("number"),
            **values,
        )


def parse_services(profile: TableProfile, fileobj: BinaryIO) -> Services:
    """Read a table of network services; MarketError may come at any row."""
    return Services(profile, fileobj)
