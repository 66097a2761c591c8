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
from decimal import Decimal, InvalidOperation

from lxml import etree

_KINDS = {
    "pain.002": "status",
    "camt.053": "statement",
    "camt.054": "notification",
}
_KIND = re.compile(r"\b(pain\.002|camt\.05[34])\.")
_PARSER = {"resolve_entities": False, "no_network": True, "load_dtd": False}
#: What banks write where a debit had no reference of its own
_NO_REFERENCE = ("", "NOTPROVIDED")


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
    :param amount: of the debit, or None where the message doesn't repeat it
    :param code: reason by ISO 20022, or the bank's own
    :param note: what the bank adds in words
    """

    key: str
    scope: str
    reference: str
    amount: Decimal | None
    currency: str
    code: str
    note: str
    day: date
    debtor: str


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


def _number(rows: Iterator[tuple]) -> tuple[Returned, ...]:
    """Rows with keys; equal debits of one message are told apart by their number."""
    counted: Counter = Counter()
    found = []
    for number, row in enumerate(rows, 1):
        message, scope, reference, element, day, code, note, debtor = row
        amount, currency = _amount(element, number)
        content = repr((message, scope, reference, str(amount), code))
        counted[content] += 1
        key = hashlib.sha256(f"{content} {counted[content]}".encode()).hexdigest()
        found.append(
            Returned(
                key=key,
                scope=scope,
                reference=reference,
                amount=amount,
                currency=currency,
                code=code,
                note=note,
                day=_day(day, number),
                debtor=debtor,
            )
        )
    return tuple(found)


def _read_status(root) -> Iterator[tuple]:
    """What a pain.002 refuses, the largest group of it only."""
    message, day = _text(root, ".//GrpHdr/MsgId"), _text(root, ".//GrpHdr/CreDtTm")
    group = root.find(".//{*}OrgnlGrpInfAndSts")
    lots = list(root.iterfind(".//{*}OrgnlPmtInfAndSts"))
    if not lots and group is not None and _text(group, "GrpSts") == "RJCT":
        order = _text(group, "OrgnlMsgId")
        yield message, "order", order, None, day, *_reason(group, "StsRsnInf"), ""
    for lot in lots:
        debits = list(lot.iterfind("{*}TxInfAndSts"))
        if not debits and _text(lot, "PmtInfSts") == "RJCT":
            name = _text(lot, "OrgnlPmtInfId")
            yield message, "lot", name, None, day, *_reason(lot, "StsRsnInf"), ""
        for debit in debits:
            status = _text(debit, "TxSts") or _text(lot, "PmtInfSts")
            if status and status != "RJCT":
                continue
            yield (
                message,
                "payment",
                _reference(debit, "OrgnlEndToEndId", "OrgnlInstrId"),
                debit.find("{*}OrgnlTxRef/{*}Amt/{*}InstdAmt"),
                day,
                *_reason(debit, "StsRsnInf"),
                _name(debit, "OrgnlTxRef/Dbtr"),
            )


def _read_entries(root) -> Iterator[tuple]:
    """Debits on our account that are returns: money collected before."""
    for entry in root.iterfind(".//{*}Ntry"):
        if _text(entry, "CdtDbtInd") != "DBIT":
            continue
        message = _text(entry.getparent(), "Id")
        day = _text(entry, "BookgDt/Dt") or _text(entry, "BookgDt/DtTm")
        for debit in entry.iterfind("{*}NtryDtls/{*}TxDtls"):
            if debit.find("{*}RtrInf") is None:
                continue
            yield (
                message,
                "payment",
                _reference(debit, "Refs/EndToEndId", "Refs/InstrId"),
                _first(
                    (debit, "AmtDtls/InstdAmt/Amt"),
                    (debit, "AmtDtls/TxAmt/Amt"),
                    (debit, "Amt"),
                    (entry, "Amt"),
                ),
                day,
                *_reason(debit, "RtrInf"),
                _name(debit, "RltdPties/Dbtr"),
            )


def _path(names: str) -> str:
    return "/".join(
        name if name.startswith(".") or not name else "{*}" + name
        for name in names.split("/")
    )


def _text(node, path: str) -> str:
    return (node.findtext(_path(path)) or "").strip()


def _first(*places):
    """The first of ``(node, path)`` that is there."""
    found = (node.find(_path(path)) for node, path in places)
    return next((element for element in found if element is not None), None)


def _reference(node, *paths: str) -> str:
    texts = (_text(node, path) for path in paths)
    return next((text for text in texts if text.upper() not in _NO_REFERENCE), "")


def _reason(node, path: str) -> tuple[str, str]:
    """Code and words of the bank."""
    reason = node.find(_path(path))
    if reason is None:
        return "", ""
    words = (word.text or "" for word in reason.iterfind("{*}AddtlInf"))
    code = _text(reason, "Rsn/Cd") or _text(reason, "Rsn/Prtry")
    return code, " ".join(word.strip() for word in words)


def _name(node, path: str) -> str:
    return _text(node, f"{path}/Nm") or _text(node, f"{path}/Pty/Nm")


def _day(text: str, number: int) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise MessageError(number, text) from error


def _amount(element, number: int) -> tuple[Decimal | None, str]:
    if element is None:
        return None, ""
    text = (element.text or "").strip()
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise MessageError(number, text) from error
    if not value.is_finite():
        raise MessageError(number, text)
    return value, element.get("Ccy", "")
