"""Messages by which a bank gives direct debits back.

pain.002 (an order refused as a whole, a lot or single debits of it) and the return
entries of camt.053 and camt.054, of any version: elements are found by their names.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from .entries import charges_beside, read_parts
from .iso20022 import (
    UnreadableError,
    amount,
    currency,
    day,
    party,
    reason,
    reference,
    text,
)

_KINDS = {
    "pain.002": "status",
    "camt.053": "statement",
    "camt.054": "notification",
}
_KIND = re.compile(r"\b(pain\.002|camt\.05[34])\.")
_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False}


class MessageError(ValueError):
    """A message that cannot be read. :param number: of the debit in it, from 1"""

    def __init__(self, number: int, found: str):
        super().__init__(f"debit {number}: {found!r}")
        self.number, self.found = number, found


@dataclass(frozen=True, slots=True)
class Returned:
    """A debit, or a group of debits, that the bank gave back.

    :param key: the same for the same content of the same message
    :param scope: ``payment``, or ``lot`` or ``order`` that was refused as a whole
    :param reference: end-to-end reference, or the name of the lot or order
    :param amount: of the debit, or None where the message doesn't tell it
    :param moved: what left our account for it, charges of the bank included; None
        where no money moved or that isn't told
    :param charges: of the bank as it tells them
    :param code: reason by ISO 20022, or the bank's own
    :param note: what the bank adds in words
    """

    key: str
    scope: str
    reference: str
    amount: Decimal | None
    moved: Decimal | None
    charges: Decimal
    currency: str
    code: str
    note: str
    day: date
    debtor: str

    @property
    def debit(self) -> Decimal | None:
        """The debit's amount as far as it can be known without the debit; 0 where the
        bank booked nothing but charges."""
        if self.moved is not None and (self.amount is None or self.is_charges_alone):
            return self.moved - self.charges
        return self.amount

    @property
    def is_charges_alone(self) -> bool:
        """Whether the bank calls all that left the account charges."""
        return self.charges > 0 and self.charges == self.moved

    def charges_beside(self, debit: Decimal) -> Decimal | None:
        """Charges booked with a debit of this amount; None: it is not the one."""
        return charges_beside(debit, self.amount, self.moved, self.charges)


@dataclass(frozen=True, slots=True)
class Message:
    """What a file says.

    :param kind: ``status`` (refused, no money moved), ``statement`` (its entries are
        booked as well) or ``notification`` (told before the statement)
    :param has_others: entries that give no debit back are in it
    """

    kind: str
    returns: tuple[Returned, ...]
    has_others: bool


def read_returns(content: bytes) -> Message | None:
    """Read a file of a bank.

    :return: None if it is no message in which debits are given back
    :raises MessageError: for an amount or a day that is none
    """
    try:
        root = etree.fromstring(content, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError:
        return None
    kind = _KIND.search(etree.QName(root).namespace or "")
    if not kind:
        return None
    name = _KINDS[kind[1]]
    if name == "status":
        return Message(name, _number(_read_status(root)), False)
    entries = root.iterfind(".//{*}Ntry")
    others = any(entry.find(".//{*}RtrInf") is None for entry in entries)
    return Message(name, _number(_read_entries(root)), others)


def _number(rows: Iterator[dict]) -> tuple[Returned, ...]:
    """Rows with keys; equal debits of one message are told apart by their number."""
    counted: Counter = Counter()
    found: list[Returned] = []
    try:
        for row in rows:
            money = str(row["amount"] if row["moved"] is None else row["moved"])
            content = repr(
                (
                    row.pop("message"),
                    row["scope"],
                    row["reference"],
                    money,
                    row["code"],
                )
            )
            counted[content] += 1
            key = hashlib.sha256(f"{content} {counted[content]}".encode()).hexdigest()
            found.append(Returned(key=key, **row))
    except UnreadableError as error:
        raise MessageError(len(found) + 1, error.found) from error
    return tuple(found)


def _read_status(root) -> Iterator[dict]:
    """What a pain.002 refuses, the largest group of it only."""
    common = {
        "message": text(root, ".//GrpHdr/MsgId"),
        "moved": None,
        "charges": Decimal(),
    }
    told_on = text(root, ".//GrpHdr/CreDtTm")
    group = root.find(".//{*}OrgnlGrpInfAndSts")
    lots = list(root.iterfind(".//{*}OrgnlPmtInfAndSts"))
    whole = {**common, "amount": None, "currency": "", "debtor": ""}
    if not lots and group is not None and text(group, "GrpSts") == "RJCT":
        yield _row(group, whole, "order", text(group, "OrgnlMsgId"), told_on)
    for lot in lots:
        debits = list(lot.iterfind("{*}TxInfAndSts"))
        if not debits and text(lot, "PmtInfSts") == "RJCT":
            yield _row(lot, whole, "lot", text(lot, "OrgnlPmtInfId"), told_on)
        for debit in debits:
            status = text(debit, "TxSts") or text(lot, "PmtInfSts")
            if status and status != "RJCT":
                continue
            told = debit.find("{*}OrgnlTxRef/{*}Amt/{*}InstdAmt")
            single = {
                **common,
                "amount": amount(told),
                "currency": currency(told),
                "debtor": party(debit, "OrgnlTxRef/Dbtr"),
            }
            name = reference(debit, "OrgnlEndToEndId", "OrgnlInstrId")
            yield _row(debit, single, "payment", name, told_on)


def _read_entries(root) -> Iterator[dict]:
    """Debits on our account that are returns: money collected before."""
    for entry in root.iterfind(".//{*}Ntry"):
        if text(entry, "CdtDbtInd") != "DBIT" or entry.find(".//{*}RtrInf") is None:
            continue
        booked_on = text(entry, "BookgDt/Dt") or text(entry, "BookgDt/DtTm")
        details = entry.iterfind("{*}NtryDtls/{*}TxDtls")
        for debit, part in zip(details, read_parts(entry), strict=True):
            if debit.find("{*}RtrInf") is None:
                continue
            values = {
                "message": text(entry.getparent(), "Id"),
                "amount": part.debit,
                "moved": part.moved,
                "charges": part.charges,
                "currency": part.currency,
                "debtor": party(debit, "RltdPties/Dbtr"),
            }
            name = reference(debit, "Refs/EndToEndId", "Refs/InstrId")
            yield _row(debit, values, "payment", name, booked_on, "RtrInf")


def _row(node, values, scope, name, told_on, reasons="StsRsnInf") -> dict:
    code, note = reason(node, reasons)
    found = {"scope": scope, "reference": name, "code": code, "note": note}
    return {**values, **found, "day": day(told_on)}
