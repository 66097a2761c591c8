"""What an entry of a statement gives back, and what the bank charged for it.

A bank books a returned debit alone, or together with its charges in one sum. What the
debit was instructed for is the debit, or its own amount where that is less than the
entry; the rest is charges. Where only the sum is told, the charges told are taken off
it if the debit is then the one that is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .iso20022 import amount, currency, first, text

_ZERO = Decimal()
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Part:
    """A transaction of an entry.

    :param debit: what was collected, or None where only the sum is told
    :param moved: what left the account, charges included; None: told in another
        currency than the debit
    :param charges: as the bank tells them; 0: it doesn't
    :param currency: of the debit
    """

    debit: Decimal | None
    moved: Decimal | None
    charges: Decimal
    currency: str


def charges_beside(
    debit: Decimal, told: Decimal | None, moved: Decimal | None, charges: Decimal
) -> Decimal | None:
    """Charges that were booked with a debit, by what the bank says of it.

    :param debit: amount that was collected
    :param told, moved, charges: as in ``Part``
    :return: None if the bank speaks of another amount

    >>> charges_beside(Decimal("156.97"), None, Decimal("159.97"), Decimal("3.00"))
    Decimal('3.00')
    """
    if moved is None:
        return _ZERO if told in (None, debit) else None
    rest = moved - debit
    if rest and rest == charges:
        # to the cent, whatever is told as instructed
        return rest
    if told not in (None, debit):
        return None
    is_difference = told is not None and not charges and rest > 0
    return rest if not rest or is_difference else None


def sum_charges(beside: Iterable[Decimal], alone: Iterable[Decimal]) -> Decimal:
    """Charges of one return, as all messages about it tell them.

    Each message that names the debit speaks of the whole sum: the highest counts. What
    is booked without the debit comes on top, each amount once, for banks repeat it.

    :param beside: charges told together with the debit, a message each
    :param alone: charges told without the debit

    >>> sum_charges([Decimal("0"), Decimal("3.00")], [Decimal("3.00"), Decimal("1.25")])
    Decimal('4.25')
    """
    told = max(beside, default=_ZERO)
    return told + sum(set(alone) - {told}, _ZERO)


def read_parts(entry) -> list[Part]:
    """Transactions of a debit entry, which add up to it where the bank tells how.

    :raises UnreadableError: for an amount that is none
    """
    details = entry.findall("{*}NtryDtls/{*}TxDtls")
    total = entry.find("{*}Amt")
    own, unit = [_charges(detail) for detail in details], currency(total)
    booked = [first((d, "Amt"), (d, "AmtDtls/TxAmt/Amt")) for d in details]
    instructed = [d.find("{*}AmtDtls/{*}InstdAmt/{*}Amt") for d in details]
    sums = [
        amount(told if own_sum is None else own_sum)
        for own_sum, told in zip(booked, instructed, strict=True)
    ]
    moved, charges = _spread(amount(total), sums, own, _charges(entry))
    return [
        _part(*values, unit)
        for values in zip(instructed, sums, moved, charges, strict=True)
    ]


def _spread(total, sums, own, common):
    """What left the account for each transaction, and the charges told for each."""
    if total is None or (len(sums) > 1 and None in sums):
        return [None] * len(sums), own
    if len(sums) == 1:
        return [total], [own[0] or common]
    rest = total - sum(sums)
    if rest and rest == sum(own):
        return [part + more for part, more in zip(sums, own, strict=True)], own
    if rest and rest == common:
        shares = _share(common, len(sums))
        return [part + more for part, more in zip(sums, shares, strict=True)], shares
    return sums, own


def _share(charges: Decimal, count: int) -> list[Decimal]:
    """Equal parts to the cent; the first ones have the cents that are left over."""
    cents, more = divmod(int(charges / _CENT), count)
    return [(cents + (number < more)) * _CENT for number in range(count)]


def _part(instructed, booked, moved, charges, unit):
    told = amount(instructed)
    if told is not None and currency(instructed) not in ("", unit):
        return Part(told, None, _ZERO, currency(instructed))
    if told is None and None not in (booked, moved) and booked < moved:
        told = booked
    return Part(told, moved, charges, unit)


def _charges(node) -> Decimal:
    """Charges in the amount of an entry or transaction; what is only announced, and
    what the bank gives back, is not in it."""
    found, totals = _ZERO, []
    for charges in node.iterfind("{*}Chrgs"):
        records = charges.findall("{*}Rcrd")
        if not records and charges.find("{*}Amt") is not None:
            records = [charges]
        if not records:
            totals.append(amount(charges.find("{*}TtlChrgsAndTaxAmt")))
        for record in records:
            if text(record, "ChrgInclInd") in ("false", "0"):
                continue
            value = amount(record.find("{*}Amt")) or _ZERO
            found += -value if text(record, "CdtDbtInd") == "CRDT" else value
    return found + sum((value for value in totals if value), _ZERO)
