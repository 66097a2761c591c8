"""The construction contribution of a case.

contribution = max(0, Σ share × necessary cost × reduction factor - deduction × points)
+ cost of better quality. Rounded once per component.
"""

from decimal import Decimal
from fractions import Fraction

from .amounts import CENT, round_amount, slice_of
from .errors import SharesError, _
from .model import METHODS, Contribution, Share, Step
from .rules import rule_on

ONE = Decimal(1)
ZERO = Decimal(0)


def contribution(case, components, reductions, deductions, rounding=CENT):
    """What the customer of ``case`` contributes, step by step.

    A grid level without a rule counts in full; a case without a deduction rule on its
    start date gets no deduction.

    :param case: :class:`.model.Case`
    :param components: :class:`.model.Component`, each with a key of its own
    :param reductions: :class:`.model.ReductionRule`
    :param deductions: :class:`.model.DeductionRule`
    :param rounding: smallest step of the currency
    :return: :class:`.model.Contribution`
    :raises SharesError: ``unknown_method``, ``no_total``, ``part_above_total``,
        ``negative``, ``parts_above_cost``, ``two_rules``
    """
    shares = tuple(
        _share(case, component, reductions, rounding) for component in components
    )
    shared = sum((share.shared for share in shares), ZERO)
    quality = sum((share.quality for share in shares), ZERO)
    steps = [
        Step(
            "shared",
            _("Sum of the shares: %(amount)s"),
            {"amount": shared},
            shared,
        )
    ]
    deduction = _deduction(case, deductions, rounding, steps)
    net = shared - deduction
    if net < 0:
        steps.append(
            Step(
                "floor",
                _("The deduction is larger than the shares: nothing is left to pay"),
                {},
                ZERO,
            )
        )
        net = ZERO
    if quality:
        steps.append(
            Step(
                "quality",
                _("Better quality, in full: %(amount)s"),
                {"amount": quality},
                quality,
            )
        )
    amount = net + quality
    steps.append(
        Step("contribution", _("Contribution: %(amount)s"), {"amount": amount}, amount)
    )
    return Contribution(shares, shared, deduction, quality, amount, tuple(steps))


def _deduction(case, rules, rounding, steps):
    rule = rule_on(rules, case.start)
    if rule is None or not rule.amount or case.points <= 0:
        steps.append(
            Step(
                "no_deduction",
                _("No standard deduction for cases started on %(start)s"),
                {"start": case.start},
                ZERO,
            )
        )
        return ZERO
    amount = round_amount(rule.amount * case.points, rounding)
    steps.append(
        Step(
            "deduction",
            _(
                "Standard deduction %(name)s for a start on %(start)s: %(points)s "
                "points × %(each)s = %(amount)s"
            ),
            {
                "name": rule.name,
                "start": case.start,
                "points": case.points,
                "each": rule.amount,
                "amount": amount,
            },
            -amount,
        )
    )
    return amount


def _check(component):
    if component.method not in METHODS:
        raise SharesError(
            "unknown_method",
            _("%(name)s: there is no way of sharing called %(method)s."),
            name=component.name,
            method=component.method,
        )
    figures = (
        component.cost,
        component.reinvestment,
        component.quality,
        component.advancement,
        component.part,
        component.before,
    )
    if any(figure < 0 for figure in figures):
        raise SharesError(
            "negative",
            _("%(name)s: costs, points and capacities cannot be negative."),
            name=component.name,
        )
    if component.reinvestment + component.quality > component.cost:
        raise SharesError(
            "parts_above_cost",
            _(
                "%(name)s: reinvestment and better quality are more than its cost of "
                "%(cost)s."
            ),
            name=component.name,
            cost=component.cost,
        )
    if component.method == "whole":
        return
    if component.total <= 0:
        raise SharesError(
            "no_total",
            _("%(name)s: enter among how many points or kW its cost is shared."),
            name=component.name,
        )
    if component.before + component.part > component.total:
        raise SharesError(
            "part_above_total",
            _(
                "%(name)s: %(before)s of %(total)s are taken and the case needs "
                "%(part)s. Raise the total, it must hold all who use it."
            ),
            name=component.name,
            before=component.before,
            total=component.total,
            part=component.part,
        )


def _share(case, component, reductions, rounding):
    """:class:`.model.Share` of the customer, with its steps."""
    _check(component)
    steps = []
    basis = _basis(component, steps)
    rule = rule_on(reductions, case.start, level=component.level)
    factor = rule.factor if rule else ONE
    if rule and case.capacity_kw < rule.minimum_kw:
        factor = ZERO
        steps.append(
            Step(
                "below_minimum",
                _(
                    "Grid level %(level)s: customers under %(minimum)s kW pay nothing, "
                    "this one needs %(capacity)s kW"
                ),
                {
                    "level": component.level,
                    "minimum": rule.minimum_kw,
                    "capacity": case.capacity_kw,
                },
                ZERO,
            )
        )
    reduced = round_amount(Fraction(basis) * Fraction(factor), rounding)
    if factor not in (ONE, ZERO):
        steps.append(
            Step(
                "reduction",
                _("Grid level %(level)s counts %(percent)s %%: %(amount)s"),
                {
                    "level": component.level,
                    "percent": (factor * 100).normalize(),
                    "amount": reduced,
                },
                reduced,
            )
        )
    shared = _part_of(component, reduced, rounding, steps)
    quality = round_amount(component.quality, rounding)
    if quality:
        steps.append(
            Step(
                "better_quality",
                _("Better quality at the customer's wish, 100 %%: %(amount)s"),
                {"amount": quality},
                quality,
            )
        )
    return Share(component.key, basis, factor, shared, quality, tuple(steps))


def _basis(component, steps):
    steps.append(
        Step(
            "cost",
            _("%(name)s costs %(amount)s"),
            {"name": component.name, "amount": component.cost},
            component.cost,
        )
    )
    for code, sentence, amount in (
        (
            "reinvestment",
            _("Reinvestment is the grid company's: -%(amount)s"),
            -component.reinvestment,
        ),
        (
            "quality_apart",
            _("Better quality is not shared: -%(amount)s"),
            -component.quality,
        ),
        (
            "advancement",
            _("Reinvestment brought forward: +%(amount)s"),
            component.advancement,
        ),
    ):
        if amount:
            steps.append(Step(code, sentence, {"amount": abs(amount)}, amount))
    return (
        component.cost
        - component.reinvestment
        - component.quality
        + component.advancement
    )


def _part_of(component, reduced, rounding, steps):
    if component.method == "whole":
        steps.append(
            Step(
                "whole",
                _("The customer bears the whole: %(amount)s"),
                {"amount": reduced},
                reduced,
            )
        )
        return reduced
    shared = slice_of(
        reduced, component.before, component.part, component.total, rounding
    )
    sentence = {
        "points": _("%(part)s of %(total)s points: %(amount)s"),
        "capacity": _("%(part)s of %(total)s kW: %(amount)s"),
    }[component.method]
    steps.append(
        Step(
            component.method,
            sentence,
            {
                "part": component.part,
                "total": component.total,
                "amount": shared,
            },
            shared,
        )
    )
    return shared
