"""What an accepted offer comes to when the work is done."""

from decimal import Decimal
from fractions import Fraction

from .amounts import CENT, round_amount
from .errors import SharesError, _
from .model import MODES, Settled, Step

ZERO = Decimal(0)


def settle(part, rounding=CENT):
    """What is owed for one part of the offer, and what of it is still to be invoiced.

    Fixed as offered: the estimate, and what the customer caused beyond it. Actual
    cost: what it came to, for a regulated contribution at most the estimate and
    ``cap_percent`` of it, again apart from what the customer caused.

    :param part: :class:`.model.Settlement`
    :return: :class:`.model.Settled`
    :raises SharesError: ``unknown_mode``, ``caused_above_actual``, ``negative``
    """
    if part.mode not in MODES:
        raise SharesError(
            "unknown_mode",
            _("%(name)s: there is no settlement mode called %(mode)s."),
            name=part.name,
            mode=part.mode,
        )
    if min(part.estimate, part.actual, part.caused) < 0:
        raise SharesError(
            "negative", _("%(name)s: costs cannot be negative."), name=part.name
        )
    if part.caused > part.actual:
        raise SharesError(
            "caused_above_actual",
            _(
                "%(name)s: the customer caused %(caused)s, more than the actual cost "
                "of %(actual)s."
            ),
            name=part.name,
            caused=part.caused,
            actual=part.actual,
        )
    steps = [
        Step(
            "accepted",
            _("%(name)s: %(amount)s were accepted"),
            {"name": part.name, "amount": part.estimate},
            part.estimate,
        )
    ]
    own, absorbed = _own_cost(part, rounding, steps)
    final = own + part.caused
    if part.caused:
        steps.append(
            Step(
                "caused",
                _("Caused by the customer: +%(amount)s"),
                {"amount": part.caused},
                part.caused,
            )
        )
    due = final - part.invoiced
    sentence = (
        _("Final %(final)s, invoiced %(invoiced)s: %(amount)s to invoice")
        if due >= 0
        else _("Final %(final)s, invoiced %(invoiced)s: %(amount)s to pay back")
    )
    steps.append(
        Step(
            "due" if due >= 0 else "refund",
            sentence,
            {"final": final, "invoiced": part.invoiced, "amount": abs(due)},
            due,
        )
    )
    return Settled(final, due, absorbed, tuple(steps))


def _own_cost(part, rounding, steps):
    """(what is owed apart from what the customer caused, what the cap leaves)"""
    if part.mode == "fixed":
        steps.append(
            Step("fixed", _("Settled as offered"), {}, part.estimate),
        )
        return part.estimate, ZERO
    own = part.actual - part.caused
    steps.append(
        Step(
            "actual",
            _("Actual cost: %(amount)s"),
            {"amount": part.actual},
            part.actual,
        )
    )
    if not part.regulated:
        return own, ZERO
    factor = 1 + Fraction(part.cap_percent) / 100
    cap = round_amount(Fraction(part.estimate) * factor, rounding)
    if own <= cap:
        return own, ZERO
    steps.append(
        Step(
            "cap",
            _(
                "At most %(percent)s %% over what was accepted: %(cap)s; %(absorbed)s "
                "stay with the grid company"
            ),
            {"percent": part.cap_percent, "cap": cap, "absorbed": own - cap},
            cap,
        )
    )
    return cap, own - cap
