"""The plain bases: unit, flat, capacity, percent.

Each function appends to ``lines`` what a plan gives for the run's quantities and
reports problems to the run.
"""

from __future__ import annotations

from decimal import Decimal

from .bands import find
from .charges import RatedLine
from .flow import Flow, Level, levels
from .lines import express, make_line, single
from .money import HUNDRED, ONE, ZERO, Share
from .plan import Part, Plan
from .spans import Span, span_from_ordinals, time_factor


def collect(flows: list[Flow], part: Part) -> tuple[Decimal, dict | None]:
    """The quantity that falls into a part, and the start of its explanation.

    None when no quantity touches the part. ``shares`` tells, for inputs that
    don't lie in the part entirely, how much of each does.
    """
    if len(flows) == 1:  # nearly always
        flow = flows[0]
        first, last = part.first, part.last
        if flow.first > last or flow.last < first:
            return ZERO, None
        total = flow.share(first, last, part.multiplier)
        explanation = {"terms": part.terms, "inputs": flow.inputs}
        if flow.first < first or flow.last > last:
            explanation["shares"] = [str(total)]
        return total, explanation
    total = ZERO
    inputs = []
    shares = []
    whole = True
    for flow in flows:
        if flow.first > part.last or flow.last < part.first:
            continue
        share = flow.share(part.first, part.last, part.multiplier)
        total += share
        inputs.append(flow.info)
        shares.append(str(share))
        if flow.first < part.first or flow.last > part.last:
            whole = False
    if not inputs:
        return ZERO, None
    explanation = {"terms": part.terms, "inputs": inputs}
    if not whole:
        explanation["shares"] = shares
    return total, explanation


def rate_unit(run, plan: Plan, lines: list[RatedLine]):
    """Quantity × price for each part."""
    flows = run.flows_of(plan)
    key = plan.charge.key
    for part in plan.parts:
        quantity, explanation = collect(flows, part)
        if explanation is None:
            continue
        price = part.price
        amount = run.rounded(quantity * price)
        explanation["quantity"] = str(quantity)
        explanation["amount"] = str(amount)
        lines.append(
            RatedLine(
                key,
                part.version.key,
                part.span,
                quantity,
                price,
                amount,
                None,
                explanation,
                explanation["inputs"][0]["unit"],
                part.tax,
            )
        )


def rate_flat(run, plan: Plan, lines: list[RatedLine]):
    """Price × time. Nothing here depends on the customer: made once per plan."""
    if plan.flat_lines is None:
        plan.flat_lines = [
            make_line(
                plan,
                part,
                express(ONE, part.price, part.time, run.rounded),
                {"terms": part.terms},
                factor=part.factor,
            )
            for part in plan.parts
        ]
    lines += plan.flat_lines


def rate_capacity(run, plan: Plan, lines: list[RatedLine]):
    """Level × price × time, split where price or level changes."""
    code = plan.charge.quantity
    found = run.levels.get(code)
    if found is None:
        found = run.levels[code] = _levels(run, run.flows_of(plan))
    stretches, missing, conflicts = found
    for first, last in missing:
        run.add_problem(plan, "missing_level", first, last, quantity=code)
    for first, last in conflicts:
        run.add_problem(plan, "ambiguous_level", first, last, quantity=code)
    if conflicts:
        return
    for part in plan.parts:
        for level in stretches:
            first, last = max(part.first, level.first), min(part.last, level.last)
            if first <= last:
                line = _capacity_line(run, plan, part, level, first, last)
                if line is not None:
                    lines.append(line)


def _levels(run, flows: list[Flow]):
    rater = run.rater
    flows = [f for f in flows if f.first <= rater.last and f.last >= rater.first]
    stretches, conflicts = levels(flows)
    return stretches, run.missing_days(flows), conflicts


def _capacity_line(run, plan, part: Part, level: Level, first: int, last: int):
    span, time, factor, terms = _stretch(run, plan, part, first, last)
    explanation = {"terms": terms, "level": str(level.value), "inputs": level.inputs}
    if part.steps:
        step = find(part.steps, level.value)
        if step is None:
            value = str(level.value)
            run.add_problem(plan, "no_band", first, last, value=value)
            return None
        explanation["band"] = step.info
        product = _class_price(step.band, level.value, time, run.rounded)
    else:
        product = express(level.value, part.price, time, run.rounded)
    return make_line(plan, part, product, explanation, span, factor, level.unit)


def _class_price(band, level: Decimal, time: Share, rounded):
    """Price of a level's class (a breaker rating, say): fixed, per unit or both."""
    if band.price is None and band.percent is None:
        return express(ONE, band.fixed, time, rounded)
    rate = (band.price or ZERO) + (band.percent or ZERO) / HUNDRED
    if band.fixed is None:
        return express(level, rate, time, rounded)
    return single(rounded(time.of(level * rate + band.fixed)))


def _stretch(run, plan: Plan, part: Part, first: int, last: int):
    """(span, time factor, its 7 digits, terms) of some days of a part."""
    if first == part.first and last == part.last:
        return part.span, part.time, part.factor, part.terms
    known = part.stretches.get((first, last))
    if known is None:
        planner = run.rater.planner
        span = span_from_ordinals(first, last)
        time = planner.time_share(span, plan.charge)
        factor = time.shown()
        terms = {**part.terms, **planner.days(span), "factor": str(factor)}
        known = part.stretches[first, last] = (span, time, factor, terms)
    return known


def rate_percent(run, plan: Plan, lines: list[RatedLine]):
    """A percent of the amounts of other charges, each for its own days."""
    by_key = run.rater.by_key
    keys = list(dict.fromkeys(plan.charge.percent_of))
    if not _check_bases(run, plan, keys):
        return
    bases = [(by_key[key], line) for key in keys for line in run.lines[key]]
    if not bases:
        return
    codes = sorted(by_key[key].charge.code for key in keys)
    for part in plan.parts:
        base = ZERO
        for base_plan, line in bases:
            base += _base(run, base_plan, line, part)
        amount = run.rounded(base * part.price / HUNDRED)
        explanation = {
            "terms": part.terms,
            "base": str(run.rounded(base)),
            "base_charges": codes,
        }
        product = single(amount)
        lines.append(make_line(plan, part, product, explanation, None, part.factor))


def _check_bases(run, plan: Plan, keys) -> bool:
    """Whether all a percent is taken of is there and could be rated."""
    rater = run.rater
    if plan.charge.key in rater.cyclic:
        run.add_problem(plan, "percent_cycle", rater.first, rater.last)
        return False
    unknown = [str(key) for key in keys if key not in rater.by_key]
    failed = [rater.by_key[key].charge.code for key in keys if key in run.failed]
    for code, names in (("missing_base", unknown), ("incomplete_base", failed)):
        if names:
            base = ", ".join(sorted(names))
            run.add_problem(plan, code, rater.first, rater.last, base=base)
    return not unknown and not failed


def _base(run, plan: Plan, line: RatedLine, part: Part) -> Decimal:
    """What of a line's amount belongs to the days of ``part``.

    A line that reaches over the part is divided as it came about: by time
    factor, by quantity, else by days.
    """
    span = line.span
    if part.span.covers(span):
        return line.amount
    common = span.intersect(part.span)
    if common is None:
        return ZERO
    if "limit" not in line.explanation:
        if plan.charge.basis in ("flat", "capacity"):
            unit, days = plan.charge.time_unit, run.rater.period_days
            whole = time_factor(span, unit, days)
            return Share(time_factor(common, unit, days) / whole).of(line.amount)
        flows = run.flows_of(plan)
        whole = _sum(flows, span)
        if whole:
            return line.amount * _sum(flows, common) / whole
    return line.amount * common.days / span.days


def _sum(flows: list[Flow], span: Span) -> Decimal:
    first, last = span.start.toordinal(), span.end.toordinal()
    return sum(
        (
            flow.share(first, last, None)
            for flow in flows
            if flow.first <= last and flow.last >= first
        ),
        ZERO,
    )
