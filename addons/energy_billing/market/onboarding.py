"""What a row of a distributor's confirmation means for what is entered already.

Nothing is looked up here: the caller tells what it knows of points and customers.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

TEXTS = ("street", "zip", "city")
NUMBERS = ("capacity_kw",)
"""What of a point a confirmation tells, by the names it has at the point."""

_COUNTRY = re.compile(r"^[A-Z]{2}(?=[0-9])")
_OTHER = re.compile(r"[^0-9A-Z]")


def normalise_number(number: str | None) -> str:
    """A tax or registration number without spaces, signs and country letters."""
    return _COUNTRY.sub("", _OTHER.sub("", (number or "").upper()))


def normalise_text(text: str | None) -> str:
    """A name or address to be compared: lower case, single spaces."""
    return " ".join((text or "").split()).lower()


@dataclass(frozen=True, slots=True)
class Supply:
    """An agreement of a point; `end` is its last day or None."""

    agreement_id: int
    partner_id: int
    customer: str
    numbers: frozenset
    start: date
    end: date | None

    def covers(self, day):
        return self.start <= day and (self.end is None or self.end >= day)


@dataclass(frozen=True, slots=True)
class Point:
    """A point that is entered, with its agreements in the order of their days."""

    id: int
    values: dict
    supplies: Sequence[Supply] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a confirmation; `number` is normalised, values are of `Point.values`."""

    status: str
    start: date | None
    end: date | None
    customer: str
    number: str
    values: dict

    @property
    def customer_key(self):
        """What makes two rows the same customer: the number, else name and address."""
        if self.number:
            return f"#{self.number}"
        address = (self.values.get(name) for name in TEXTS)
        return "|".join(normalise_text(text) for text in (self.customer, *address))


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done: new, changed, leaving, rejected, same or problem.

    `problem` is a code, `changes` are ``{field: (old, new)}`` of the point.
    """

    action: str
    problem: str = ""
    agreement_id: int | None = None
    partner_id: int | None = None
    changes: dict = field(default_factory=dict)
    params: dict = field(default_factory=dict)


def decide(row: Row, point: Point | None, customers: Sequence[int]) -> Decision:
    """What a row asks for.

    :param point: the point of the row's code, None when it is not entered
    :param customers: ids of the customers that have the row's number, or its name
        and address where it has no number
    """
    if row.status == "rejected":
        return Decision("rejected")
    if row.status == "leaving":
        return _decide_leaving(row, point)
    if not row.start:
        return Decision("problem", "no_first_day")
    if len(customers) > 1:
        return Decision("problem", "customer_twice", params={"count": len(customers)})
    partner_id = customers[0] if customers else None
    supplies = [s for s in point.supplies if _overlaps(s, row)] if point else []
    if supplies:
        return _decide_known(row, point, supplies[-1], partner_id)
    if not row.customer and not partner_id:
        return Decision("problem", "no_customer")
    return Decision("new", partner_id=partner_id)


def _decide_leaving(row, point):
    if not point:
        return Decision("problem", "leaving_unknown")
    supply = next((s for s in point.supplies if s.covers(row.end)), None)
    if supply:
        same = supply.end == row.end
        return Decision(
            "same" if same else "leaving",
            agreement_id=supply.agreement_id,
            partner_id=supply.partner_id,
        )
    ended = [s for s in point.supplies if s.end and s.end < row.end]
    if ended:
        return Decision(
            "same",
            agreement_id=ended[-1].agreement_id,
            partner_id=ended[-1].partner_id,
        )
    return Decision("problem", "leaving_without_agreement")


def _decide_known(row, point, supply, partner_id):
    known = {"agreement_id": supply.agreement_id, "partner_id": supply.partner_id}
    if not _is_customer(row, supply, partner_id):
        return Decision(
            "problem", "other_customer", **known, params={"customer": supply.customer}
        )
    if supply.end and (row.end is None or supply.end < row.end):
        return Decision(
            "problem", "agreement_ends", **known, params={"end": supply.end}
        )
    changes = {
        name: (point.values.get(name), new)
        for name, new in row.values.items()
        if new not in (None, "") and not _is_same(name, point.values.get(name), new)
    }
    return Decision("changed" if changes else "same", **known, changes=changes)


def _overlaps(supply, row):
    return (supply.end is None or supply.end >= row.start) and (
        row.end is None or supply.start <= row.end
    )


def _is_customer(row, supply, partner_id):
    if partner_id:
        return partner_id == supply.partner_id
    if row.number and supply.numbers:
        return row.number in supply.numbers
    if not row.customer:
        return True
    return normalise_text(row.customer) == normalise_text(supply.customer)


def _is_same(name, old, new):
    if name in NUMBERS:
        # kW with the three digits a point keeps
        return round(float(old or 0), 3) == round(float(new), 3)
    return normalise_text(old) == normalise_text(new)
