"""Confirmations: what a distributor says about the points of a supplier for a month.

Before each month a distributor confirms to a supplier which points it supplies: those
that come, those that change, those that leave and those whose switch is refused
(Bulgaria: chapter on the change of supplier of the Electricity Trading Rules). No
distributor publishes the layout of its file: a profile says where what stands.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import BinaryIO

from ..errors import MarketError
from .point_rows import CellProblem, PointRows
from .profile import STATUSES, TableProfile

_TEXTS = {
    "customer": 256,
    "company_number": 32,
    "street": 256,
    "zip": 16,
    "city": 128,
    "voltage": 32,
    "measurement": 64,
    "load_profile": 64,
    "reason": 512,
}
_NUMBERS = ("capacity", "annual_quantity")


@dataclass(frozen=True, slots=True)
class ConfirmationRow:
    """What is confirmed of a point.

    `status` is one of `profile.STATUSES`; the supply begins on `date_from` and ends on
    `date_to`, an inclusive last day. `capacity` is in kW, `annual_quantity` in kWh with
    the profile's unit applied. Texts are as in the file, cut to what can be stored.
    """

    row: int
    point: str
    status: str
    date_from: date | None
    date_to: date | None
    customer: str | None
    company_number: str | None
    street: str | None
    zip: str | None
    city: str | None
    voltage: str | None
    capacity: Decimal | None
    measurement: str | None
    load_profile: str | None
    annual_quantity: Decimal | None
    reason: str | None


class Confirmations(PointRows):
    """Iterator of `ConfirmationRow`; a point is confirmed once in a file."""

    def __init__(self, profile: TableProfile, fileobj: BinaryIO):
        super().__init__(profile, fileobj)
        self._rows_of = {}

    def make_row(self, cells):
        first = self._rows_of.setdefault(cells.point, cells.number)
        if first != cells.number:
            raise CellProblem("point", "point_twice", {"first": first})
        status = self._status(cells)
        begin = cells.date("date_from", required=status in ("new", "changed"))
        end = cells.date("date_to", required=status == "leaving")
        if begin and end and begin > end:
            raise CellProblem("date_to", "dates_reversed", {"date_to": end.isoformat()})
        numbers = {name: cells.decimal(name) for name in _NUMBERS}
        for name, number in numbers.items():
            if number is not None and number < 0:
                raise CellProblem(name, "negative_quantity", {"value": f"{number:f}"})
        if numbers["annual_quantity"] is not None:
            numbers["annual_quantity"] *= self.profile.factor
        return ConfirmationRow(
            row=cells.number,
            point=cells.point,
            status=status,
            date_from=begin,
            date_to=end,
            **{name: cells.text(name, limit=size) for name, size in _TEXTS.items()},
            **numbers,
        )

    def _status(self, cells):
        text = cells.text("status")
        if text is None:
            return "listed"
        status = self.profile.statuses.get(text, text)
        if status not in STATUSES:
            raise CellProblem("status", "bad_status", {"value": text[:60]})
        return status


def parse_confirmations(profile: TableProfile, fileobj: BinaryIO) -> Confirmations:
    """Read a table of confirmations; MarketError may come at any row."""
    if profile.kind != "confirmations":
        raise MarketError(
            "profile_field",
            params={
                "profile": profile.name,
                "field": "kind",
                "value": profile.kind,
                "reason": "confirmations are expected",
            },
        )
    return Confirmations(profile, fileobj)
