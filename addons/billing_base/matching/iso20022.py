"""Elements of ISO 20022 messages of any version: found by their names alone."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation

#: What banks write where a payment had no reference of its own
_NO_REFERENCE = ("", "NOTPROVIDED")


class UnreadableError(ValueError):
    """A text that is no amount or day. :param found: the text"""

    def __init__(self, found: str):
        super().__init__(repr(found))
        self.found = found


def path(names: str) -> str:
    """``Rsn/Cd`` → a path of elements of any namespace; ``.`` and ``//`` stay."""
    return "/".join(
        name if name.startswith(".") or not name else "{*}" + name
        for name in names.split("/")
    )


def text(node, names: str) -> str:
    return (node.findtext(path(names)) or "").strip()


def first(*places):
    """The first of ``(node, names)`` that is there."""
    found = (node.find(path(names)) for node, names in places)
    return next((element for element in found if element is not None), None)


def reference(node, *paths: str) -> str:
    texts = (text(node, names) for names in paths)
    return next((found for found in texts if found.upper() not in _NO_REFERENCE), "")


def reason(node, names: str) -> tuple[str, str]:
    """Code and words of the bank."""
    found = node.find(path(names))
    if found is None:
        return "", ""
    words = (word.text or "" for word in found.iterfind("{*}AddtlInf"))
    code = text(found, "Rsn/Cd") or text(found, "Rsn/Prtry")
    return code, " ".join(word.strip() for word in words)


def party(node, names: str) -> str:
    return text(node, f"{names}/Nm") or text(node, f"{names}/Pty/Nm")


def day(found: str) -> date:
    """:raises UnreadableError: for what is no day"""
    try:
        return date.fromisoformat(found[:10])
    except ValueError as error:
        raise UnreadableError(found) from error


def amount(element) -> Decimal | None:
    """:raises UnreadableError: for what is no amount"""
    if element is None:
        return None
    found = (element.text or "").strip()
    try:
        value = Decimal(found)
    except InvalidOperation as error:
        raise UnreadableError(found) from error
    if not value.is_finite():
        raise UnreadableError(found)
    return value


def currency(element) -> str:
    return "" if element is None else element.get("Ccy", "")
