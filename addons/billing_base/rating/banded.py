"""Basis bands: which bands a quantity falls in, and what each comes to."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from .bands import Step, find, slices
from .bases import collect
from .charges import RatedLine
from .flow import Flow
from .lines import express, make_line, single
from .money import HUNDRED, ONE, ZERO, round_amount, times_fraction
from .plan import Part, Plan

#: A step, the quantity in it, how often its fixed part is due.
Found = list[tuple[Step, Decimal, Decimal | Fraction]]


def rate_bands(run, plan: Plan, lines: list[RatedLine]):
    """One line per band in use for each part."""
    flows = run.flows_of(plan)
    prorated = plan.charge.prorate_limits
    for part in plan.parts:
        quantity, explanation = collect(flows, part)
        if explanation is None:
            continue
        mode = part.version.band_mode
        if mode == "item":
            found = _items(flows, part)
        elif prorated:
            found = _prorated(part, mode, quantity)
        else:
            found = _running(run.rater, flows, part, mode, quantity)
        if found is None:
            params = {"value": str(quantity)}
            run.add_problem(plan, "no_band", part.first, part.last, **params)
            continue
        factor = part.time_text if prorated and mode != "item" else None
        unit = explanation["inputs"][0]["unit"]
        for step, value, times in found:
            shown = {**explanation, "band": step.info, "in_band": str(value)}
            if mode == "item":
                shown["items"] = str(times)
            product = _product(step, value, times, run.rounding)
            lines.append(make_line(plan, part, product, shown, None, factor, unit))


def _prorated(part: Part, mode: str, quantity: Decimal) -> Found | None:
    """The part stands for itself: its limits are already the part's share."""
    if mode == "whole":
        step = find(part.steps, quantity)
        return None if step is None else [(step, quantity, part.time)]
    found = slices(part.steps, ZERO, quantity)
    if found is None:
        return None
    return [(step, value, part.time) for step, value in found]


def _running(rater, flows, part: Part, mode: str, quantity: Decimal) -> Found | None:
    """Bands that run through the whole period: the part goes on where the days
    before it ended, or takes the band that the period's total reaches."""
    begin, end = rater.base_first, rater.base_last
    if mode == "whole":
        step = find(part.steps, _sum(flows, begin, end, part.multiplier))
        days = Fraction(part.last - part.first + 1, end - begin + 1)
        return None if step is None else [(step, quantity, days)]
    before = _sum(flows, begin, part.first - 1, part.multiplier)
    found = slices(part.steps, before, before + quantity)
    if found is None:
        return None
    return [
        (step, value, ONE if _enters(step, before, part.first == begin) else ZERO)
        for step, value in found
    ]


def _enters(step: Step, before: Decimal, at_start: bool) -> bool:
    """Whether a step's fixed part is due: once, where the step is entered."""
    return at_start if step.lower is None else before <= step.lower


def _sum(flows: list[Flow], first: int, last: int, multiplier) -> Decimal:
    shares = (
        flow.share(first, last, multiplier)
        for flow in flows
        if flow.first <= last and flow.last >= first
    )
    return sum(shares, ZERO)


def _items(flows: list[Flow], part: Part) -> Found | None:
    """Quantities that are bundles of items, by the band of the mean item.

    Bands are intervals: when all items of a bundle lie in one, so does the mean.
    """
    rows: dict[int, list] = {}
    for flow in flows:
        if flow.first > part.last or flow.last < part.first:
            continue
        count = flow.quantity.count
        step = find(part.steps, flow.value / count if count else flow.value)
        if step is None:
            return None
        row = rows.setdefault(step.index, [step, ZERO, ZERO])
        row[1] += flow.share(part.first, part.last, part.multiplier)
        row[2] += flow.count_share(part.first, part.last)
    return [tuple(rows[index]) for index in sorted(rows)]


def _product(step: Step, value: Decimal, times, rounding: Decimal):
    """(quantity, unit price, amount) of ``value`` in a step."""
    band = step.band
    if band.fixed is None and band.percent is None:
        return express(value, band.price, None, rounding)
    if band.price is None and band.percent is None:
        return express(ONE, band.fixed, times, rounding)
    amount = ZERO
    if band.price is not None:
        amount += value * band.price
    if band.percent is not None:
        amount += value * band.percent / HUNDRED
    if band.fixed is not None:
        amount += times_fraction(band.fixed, Fraction(times))
    return single(round_amount(amount, rounding))
