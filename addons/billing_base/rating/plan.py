"""What can be worked out before any quantity is known: parts of constant price.

A plan is made once for a charge and a span and serves any number of customers:
their lines share its explanation ("terms").
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from .bands import Step, ladder, net
from .charges import DISCOUNT_RANKS, Charge, Discount, PriceVersion
from .errors import Problem, RatingError
from .formula import parse
from .money import WHOLE, ZERO, Share
from .spans import Span, span_from_ordinals, time_factor

_OPEN_END = date.max.toordinal()


class Part:
    """Days on which a charge has one price, discount, quantity factor and tax."""

    __slots__ = (
        "first",
        "last",
        "span",
        "version",
        "price",
        "discount",
        "less",
        "multiplier",
        "tax",
        "time",
        "factor",
        "steps",
        "terms",
        "row",
        "stretches",
    )
    first: int
    last: int
    span: Span
    version: PriceVersion
    price: Decimal | None  # net of discount
    discount: Decimal  # percent
    less: Decimal  # discount per unit, in currency
    multiplier: Decimal | None
    tax: object
    time: Share  # share of the charge's time unit
    factor: Decimal  # the same, 7 decimals
    steps: tuple[Step, ...]
    terms: dict
    row: object  # PriceRow of basis index, at first need
    stretches: dict  # days of a level inside the part, at first need


class Plan:
    """A charge's parts in the span, and days it can't be rated on."""

    __slots__ = ("charge", "parts", "problems", "time", "flat_lines", "limit_terms")

    def __init__(self, charge: Charge):
        self.charge = charge
        self.parts: list[Part] = []
        self.problems: list[Problem] = []
        self.time = WHOLE
        self.flat_lines: list | None = None
        self.limit_terms: dict = {}


@lru_cache(maxsize=8192)
def _time_share(span: Span, unit: str, period_days: int) -> Share:
    return Share(time_factor(span, unit, period_days))


def _last(record) -> int:
    return _OPEN_END if record.end is None else record.end.toordinal()


def _valid(records: Iterable, day: int) -> list:
    return [
        record for record in records if record.start.toordinal() <= day <= _last(record)
    ]


def _one(records: Iterable, day: int):
    """(record, problem suffix) of the one record valid on ``day``."""
    found = _valid(records, day)
    if len(found) == 1:
        return found[0], None
    return None, "ambiguous" if found else "missing"


def _sort_key(key) -> str:
    """Keys in a stable order: numbers as such, the rest as text."""
    return f"{key:020d}" if isinstance(key, int) else str(key)


def strongest(discounts: Iterable[Discount], day: int) -> Discount | None:
    """The dated discount that counts on ``day``: rank, depth, later start, key."""
    return max(_valid(discounts, day), key=_strength, default=None)


def _strength(discount: Discount) -> tuple:
    rank = DISCOUNT_RANKS.index(discount.rank)
    return -rank, discount.depth, discount.start, _sort_key(discount.key)


def _bounds(charge: Charge, span: Span) -> list[int]:
    """First days of stretches on which nothing dated changes, and the day after."""
    first, stop = span.start.toordinal(), span.end.toordinal() + 1
    cuts = {first, stop}
    for records in (charge.prices, charge.discounts, charge.factors, charge.taxes):
        for record in records:
            cuts.add(record.start.toordinal())
            cuts.add(_last(record) + 1)
    return sorted(cut for cut in cuts if first <= cut <= stop)


def conditions(charge: Charge, day: int):
    """(version, discount, factor, tax) on ``day`` and codes of what is wrong."""
    wrong = []
    version, why = _one(charge.prices, day)
    if why:
        wrong.append(f"{why}_price")
    elif not _has_price(charge, version):
        wrong.append("missing_price")
    elif charge.basis == "index" and not _readable(version.formula or charge.formula):
        wrong.append("bad_formula")
    discount = strongest(charge.discounts, day)
    if (
        version
        and discount
        and discount.amount
        and not _fits(charge, version, discount)
    ):
        wrong.append("discount_too_great")
    factor = tax = None
    if charge.factors:
        factor, why = _one(charge.factors, day)
        if why:
            wrong.append(f"{why}_factor")
    if charge.taxes:
        tax, why = _one(charge.taxes, day)
        if why:
            wrong.append(f"{why}_tax")
    return (version, discount, factor, tax), wrong


def _fits(charge: Charge, version: PriceVersion, discount: Discount) -> bool:
    """Whether every unit costs at least the amount taken off it."""
    if not discount.amount or charge.basis == "index":
        return True  # a price of the exchange may be below zero anyway
    prices = [band.price for band in version.bands] or [version.price]
    return all(price is not None and price >= discount.amount for price in prices)


def _readable(formula: str) -> bool:
    try:
        parse(formula)
    except RatingError:
        return False
    return True


def _has_price(charge: Charge, version: PriceVersion) -> bool:
    if charge.basis == "index":
        return bool(version.formula or charge.formula)
    if charge.basis == "bands":
        return bool(version.bands)
    if charge.basis == "capacity" and version.bands:
        return True
    return version.price is not None


class Planner:
    """Makes plans for one span; holds what is the same for all charges.

    :param period_days: what time unit "period" and the shown factor divide by
    """

    def __init__(self, span: Span, period_days: int, rounding: Decimal):
        self.span = span
        self.period_days = period_days
        self.rounding = str(rounding)

    def plan(self, charge: Charge) -> Plan:
        plan = Plan(charge)
        plan.time = self.time_share(self.span, charge)
        bounds = _bounds(charge, self.span)
        run = None  # [first, last, what is valid] being prolonged
        wrong_days: dict[str, list[list[int]]] = {}
        for first, stop in zip(bounds, bounds[1:], strict=False):
            found, wrong = conditions(charge, first)
            for code in wrong:
                days = wrong_days.setdefault(code, [])
                if days and days[-1][1] == first - 1:
                    days[-1][1] = stop - 1
                else:
                    days.append([first, stop - 1])
            if wrong:
                found = None
            if run and run[2] == found:
                run[1] = stop - 1
                continue
            if run and run[2]:
                plan.parts.append(self._part(charge, *run))
            run = [first, stop - 1, found]
        if run and run[2]:
            plan.parts.append(self._part(charge, *run))
        for code, stretches in wrong_days.items():
            for first, last in stretches:
                plan.problems.append(self.problem(code, charge, first, last))
        return plan

    def problem(self, code, charge: Charge, first: int, last: int, **params):
        span = span_from_ordinals(first, last)
        params.setdefault("charge", charge.code)
        params["from"] = span.start.isoformat()
        params["to"] = span.end.isoformat()
        return Problem(code, charge.key, span, params)

    def _part(self, charge: Charge, first: int, last: int, found) -> Part:
        version, discount, factor, tax = found
        part = Part()
        part.first, part.last = first, last
        part.span = span_from_ordinals(first, last)
        part.version = version
        part.discount = version.discount if discount is None else discount.percent
        part.less = (discount and discount.amount) or ZERO
        part.price = net(version.price, part.discount, part.less)
        part.multiplier = None if factor is None else factor.value
        part.tax = None if tax is None else tax.key
        part.time = self.time_share(part.span, charge)
        part.factor = part.time.shown()
        prorated = charge.basis == "bands" and charge.prorate_limits
        prorated = prorated and version.band_mode != "item"
        limits = part.time if prorated else WHOLE
        part.steps = ladder(version.bands, limits, part.discount, part.less)
        part.row = None
        part.stretches = {}
        part.terms = self._terms(charge, part, discount, factor)
        if not limits.is_whole:
            part.terms["limits_share"] = str(limits.shown())
        return part

    def _terms(self, charge: Charge, part: Part, discount, factor) -> dict:
        """The shared, JSON-able half of an explanation."""
        version = part.version
        terms = {
            "basis": charge.basis,
            "charge": charge.code,
            **self.days(part.span),
            "price_key": json_key(version.key),
            "price_from": version.start.isoformat(),
            "price_to": version.end.isoformat() if version.end else None,
            "rounding": self.rounding,
        }
        if version.price is not None:
            terms["list_price"] = str(version.price)
        if part.price is not None:
            terms["price"] = str(part.price)
        displaced = _displaced(charge, part, discount)
        if part.discount or part.less or displaced:
            terms["discount"] = {
                **_rebate(part.discount, part.less),
                "rank": "price" if discount is None else discount.rank,
                "key": json_key(version.key if discount is None else discount.key),
            }
        if displaced:
            terms["displaced"] = displaced
        if charge.basis in ("flat", "capacity"):
            terms["time_unit"] = charge.time_unit
            terms["factor"] = str(part.factor)
        if charge.basis == "index":
            terms["formula"] = version.formula or charge.formula
        if charge.basis == "bands":
            terms["band_mode"] = version.band_mode
        if factor is not None:
            terms["multiplier"] = str(factor.value)
            terms["multiplier_key"] = json_key(factor.key)
        if part.tax is not None:
            terms["tax"] = json_key(part.tax)
        return terms

    def time_share(self, span: Span, charge: Charge) -> Share:
        """How many of the charge's time units a span is."""
        return _time_share(span, charge.time_unit, self.period_days)

    def days(self, span: Span) -> dict:
        return {
            "from": span.start.isoformat(),
            "to": span.end.isoformat(),
            "days": span.days,
            "period_days": self.period_days,
        }


def _rebate(percent: Decimal, amount: Decimal | None) -> dict:
    return {"less": str(amount)} if amount else {"percent": str(percent)}


def _displaced(charge: Charge, part: Part, counted: Discount | None) -> list[dict]:
    """The weaker discounts on days of the part, for its explanation."""
    if counted is None:
        return []
    found = [
        {**_rebate(other.percent, other.amount), "rank": other.rank}
        for other in sorted(charge.discounts, key=_strength, reverse=True)
        if other is not counted
        and other.start.toordinal() <= part.last
        and _last(other) >= part.first
    ]
    if part.version.discount:
        found.append({**_rebate(part.version.discount, None), "rank": "price"})
    return found


def json_key(key):
    """A key as JSON shows it: numbers and text as they are, others as text."""
    return key if key is None or isinstance(key, int | str) else str(key)


def display_key(charge: Charge):
    """Lines come in this order of their charges."""
    return charge.sequence, _sort_key(charge.key)


def order(charges: Iterable[Charge]) -> tuple[list[Charge], set]:
    """Charges so that a percent comes after what it is taken of, and the keys
    that depend on themselves.

    A percent of one member of a pick group waits for all of the group.

    :raises RatingError: for two charges of one key
    """
    charges = sorted(charges, key=display_key)
    by_key = {charge.key: charge for charge in charges}
    if len(by_key) != len(charges):
        raise RatingError("duplicate_key", "two charges have the same key")
    groups: dict[str, set] = {}
    for charge in charges:
        if charge.pick_group:
            groups.setdefault(charge.pick_group, set()).add(charge.key)
    waits = {}
    for charge in charges:
        needed = {key for key in charge.percent_of if key in by_key}
        for key in list(needed):
            needed |= groups.get(by_key[key].pick_group, set())
        waits[charge.key] = needed
    ordered: list[Charge] = []
    done: set = set()
    waiting = charges
    while ready := [charge for charge in waiting if waits[charge.key] <= done]:
        ordered += ready
        done |= {charge.key for charge in ready}
        waiting = [charge for charge in waiting if charge.key not in done]
    # What waits for a cycle without being waited for is behind it, not in it.
    behind: list[Charge] = []
    while True:
        awaited = set().union(*(waits[charge.key] for charge in waiting))
        free = [charge for charge in waiting if charge.key not in awaited]
        if not free:
            break
        behind = free + behind
        waiting = [charge for charge in waiting if charge.key in awaited]
    return ordered + waiting + behind, {charge.key for charge in waiting}
