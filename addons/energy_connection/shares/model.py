"""What goes in and what comes out: frozen dataclasses.

Nothing here rounds: amounts that come in are taken as they are, amounts that go out
are multiples of the currency's smallest step.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

METHODS = ("whole", "points", "capacity")
MODES = ("fixed", "actual")
ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """One step of a calculation: ``template`` % ``params`` is its sentence.

    ``amount`` is what the step gives, in the currency.
    """

    code: str
    template: str
    params: dict
    amount: Decimal

    @property
    def text(self):
        return self.template % self.params


@dataclass(frozen=True)
class ReductionRule:
    """By how much the cost on a grid level counts, for cases starting in the span.

    ``factor`` is 0…1. A customer below ``minimum_kw`` pays nothing on this level.
    """

    level: str
    date_start: date
    factor: Decimal
    date_end: date | None = None
    minimum_kw: Decimal = ZERO
    name: str = ""


@dataclass(frozen=True)
class DeductionRule:
    """Standard deduction per metering point, for cases starting in the span."""

    date_start: date
    amount: Decimal
    date_end: date | None = None
    name: str = ""


@dataclass(frozen=True)
class YearsRule:
    """For how many years later customers share, for parts completed in the span."""

    date_start: date
    years: int
    date_end: date | None = None
    name: str = ""


@dataclass(frozen=True)
class Component:
    """A part of the grid that the case needs, and how its cost is shared.

    ``cost`` is all of it. ``reinvestment`` (renewal that was due anyway) is left out;
    ``quality`` (better than necessary, at the customer's wish) is left out of what is
    shared and reduced, and is the customer's in full; both are parts of ``cost``.
    ``advancement`` is the cost of bringing a reinvestment forward and counts on top.

    The customer has ``part`` of ``total`` (points or kW); ``before`` of them are
    shared out already, so that all shares together are the cost to the cent.
    """

    key: str
    name: str
    level: str
    cost: Decimal
    method: str = "whole"
    part: Decimal = ZERO
    total: Decimal = ZERO
    before: Decimal = ZERO
    reinvestment: Decimal = ZERO
    quality: Decimal = ZERO
    advancement: Decimal = ZERO


@dataclass(frozen=True)
class Case:
    """``start`` decides which rules apply; ``points`` new metering points."""

    start: date
    points: int = 1
    capacity_kw: Decimal = ZERO


@dataclass(frozen=True)
class Share:
    """The customer's share of one component: ``amount`` = shared + ``quality``."""

    key: str
    basis: Decimal
    factor: Decimal
    shared: Decimal
    quality: Decimal
    steps: tuple[Step, ...]

    @property
    def amount(self):
        return self.shared + self.quality


@dataclass(frozen=True)
class Contribution:
    """``amount`` = max(0, Σ shared - deduction) + Σ quality."""

    shares: tuple[Share, ...]
    shared: Decimal
    deduction: Decimal
    quality: Decimal
    amount: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Payer:
    """Who financed a part: his weight (points or kW) and what he paid, net of what
    he got back."""

    key: str
    name: str
    weight: Decimal
    paid: Decimal


@dataclass(frozen=True)
class Refund:
    key: str
    amount: Decimal
    step: Step


@dataclass(frozen=True)
class LaterShare:
    """A later customer pays ``amount``; ``refunds`` go to earlier payers, ``kept`` is
    what the grid company carried and gets back."""

    amount: Decimal
    refunds: tuple[Refund, ...]
    kept: Decimal
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Settlement:
    """What one part of the accepted offer comes to at the end, without tax.

    :param mode: ``fixed`` as offered, ``actual`` cost
    :param regulated: a regulated contribution, to which the cap applies
    :param estimate: what was accepted; ``actual`` what it came to
    :param caused: the part of ``actual`` above the estimate that the customer caused
    :param invoiced: what was invoiced so far, credit notes taken off
    """

    name: str
    mode: str
    regulated: bool
    estimate: Decimal
    actual: Decimal
    invoiced: Decimal = ZERO
    caused: Decimal = ZERO
    cap_percent: Decimal = Decimal(15)


@dataclass(frozen=True)
class Settled:
    """``final`` is owed in all; ``due`` is still to be invoiced, negative a refund;
    ``absorbed`` is what the cap leaves with the grid company."""

    final: Decimal
    due: Decimal
    absorbed: Decimal
    steps: tuple[Step, ...] = field(default=())
