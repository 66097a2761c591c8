"""Basis index: energy per interval × a formula's price per interval."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np

from .charges import RatedLine
from .flow import Flow
from .formula import (
    ENERGY_DIGITS,
    PRODUCT_EXPONENT,
    PriceRow,
    exact_dot,
    parse,
    price_row,
    spread,
)
from .lines import make_line, single
from .money import round_price, round_quantity
from .plan import Part, Plan


def rate_index(run, plan: Plan, lines: list[RatedLine]):
    """One line per part: the sum over its intervals, rounded once."""
    flows = run.flows_of(plan)
    for part in plan.parts:
        here = [f for f in flows if f.first <= part.last and f.last >= part.first]
        if not here:
            continue
        row = _prices(run, plan, part)
        if row.problem:
            _report(run, plan, part, *row.problem)
            continue
        sums = [_sum(run, plan, part, flow, row) for flow in here]
        if None in sums:
            continue
        energy = sum(energy for energy, _value in sums)
        value = sum(value for _energy, value in sums)
        lines.append(_index_line(run, plan, part, here, energy, value))


def _prices(run, plan: Plan, part: Part) -> PriceRow:
    """Prices of the part's intervals, the same for all customers."""
    if part.row is None:
        parameters = dict(plan.charge.parameters)
        if part.version.price is not None:
            parameters["price"] = part.version.price
        part.row = price_row(
            parse(part.version.formula or plan.charge.formula),
            part.span.start,
            part.span.days,
            run.rater.series,
            parameters,
            part.discount,
            part.less,
        )
    return part.row


def _report(run, plan: Plan, part: Part, code: str, params: dict):
    first, last = part.first, part.last
    if "date" in params:
        first = last = date.fromisoformat(params["date"]).toordinal()
    run.add_problem(plan, code, first, last, **params)


def _sum(run, plan, part: Part, flow: Flow, row: PriceRow) -> tuple[int, int] | None:
    """(energy in 1e-6, value in 1e-14) of a flow's days in the part, exact."""
    first, last = max(flow.first, part.first), min(flow.last, part.last)
    if flow.energy is None:
        code = flow.quantity.code
        run.add_problem(plan, "missing_intervals", first, last, quantity=code)
        return None
    lengths, energy = flow.energy
    days = slice(first - flow.first, last - flow.first + 1)
    begin = sum(lengths[: days.start])
    lengths = lengths[days]
    energy = energy[begin : begin + sum(lengths)]
    prices = spread(row, first - part.first, lengths)
    if isinstance(prices, np.ndarray):
        return int(energy.sum()), exact_dot(energy, prices)
    day = date.fromordinal(first + prices)
    _report(run, plan, part, "resolution_mismatch", {"date": day.isoformat()})
    return None


def _index_line(run, plan, part: Part, flows, energy: int, value: int) -> RatedLine:
    quantity = Decimal(energy).scaleb(-ENERGY_DIGITS)
    exact = Decimal(value).scaleb(PRODUCT_EXPONENT)
    if part.multiplier is not None:
        quantity = round_quantity(quantity * part.multiplier)
        exact *= part.multiplier
    amount = run.rounded(exact)
    product = single(amount)
    mean = round_price(exact / quantity) if quantity else None
    # Energy at its mean price says more than 1 × amount, where it reproduces it.
    if mean is not None and mean >= 0:
        if run.rounded(quantity * mean) == amount:
            product = quantity, mean, amount
    explanation = {
        "terms": part.terms,
        "inputs": [flow.info for flow in flows],
        "energy": str(quantity),
        "mean_price": None if mean is None else str(mean),
    }
    unit = flows[0].quantity.unit
    return make_line(plan, part, product, explanation, unit=unit)
