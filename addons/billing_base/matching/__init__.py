"""Which incoming payment pays which debts: no database, no clock."""

from .payments import Debt, Match, Payment, Review, match_payments, normalize

__all__ = ["Debt", "Match", "Payment", "Review", "match_payments", "normalize"]
