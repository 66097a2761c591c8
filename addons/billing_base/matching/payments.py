"""Payments to debts: by reference, then by customer and amount.

What is certain is matched; anything else is left to a person, with the reason. A
reference is compared without its separators and leading zeros, so that ``RF18 5390``
finds ``RF185390`` and a variable symbol ``0012345`` finds ``12345``.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

#: Shorter ones occur in dates, house numbers and amounts.
SHORTEST_REFERENCE = 4
#: Groups a printed reference is split into at most, as in an RF reference.
MOST_GROUPS = 7

_TOKEN = re.compile(r"[0-9A-Z]+")
_ZERO = Decimal()


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in.

    :param texts: whatever the bank passed on, structured reference first
    :param partner: key of the customer the bank account belongs to, or None
    """

    key: object
    amount: Decimal
    texts: tuple[str, ...] = ()
    partner: object = None


@dataclass(frozen=True, slots=True)
class Debt:
    """An open item.

    :param references: payment reference, number of the invoice
    :param owed: False for a pro-forma: asked for, but no debt. Only its reference
        pays it, in full or not at all
    """

    key: object
    amount: Decimal
    references: tuple[str, ...]
    partner: object
    due: date
    owed: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """What a payment pays.

    :param parts: ``((debt key, amount), …)``
    :param rest: overpaid; stays with ``partner`` as a credit
    """

    payment: object
    parts: tuple[tuple[object, Decimal], ...]
    rest: Decimal
    partner: object


@dataclass(frozen=True, slots=True)
class Review:
    """A payment a person looks at.

    :param reason: ``unknown`` no reference and no customer · ``amount`` the customer
        is known, the amount fits no debt · ``several`` the references are of several
        customers and the amount is not their sum · ``ambiguous`` the reference is
        that of several customers · ``short`` less than the pro-forma asks for
    """

    payment: object
    reason: str


def normalize(text: str) -> str:
    """A reference without separators and leading zeros.

    >>> normalize("RF18 5390 0754"), normalize("000123-45"), normalize("inv/2026/7")
    ('RF1853900754', '12345', 'INV20267')
    """
    return "".join(_TOKEN.findall((text or "").upper())).lstrip("0")


def match_payments(
    payments: Iterable[Payment], debts: Iterable[Debt]
) -> tuple[list[Match], list[Review]]:
    """Match payments, in their order, with what is open after the ones before.

    Payments and debts are of one currency. A debt is never paid more than it is
    open, and the parts and the rest of a match add up to its payment.
    """
    book = _Book(debts)
    matches, reviews = [], []
    for payment in payments:
        found = book.match(payment)
        (matches if isinstance(found, Match) else reviews).append(found)
    return matches, reviews


class _Book:
    """Open debts by reference and customer; what is paid is taken off."""

    def __init__(self, debts: Iterable[Debt]):
        self.open: dict[object, Decimal] = {}
        self.by_reference: dict[str, dict[object, Debt]] = defaultdict(dict)
        self.by_partner: dict[object, list[Debt]] = defaultdict(list)
        for debt in sorted(debts, key=_order):
            self.open[debt.key] = debt.amount
            if debt.owed:
                self.by_partner[debt.partner].append(debt)
            for reference in debt.references:
                for name in _names(reference):
                    self.by_reference[name][debt.key] = debt

    def match(self, payment: Payment) -> Match | Review:
        groups = self._find(payment)
        if not groups:
            return self._by_amount(payment)
        ambiguous = [
            found for found in groups if len({debt.partner for debt in found}) > 1
        ]
        if ambiguous:
            return Review(payment.key, "ambiguous")
        found = list({debt.key: debt for group in groups for debt in group}.values())
        owed = self._sum(found)
        partners = {debt.partner for debt in found}
        if len(partners) > 1 and payment.amount != owed:
            return Review(payment.key, "several")
        return self._pay(payment, found)

    def _find(self, payment: Payment) -> list[list[Debt]]:
        """Open debts of each reference that occurs in the payment's texts."""
        groups = {}
        for text in payment.texts:
            for name in _occurring(text):
                debts = [
                    debt
                    for debt in self.by_reference.get(name, {}).values()
                    if self.open[debt.key]
                ]
                if debts:
                    groups[frozenset(debt.key for debt in debts)] = debts
        return list(groups.values())

    def _by_amount(self, payment: Payment) -> Match | Review:
        if payment.partner is None:
            return Review(payment.key, "unknown")
        owed = [
            debt for debt in self.by_partner[payment.partner] if self.open[debt.key]
        ]
        fitting = [debt for debt in owed if self.open[debt.key] == payment.amount]
        if len(fitting) == 1:
            return self._pay(payment, fitting)
        if owed and self._sum(owed) == payment.amount:
            return self._pay(payment, owed)
        return Review(payment.key, "amount")

    def _sum(self, debts: Iterable[Debt]) -> Decimal:
        return sum((self.open[debt.key] for debt in debts), _ZERO)

    def _pay(self, payment: Payment, debts: list[Debt]) -> Match | Review:
        """Debts before pro-formas, the oldest first; what is left over stays with the
        customer."""
        rest, parts = payment.amount, []
        for debt in sorted(debts, key=_order):
            part = min(rest, self.open[debt.key])
            if not debt.owed and part < self.open[debt.key]:
                return Review(payment.key, "short")
            if part > 0:
                parts.append((debt.key, part))
                rest -= part
        for key, part in parts:
            self.open[key] -= part
        return Match(payment.key, tuple(parts), rest, debts[0].partner)


def _order(debt: Debt) -> tuple:
    return not debt.owed, debt.due, str(debt.key)


def _names(reference: str) -> set[str]:
    """What a payer may write for a reference: all of it, or its digits alone."""
    name = normalize(reference)
    digits = "".join(sign for sign in name if sign.isdigit()).lstrip("0")
    return {found for found in (name, digits) if len(found) >= SHORTEST_REFERENCE}


def _occurring(text: str) -> Iterator[str]:
    """Everything in a text that may be a reference: groups of signs, alone and put
    together with those that follow; digits alone where letters stand before."""
    tokens = _TOKEN.findall((text or "").upper())
    for start in range(len(tokens)):
        joined = ""
        for token in tokens[start : start + MOST_GROUPS]:
            joined += token
            name = joined.lstrip("0")
            if len(name) >= SHORTEST_REFERENCE:
                yield name
        digits = re.sub(r"^[A-Z]+", "", tokens[start]).lstrip("0")
        if digits != tokens[start] and len(digits) >= SHORTEST_REFERENCE:
            yield digits
