"""Quantities less what sub-meters measure: sewage is water less garden water."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .charges import Quantity
from .spans import Span, gaps


def deduct(
    code: str,
    asked: Sequence[Span],
    gross: Sequence[Quantity],
    deducted: Sequence[tuple[Sequence[Quantity], Sequence[Span]]],
) -> list[Quantity]:
    """The gross quantities under another code, and the deducted ones with a minus.

    Their sum on any days is what remains, split as each of them is. A gross quantity
    is left out, so that its days are missing, where a sub-meter is installed whose
    quantity is not known; a deducted one never stands on days without a gross one.

    :param asked: the days that matter
    :param deducted: for each kind of sub-meter its quantities, and the days on which
        one is installed
    """
    kept = list(gross)
    for quantities, installed in deducted:
        known = [quantity.span for quantity in quantities]
        kept = [
            quantity
            for quantity in kept
            if not any(
                gaps(days, known) for days in _common(quantity.span, asked, installed)
            )
        ]
    minus = [quantity for quantities, _days in deducted for quantity in quantities]
    while True:
        there = [quantity.span for quantity in kept]
        bare = [
            quantity
            for quantity in minus
            if any(gaps(days, there) for days in _common(quantity.span, asked))
        ]
        if not bare:
            break
        minus = [quantity for quantity in minus if quantity not in bare]
        kept = [
            quantity
            for quantity in kept
            if not any(quantity.span.overlaps(other.span) for other in bare)
        ]
    return [_named(code, quantity) for quantity in kept] + [
        _named(code, _negative(quantity)) for quantity in minus
    ]


def _common(span, *sets):
    """The days of a span that lie in one of each of some sets of spans."""
    found = [span]
    for spans in sets:
        found = [
            common
            for one in found
            for other in spans
            if (common := one.intersect(other))
        ]
    return found


def _negative(quantity):
    daily = quantity.daily
    return replace(
        quantity,
        value=-quantity.value,
        daily=None if daily is None else tuple(-value for value in daily),
        intervals=None,
    )


def _named(code, quantity):
    """Its source stands behind another quantity already: here it is a part."""
    source = quantity.source
    if source and "parts" not in source:
        source = {"parts": [source]}
    return replace(quantity, code=code, source=source)
