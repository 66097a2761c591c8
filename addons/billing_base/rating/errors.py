"""What can go wrong: errors of the caller, and problems of the data.

A :class:`RatingError` says the call itself makes no sense (a float where money
is expected, bands out of order). A :class:`Problem` says a charge can't be
rated with the data given; it names charge and days, is stored on the segment
and never turns into a silent zero (shared rule: a missing price is an error).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from .spans import Span


class RatingError(ValueError):
    """The caller's input is malformed; nothing was rated.

    ``code`` is stable and machine readable, ``params`` fill the message.
    """

    def __init__(self, code: str, message: str, **params):
        super().__init__(f"{message} {params}" if params else message)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a charge could not be rated for some days.

    :param code: one of the keys of ``explain.PROBLEMS``
    :param charge_key: key of the charge (or of the interest claim)
    :param span: the days concerned
    :param params: JSON-able details, decimals and dates as strings
    """

    code: str
    charge_key: object
    span: Span
    params: dict = field(default_factory=dict)

    @property
    def date(self) -> date:
        """The first day concerned."""
        return self.span.start
