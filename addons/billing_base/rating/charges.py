"""What goes into rating and what comes out: plain immutable records.

Prices are Decimals per unit in one currency; spans are inclusive days; nothing
here knows a database. A field added later always has a default.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .errors import Problem, RatingError
from .money import ZERO
from .spans import Span

BASES = ("unit", "capacity", "flat", "percent", "bands", "index")
TIME_UNITS = ("period", "day", "month", "year")
BAND_MODES = ("sliced", "whole", "item")
#: Strongest first: a customer's discount displaces all others, and so on; category
#: is one of the tariff. The percent of a price version is the price list's own and
#: the weakest.
DISCOUNT_RANKS = ("customer", "contract", "customer_category", "charge", "category")


def require_decimal(owner: str, **values):
    for name, value in values.items():
        if value is None:
            continue
        if not isinstance(value, Decimal) or not value.is_finite():
            raise RatingError(
                "not_decimal", f"{owner}.{name} must be a finite Decimal", value=value
            )


def require_choice(owner: str, name: str, value, choices):
    if value not in choices:
        raise RatingError("bad_choice", f"{owner}.{name}: {value!r} not in {choices}")


def require_order(owner: str, start: date, end: date | None):
    if end is not None and end < start:
        raise RatingError("bad_span", f"{owner} ends {end} before it starts {start}")


@dataclass(frozen=True, slots=True)
class Band:
    """One step of a banded price. What is None or absent adds nothing.

    :param upper: limit, inclusive, in the quantity's unit; None: no limit
    :param price: per unit of quantity in the band
    :param percent: of the quantity (an amount of money paid out, say): 1.5 = 1.5 %
    :param fixed: once for the band (per item in band mode ``item``)
    """

    upper: Decimal | None
    price: Decimal | None = None
    percent: Decimal | None = None
    fixed: Decimal | None = None

    def __post_init__(self):
        require_decimal(
            "Band",
            upper=self.upper,
            price=self.price,
            percent=self.percent,
            fixed=self.fixed,
        )
        if self.price is None and self.percent is None and self.fixed is None:
            raise RatingError("empty_band", "a band needs price, percent or fixed")


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """The price of a charge from ``start`` to ``end`` (inclusive; None: open).

    :param key: stable identity (a database id or a string), shown in explanations
    :param price: per unit · per level unit and time unit · per time unit ·
        percent (5 = 5 %) · the name ``price`` in a formula. An explicit 0 is a
        price; None is no price.
    :param bands: ascending, only the last may be open (bases bands and capacity)
    :param band_mode: ``sliced`` each slice at its own band · ``whole`` all of it
        at the band it reaches · ``item`` each quantity is ``count`` items, the
        band is that of the mean item
    :param discount: percent of the price list itself, the weakest discount
    :param formula: basis index: replaces the charge's formula for these days
    """

    key: object
    start: date
    end: date | None = None
    price: Decimal | None = None
    bands: tuple[Band, ...] = ()
    band_mode: str = "sliced"
    discount: Decimal = ZERO
    formula: str | None = None

    def __post_init__(self):
        require_order("PriceVersion", self.start, self.end)
        require_decimal("PriceVersion", price=self.price, discount=self.discount)
        require_choice("PriceVersion", "band_mode", self.band_mode, BAND_MODES)
        object.__setattr__(self, "bands", tuple(self.bands))
        uppers = [band.upper for band in self.bands]
        if None in uppers[:-1]:
            raise RatingError("bad_bands", "only the last band may be open")
        limits = [upper for upper in uppers if upper is not None]
        if any(low >= high for low, high in zip(limits, limits[1:], strict=False)):
            raise RatingError("bad_bands", "band limits must ascend")


@dataclass(frozen=True, slots=True)
class Discount:
    """A dated discount that reaches a charge. They don't add up: the strongest
    valid on a day replaces the others, a dated 0 % too. Of one rank the greater
    depth wins, then the later start, then the greater key.

    :param percent: of the price; 0 where ``amount`` is given
    :param rank: one of :data:`DISCOUNT_RANKS`: to whom or what it was given
    :param amount: off the price of a unit (of a unit in its band), in currency
    :param depth: how narrow its target is in the tariff: a charge is narrower than
        its category, that than the one above
    """

    key: object
    percent: Decimal
    start: date
    end: date | None = None
    rank: str = "charge"
    amount: Decimal | None = None
    depth: int = 0

    def __post_init__(self):
        require_order("Discount", self.start, self.end)
        require_decimal("Discount", percent=self.percent, amount=self.amount)
        require_choice("Discount", "rank", self.rank, DISCOUNT_RANKS)
        if self.amount is not None and self.percent:
            raise RatingError(
                "bad_discount", "a discount is a percent or an amount, not both"
            )


@dataclass(frozen=True, slots=True)
class Factor:
    """A dated coefficient the quantity is multiplied by (losses, calorific
    value, share of a common meter). A charge with factors needs one each day."""

    key: object
    value: Decimal
    start: date
    end: date | None = None

    def __post_init__(self):
        require_order("Factor", self.start, self.end)
        require_decimal("Factor", value=self.value)


@dataclass(frozen=True, slots=True)
class DatedTax:
    """Which tax a charge bears from when to when: lines are split where it
    changes and carry ``key``. A charge with taxes needs one each day."""

    key: object
    start: date
    end: date | None = None

    def __post_init__(self):
        require_order("DatedTax", self.start, self.end)


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge of a tariff, with all price versions that may matter.

    :param key: identity, unique in a call; int or str
    :param code: what users call it
    :param basis: ``unit`` quantity × price · ``capacity`` level × price × time ·
        ``flat`` price × time · ``percent`` of other charges' amounts · ``bands``
        quantity in bands · ``index`` energy × formula per interval
    :param quantity: code of the quantity or level; empty for flat and percent
    :param time_unit: what flat and capacity prices, prorated limits, minimum and
        maximum are meant per
    :param percent_of: keys of the charges a percent is taken of
    :param minimum: least amount of the charge per time unit, before tax
    :param maximum: greatest amount of the charge per time unit
    :param sequence: order of the lines
    :param prorate_limits: band limits, fixed parts of bands, minimum and maximum
        shrink with the part of the period rated. False: bands run through the
        whole period, minimum and maximum hold for the span of the call.
    :param coverage: ``full``: a day without quantity is a problem · ``events``:
        whatever lies in the span is rated, also nothing
    :param pick_group: of the charges of one group only the lowest (or highest)
        total over the span of the call remains
    :param formula: basis index, e.g. ``"index * 1.05 + 0.012"``
    :param parameters: (name, Decimal) pairs usable in the formula
    """

    key: object
    code: str
    basis: str
    quantity: str = ""
    prices: tuple[PriceVersion, ...] = ()
    time_unit: str = "period"
    percent_of: tuple = ()
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    sequence: int = 0
    prorate_limits: bool = True
    discounts: tuple[Discount, ...] = ()
    factors: tuple[Factor, ...] = ()
    taxes: tuple[DatedTax, ...] = ()
    coverage: str = "full"
    pick_group: str = ""
    pick: str = "lowest"
    formula: str | None = None
    parameters: tuple[tuple[str, Decimal], ...] = ()

    def __post_init__(self):
        require_choice("Charge", "basis", self.basis, BASES)
        require_choice("Charge", "time_unit", self.time_unit, TIME_UNITS)
        require_choice("Charge", "coverage", self.coverage, ("full", "events"))
        require_choice("Charge", "pick", self.pick, ("lowest", "highest"))
        require_decimal("Charge", minimum=self.minimum, maximum=self.maximum)
        require_decimal("Charge.parameters", **dict(self.parameters))
        if (
            self.minimum is not None
            and self.maximum is not None
            and self.minimum > self.maximum
        ):
            raise RatingError("bad_limits", "minimum is above maximum")
        if not self.quantity and self.basis not in ("flat", "percent"):
            raise RatingError("no_quantity_code", f"charge {self.code}: no quantity")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured, counted or agreed quantity over a span.

    For bases unit, bands and index it is a flow: its share of any days is taken
    by interval data, else by ``daily``, else by ``weights`` (a load profile),
    else evenly by days. Several of one code add up: an interim reading is two of
    them. For basis capacity it is a level that holds on each of its days.

    :param value: in ``unit``; flows are rounded to 6 decimals
    :param source: JSON-able reference to where it came from (reading, message …)
    :param daily: one value per day of the span, together ``value``
    :param intervals: one array of energies (float, kWh, NaN: missing) per day of
        the span, local days of 23, 24, 25 or 92, 96, 100 values
    :param weights: one relative weight per day of the span
    :param count: band mode ``item``: how many items make up ``value``
    """

    code: str
    span: Span
    value: Decimal
    unit: str = ""
    quality: str = "measured"
    source: dict | None = None
    daily: tuple[Decimal, ...] | None = None
    intervals: tuple | None = field(default=None, compare=False)
    weights: tuple[Decimal, ...] | None = None
    count: Decimal | None = None

    def __post_init__(self):
        if not isinstance(self.value, Decimal) or not self.value.is_finite():
            require_decimal("Quantity", value=self.value)
            raise RatingError("not_decimal", "Quantity.value is missing")
        if self.count is not None:
            require_decimal("Quantity", count=self.count)
        for name in ("daily", "weights", "intervals"):
            values = getattr(self, name)
            if values is not None and len(values) != self.span.days:
                raise RatingError(
                    "bad_length",
                    f"Quantity.{name} needs one entry per day",
                    days=self.span.days,
                    entries=len(values),
                )
        for values in (self.daily, self.weights):
            if values and not all(isinstance(value, Decimal) for value in values):
                raise RatingError("not_decimal", "daily values must be Decimals")


class RatedLine(NamedTuple):
    """One line of a segment: ``amount == round_amount(quantity * unit_price)``.

    :param span: the days it stands for
    :param quantity: 6 decimals. Percent charges, fixed parts, index amounts and
        whatever else has no exact product are 1 × amount (-1 × when negative)
    :param unit_price: after discount, up to 8 decimals
    :param factor: share of the time unit, 7 decimals, where one was applied
    :param explanation: JSON-able, see ``explain.py``; parts of it are shared
        between lines, so copy before changing
    :param tax_key: key of the :class:`DatedTax` valid in the span

    A named tuple, because millions are made and it is the quickest to make.
    """

    charge_key: object
    price_key: object
    span: Span
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    factor: Decimal | None
    explanation: dict
    unit: str = ""
    tax_key: object = None


@dataclass(frozen=True, slots=True)
class Rating:
    """Lines in the order of charges and days, and what stood in the way."""

    lines: tuple[RatedLine, ...]
    problems: tuple[Problem, ...]

    @property
    def total(self) -> Decimal:
        """Sum of the rounded amounts."""
        return sum((line.amount for line in self.lines), ZERO)
