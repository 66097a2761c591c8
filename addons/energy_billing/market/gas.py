"""Energy of a gas volume: volume × conversion factor × calorific value.

The factor brings the volume under measuring conditions to normal ones, the calorific
value (kWh per m³ at normal conditions) is published per network and period. Where it
changes inside a span the volume is split by days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class GasFactor:
    """`calorific` in kWh/m³ and `factor` without unit, valid on inclusive days."""

    start: date
    end: date
    calorific: Decimal
    factor: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class GasPart:
    """Days of one factor with their share of the volume (m³) and energy (kWh)."""

    start: date
    end: date
    volume: Decimal
    energy: Decimal
    factor: GasFactor


def to_energy(
    start: date, end: date, volume: Decimal, factors: Sequence[GasFactor]
) -> list[GasPart] | None:
    """Return the parts of a volume, whose shares add up to it; None for a missing day.

    Volumes are rounded cumulatively to six digits, so that no litre is lost.

    >>> f = [GasFactor(date(2026, 1, 1), date(2026, 12, 31), Decimal("10.5"))]
    >>> parts = to_energy(date(2026, 1, 1), date(2026, 1, 31), Decimal(100), f)
    >>> parts[0].energy
    Decimal('1050.000000')
    """
    days = (end - start).days + 1
    parts = []
    done, before = 0, Decimal(0)
    for factor in sorted(factors, key=lambda item: item.start):
        first, last = max(factor.start, start), min(factor.end, end)
        if first > last:
            continue
        if (first - start).days != done:
            return None
        done += (last - first).days + 1
        until = (volume * done / days).quantize(SIX)
        share = until - before
        before = until
        energy = (share * factor.factor * factor.calorific).quantize(SIX)
        parts.append(GasPart(first, last, share, energy, factor))
    return parts if done == days else None
