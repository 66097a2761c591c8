"""Which payments pay which debts, which debits came back: no database, no clock."""

from .entries import Part, read_parts, sum_charges
from .payments import Debt, Match, Payment, Review, match_payments, normalize
from .returns import Message, MessageError, Returned, read_returns

__all__ = [
    "Debt",
    "Match",
    "Message",
    "MessageError",
    "Part",
    "Payment",
    "Returned",
    "Review",
    "match_payments",
    "normalize",
    "read_parts",
    "read_returns",
    "sum_charges",
]
