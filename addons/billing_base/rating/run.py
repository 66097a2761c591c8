"""Rating one agreement: charge after charge, then limits and groups.

A :class:`Run` lives for one call. It reads the plans of its rater, which never
change, and collects lines and problems; the arithmetic of each basis is in
``bases.py``, ``banded.py`` and ``indexed.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from .banded import rate_bands
from .bases import rate_capacity, rate_flat, rate_percent, rate_unit
from .charges import Quantity, RatedLine, Rating
from .errors import Problem
from .flow import Flow
from .indexed import rate_index
from .lines import single
from .money import ZERO, rounder
from .plan import Plan
from .spans import gaps

BASES = {
    "unit": rate_unit,
    "bands": rate_bands,
    "index": rate_index,
    "flat": rate_flat,
    "capacity": rate_capacity,
    "percent": rate_percent,
}
FLOW_BASES = ("unit", "bands", "index")


def _flow_key(flow: Flow):
    quantity = flow.quantity
    return (
        flow.first,
        flow.last,
        quantity.value,
        quantity.unit,
        quantity.quality,
        str(quantity.source),
        str(quantity.count),
        str(quantity.daily or quantity.weights),
    )


class Run:
    """One call of ``Rater.rate``: its flows by code, lines and problems by key."""

    def __init__(self, rater, quantities: Iterable[Quantity]):
        self.rater = rater
        self.rounded = rounder(rater.rounding)
        self.flows: dict[str, list[Flow]] = {}
        for quantity in quantities:
            flow = Flow(quantity)
            if quantity.code in self.flows:
                self.flows[quantity.code].append(flow)
            else:
                self.flows[quantity.code] = [flow]
        for flows in self.flows.values():
            if len(flows) > 1:
                flows.sort(key=_flow_key)
        self.faults: dict[str, list[tuple]] = {}
        self.levels: dict[str, tuple] = {}
        self.lines: dict[object, list[RatedLine]] = {}
        self.problems: dict[object, list[Problem]] = {}
        #: keys of charges whose amount isn't known, so nobody may build on it
        self.failed: set = set()

    def result(self) -> Rating:
        undecided = dict(self.rater.group_sizes)
        for plan in self.rater.plans:
            self._rate_charge(plan)
            group = plan.charge.pick_group
            if group:
                undecided[group] -= 1
                if not undecided[group]:
                    self._pick(group)
        lines: list[RatedLine] = []
        problems: list[Problem] = []
        for key in self.rater.display:
            lines += self.lines[key]
            problems += self.problems[key]
        return Rating(tuple(lines), tuple(problems))

    def flows_of(self, plan: Plan) -> list[Flow]:
        return self.flows.get(plan.charge.quantity, [])

    def add_problem(self, plan: Plan, code: str, first: int, last: int, **params):
        problem = self.rater.planner.problem(code, plan.charge, first, last, **params)
        self.problems[plan.charge.key].append(problem)

    def _rate_charge(self, plan: Plan):
        charge = plan.charge
        lines = self.lines[charge.key] = []
        problems = self.problems[charge.key] = []
        if plan.problems:
            problems += self._plan_problems(plan)
        usable = charge.basis not in FLOW_BASES or self._check_flows(plan)
        if usable:
            BASES[charge.basis](self, plan, lines)
        if problems:
            self.failed.add(charge.key)
        elif charge.minimum is not None or charge.maximum is not None:
            self._limit(plan, lines)

    def _plan_problems(self, plan: Plan) -> list[Problem]:
        """Days without price; with coverage ``events`` those that need one."""
        if plan.charge.coverage != "events" or plan.charge.basis not in FLOW_BASES:
            return plan.problems
        spans = [flow.quantity.span for flow in self.flows_of(plan)]
        return [
            problem
            for problem in plan.problems
            if any(problem.span.overlaps(span) for span in spans)
        ]

    def _check_flows(self, plan: Plan) -> bool:
        """Report what is wrong with the flow; whether it can be rated at all."""
        code = plan.charge.quantity
        faults = self.faults.get(code)
        if faults is None:
            faults = self.faults[code] = list(self._find_faults(code))
        usable = True
        for fault, first, last, params in faults:
            if fault != "missing_quantity":
                usable = False
            elif plan.charge.coverage == "events":
                continue
            self.add_problem(plan, fault, first, last, **params)
        return usable

    def _find_faults(self, code: str):
        """Yield (problem code, first day, last day, params) of a flow."""
        rater = self.rater
        flows = self.flows.get(code, [])
        for first, last in self.missing_days(flows):
            yield "missing_quantity", first, last, {"quantity": code}
        units = set()
        for flow in flows:
            if flow.first > rater.last or flow.last < rater.first:
                continue
            units.add(flow.quantity.unit)
            if flow.problem:
                fault, params = flow.problem
                first = max(flow.first, rater.first)
                last = min(flow.last, rater.last)
                yield fault, first, last, {"quantity": code, **params}
        if len(units) > 1:
            params = {"quantity": code, "units": ", ".join(sorted(units))}
            yield "mixed_units", rater.first, rater.last, params

    def missing_days(self, flows: list[Flow]) -> list[tuple[int, int]]:
        """Stretches of the span (first day, last day) without a quantity."""
        rater = self.rater
        for flow in flows:
            if flow.first <= rater.first and flow.last >= rater.last:
                return []
        missing = gaps(rater.span, [flow.quantity.span for flow in flows])
        return [(gap.start.toordinal(), gap.end.toordinal()) for gap in missing]

    def _limit(self, plan: Plan, lines: list[RatedLine]):
        """Add the line that brings a charge to its minimum or maximum."""
        total = sum((line.amount for line in lines), ZERO)
        for name in ("minimum", "maximum"):
            limit = getattr(plan.charge, name)
            if limit is None:
                continue
            if plan.charge.prorate_limits:
                limit = plan.time.of(limit)
            limit = self.rounded(limit)
            if limit > total if name == "minimum" else limit < total:
                lines.append(self._limit_line(plan, name, limit, total, lines))
                return

    def _limit_line(self, plan: Plan, name: str, limit, total, lines) -> RatedLine:
        quantity, unit_price, amount = single(limit - total)
        terms = plan.limit_terms.get(name)
        if terms is None:
            terms = plan.limit_terms[name] = {
                "basis": name,
                "charge": plan.charge.code,
                **self.rater.planner.days(self.rater.span),
                "rounding": str(self.rater.rounding),
            }
        explanation = {
            "terms": terms,
            "limit": str(limit),
            "sum": str(total),
            "quantity": str(quantity),
            "unit_price": str(unit_price),
            "amount": str(amount),
        }
        return RatedLine(
            plan.charge.key,
            None,
            self.rater.span,
            quantity,
            unit_price,
            amount,
            None,
            explanation,
            tax_key=lines[-1].tax_key if lines else None,
        )

    def _pick(self, group: str):
        """Keep the lowest (highest) charge of a group, the first of equals.

        When one of them couldn't be rated there is nothing to compare: no
        charge of the group gets lines.
        """
        keys = [
            key
            for key in self.rater.display
            if self.rater.by_key[key].charge.pick_group == group
        ]
        charges = [self.rater.by_key[key].charge for key in keys]
        totals = [sum((li.amount for li in self.lines[key]), ZERO) for key in keys]
        kept = None
        if self.failed.isdisjoint(keys):
            best = max if charges[0].pick == "highest" else min
            kept = keys[totals.index(best(totals))]
        else:
            self.failed.update(keys)
        note = {
            "pick": charges[0].pick,
            "compared": [
                {"charge": charge.code, "amount": str(total)}
                for charge, total in zip(charges, totals, strict=True)
            ],
        }
        for key in keys:
            self.lines[key] = [
                line._replace(explanation={**line.explanation, **note})
                for line in self.lines[key]
                if key == kept
            ]
