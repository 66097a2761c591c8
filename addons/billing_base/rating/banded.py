"""Basis bands: which bands a quantity falls in, and what each comes to."""

from __future__ import annotations

from decimal import Decimal

from .bands import Step, find, slices
from .bases import collect
from .charges import RatedLine
from .flow import Flow
from .lines import express, make_line, single
from .money import HUNDRED, ONE, WHOLE, ZERO, Share
from .plan import Part, Plan

#: A step, the quantity in it; how often its fixed part is due, and which share.
Found = list[tuple[Step, Decimal, Decimal, Share]]


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
        factor = part.factor if prorated and mode != "item" else None
        unit = explanation["inputs"][0]["unit"]
        for step, value, times, share in found:
            shown = {**explanation, "band": step.info, "in_band": str(value)}
            if mode == "item":
                shown["items"] = str(times)
            product = _product(step, value, times, share, run.rounded)
            lines.append(make_line(plan, part, product, shown, None, factor, unit))


def _prorated(part: Part, mode: str, quantity: Decimal) -> Found | None:
    """The part stands for itself: its limits are already the part's share."""
    if mode == "whole":
        step = find(part.steps, quantity)
        return None if step is None else [(step, quantity, ONE, part.time)]
    found = slices(part.steps, ZERO, quantity)
    if found is None:
        return None
    return [(step, value, ONE, part.time) for step, value in found]


def _running(rater, flows, part: Part, mode: str, quantity: Decimal) -> Found | None:
    """Bands that run through the whole period: the part goes on where the days
    before it ended, or takes the band that the period's total reaches."""
    begin, end = rater.base_first, rater.base_last
    if mode == "whole":
        step = find(part.steps, _sum(flows, begin, end, part.multiplier))
        days = Share(part.last - part.first + 1, end - begin + 1)
        return None if step is None else [(step, quantity, ONE, days)]
    before = _sum(flows, begin, part.first - 1, part.multiplier)
    found = slices(part.steps, before, before + quantity)
    if found is None:
        return None
    return [
        (
            step,
            value,
            ONE if _enters(step, before, part.first == begin) else ZERO,
            WHOLE,
        )
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
    return [(*rows[index], WHOLE) for index in sorted(rows)]


def _product(step: Step, value: Decimal, times: Decimal, share: Share, rounded):
    """(quantity, unit price, amount) of ``value`` in a step."""
    band = step.band
    if band.fixed is None and band.percent is None:
        return express(value, band.price, WHOLE, rounded)
    if band.price is None and band.percent is None:
        return express(times, band.fixed, share, rounded)
    amount = ZERO
    if band.price is not None:
        amount += value * band.price
    if band.percent is not None:
        amount += value * band.percent / HUNDRED
    if band.fixed is not None:
        amount += share.of(band.fixed * times)
    return single(rounded(amount))
