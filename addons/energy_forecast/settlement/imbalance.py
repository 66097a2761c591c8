"""Imbalance: energy deviation of each interval, priced and shared exactly.

Deviation = actual − nominated: a shortage (> 0) is bought, a surplus (< 0) is sold.
Amounts are whole numbers of 10⁻¹⁰ of the currency (watt-hours times ten-thousandths of
a price per MWh), so sums over intervals, members and periods are exact in any order;
they become Decimals once, at the end.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

WH, PRICE = 1_000, 10_000
"""Parts of a kWh and of a price per MWh that are told apart."""

UNIT = Decimal(1_000_000) * PRICE
"""Units of an amount in one of the currency: Wh in a MWh times parts of a price."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices per MWh of each interval; they may be negative.

    :param spot: day-ahead price
    :param short: what is paid for shortage
    :param surplus: what is received for surplus; the same as `short` for one price
    """

    spot: np.ndarray
    short: np.ndarray
    surplus: np.ndarray


@dataclass(frozen=True, slots=True)
class Imbalance:
    """Sums over intervals.

    :param net: kWh, signed
    :param absolute: kWh
    :param actual: kWh
    :param nominated: kWh
    :param shortage: kWh bought
    :param surplus: kWh sold, positive
    :param bias: mean of nominated − actual per interval, kWh
    :param mae: kWh per interval
    :param mape: percent, of intervals whose actual is not 0; NaN where there is none
    :param wape: percent; NaN without energy
    :param cost: Decimal, settlement cost; negative is income
    :param extra: Decimal, cost against having bought the right quantity at spot
    :param unpriced: intervals that deviate and have no price; not in the costs
    """

    net: float
    absolute: float
    actual: float
    nominated: float
    shortage: float
    surplus: float
    bias: float
    mae: float
    mape: float
    wape: float
    cost: Decimal
    extra: Decimal
    unpriced: int


def _parts(price):
    return np.rint(np.nan_to_num(price) * PRICE).astype(np.int64)


def to_money(units, rounding=Decimal("0.01")) -> Decimal:
    """Units of an amount in the currency, rounded half up."""
    amount = Decimal(int(units)) / UNIT
    return (amount / rounding).quantize(Decimal(1), ROUND_HALF_UP) * rounding


def total(units) -> int:
    """Exact sum, whatever the number of values."""
    units = np.asarray(units)
    largest = int(np.abs(units).max(initial=0))
    if largest and units.size > 2**62 // largest:
        return sum(map(int, units.ravel()))
    return int(units.sum())


def price_intervals(actual, nominated, prices):
    """Costs of each interval.

    :param actual: (…, intervals) kWh, NaN where not settled
    :param nominated: the same shape, kWh
    :param prices: Prices of (intervals,)
    :return: deviation (kWh, NaN where not settled), settlement cost and extra cost
        against spot in units, bool array of deviations without a price
    """
    # one rounding for cost and extra cost, so that they agree
    watt_hours = np.rint((np.asarray(actual, dtype=float) - nominated) * WH)
    deviation = watt_hours / WH
    settled = np.nan_to_num(watt_hours, copy=False).astype(np.int64)
    is_short = settled > 0

    def pay(short, surplus):
        return settled * np.where(is_short, _parts(short), _parts(surplus))

    cost = pay(prices.short, prices.surplus)
    extra = pay(prices.short - prices.spot, prices.surplus - prices.spot)
    unpriced = is_short & np.isnan(prices.short)
    unpriced |= (settled < 0) & np.isnan(prices.surplus)
    return deviation, cost, extra, unpriced


def aggregate(actual, nominated, deviation, cost, extra, unpriced, rounding):
    """Sum priced intervals of one member and period to an Imbalance."""
    settled = np.isfinite(deviation)
    actual, nominated = np.asarray(actual)[settled], np.asarray(nominated)[settled]
    deviation = deviation[settled]
    size, some = np.abs(deviation), actual != 0
    energy = np.abs(actual).sum()
    count = max(len(deviation), 1)
    nan = float("nan")
    return Imbalance(
        net=float(deviation.sum()),
        absolute=float(size.sum()),
        actual=float(actual.sum()),
        nominated=float(nominated.sum()),
        shortage=float(deviation[deviation > 0].sum()),
        surplus=float(-deviation[deviation < 0].sum()),
        bias=float(-deviation.sum() / count),
        mae=float(size.sum() / count),
        mape=float(100 * (size[some] / np.abs(actual[some])).mean())
        if some.any()
        else nan,
        wape=float(100 * size.sum() / energy) if energy > 0 else nan,
        cost=to_money(total(cost), rounding),
        extra=to_money(total(extra), rounding),
        unpriced=int(unpriced.sum()),
    )


def imbalance(actual, nominated, prices, rounding=Decimal("0.01")) -> Imbalance:
    """Imbalance of one member over some intervals.

    :param actual: (intervals,) kWh, NaN where not settled
    :param nominated: (intervals,) kWh
    """
    actual, nominated = np.asarray(actual, float), np.asarray(nominated, float)
    priced = price_intervals(actual, nominated, prices)
    return aggregate(actual, nominated, *priced, rounding)


def share(deviation, units):
    """Costs of a balancing group shared to its members, interval by interval.

    Where the group is short, members pay by their own shortage; where it has a
    surplus, by theirs. A member on the other side pays nothing.

    :param deviation: (members, intervals) kWh
    :param units: (intervals,) cost of the group's net deviation
    :return: (members, intervals) units that sum to `units` in every interval
    """
    deviation = np.nan_to_num(deviation)
    net = deviation.sum(axis=0)
    side = np.maximum(deviation * np.sign(net), 0)
    weight = np.cumsum(side, axis=0, out=side)
    whole = weight[-1]
    # without a side nobody deviates; what costs all the same is shared evenly
    even = np.arange(1, len(deviation) + 1)[:, None] / len(deviation)
    until = np.where(whole > 0, weight / np.where(whole > 0, whole, 1), even)
    border = np.rint(until * units).astype(np.int64)
    border[-1] = units
    return np.diff(border, axis=0, prepend=0)
