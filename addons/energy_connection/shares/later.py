"""Later customers on a part that earlier ones financed.

A customer who is connected to it within the years of the rule pays what he would
have paid, had he been there from the beginning. Earlier payers get it back as far as
they paid more than their own share; the rest is what the grid company carried.
"""

from calendar import isleap
from decimal import Decimal
from fractions import Fraction

from .amounts import CENT, allot, round_amount
from .errors import SharesError, _
from .model import LaterShare, Refund, Step
from .rules import rule_on

ZERO = Decimal(0)


def expiry_of(completed, rules):
    """The last day on which later customers share a part completed on a day.

    :return: date, or None where no rule is in force on ``completed``

    A part completed on 2020-02-29 is shared until 2030-02-28:

    >>> from datetime import date
    >>> from .model import YearsRule
    >>> expiry_of(date(2020, 2, 29), [YearsRule(date(2019, 1, 1), 10)])
    datetime.date(2030, 2, 28)
    """
    rule = rule_on(rules, completed)
    if rule is None:
        return None
    year = completed.year + rule.years
    if (completed.month, completed.day) == (2, 29) and not isleap(year):
        return completed.replace(year=year, day=28)
    return completed.replace(year=year)


def later_share(cost, total, payers, weight, day, expiry, rounding=CENT):
    """What a later customer of ``weight`` pays on ``day``, and who gets it.

    :param cost: Decimal, what of the part is shared (after reduction)
    :param total: among how many points or kW it was meant to be shared; 0 where it
        was built for those who paid it alone
    :param payers: :class:`.model.Payer`
    :param expiry: last day; None: no rule, nothing is shared
    :return: :class:`.model.LaterShare`; ``amount`` = Σ refunds + kept
    :raises SharesError: ``no_weights``
    """
    if weight <= 0:
        raise SharesError(
            "no_weights",
            _("Enter the points or kW that the later customer needs."),
        )
    if expiry is None or day > expiry:
        step = Step(
            "expired",
            _("Later customers shared this part until %(expiry)s; now nothing is due"),
            {"expiry": expiry or "—"},
            ZERO,
        )
        return LaterShare(ZERO, (), ZERO, (step,))
    users = sum((payer.weight for payer in payers), ZERO) + weight
    among = max(total, users)
    each = Fraction(cost) / Fraction(among)
    amount = round_amount(each * Fraction(weight), rounding)
    steps = [
        Step(
            "later",
            _("%(part)s of %(total)s of a cost of %(cost)s: %(amount)s"),
            {"part": weight, "total": among, "cost": cost, "amount": amount},
            amount,
        )
    ]
    fair = [round_amount(each * Fraction(payer.weight), rounding) for payer in payers]
    over = [
        max(payer.paid - own, ZERO) for payer, own in zip(payers, fair, strict=True)
    ]
    refundable = min(amount, sum(over, ZERO))
    refunds = []
    if refundable:
        parts = allot(refundable, over, rounding)
        for payer, own, part in zip(payers, fair, parts, strict=True):
            if not part:
                continue
            step = Step(
                "refund",
                _("%(name)s paid %(paid)s, own share %(fair)s: gets back %(amount)s"),
                {
                    "name": payer.name,
                    "paid": payer.paid,
                    "fair": own,
                    "amount": part,
                },
                part,
            )
            refunds.append(Refund(payer.key, part, step))
            steps.append(step)
    kept = amount - refundable
    if kept:
        steps.append(
            Step(
                "kept",
                _("Carried by the grid company until now: %(amount)s"),
                {"amount": kept},
                kept,
            )
        )
    return LaterShare(amount, tuple(refunds), kept, tuple(steps))
