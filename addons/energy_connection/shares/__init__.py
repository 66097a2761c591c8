"""What a customer pays for ordered grid work: shares, deduction, settlement, refunds.

Pure Python: no Odoo, no database, no clock. Amounts are ``Decimal`` in one currency,
capacity is kW, days are inclusive. Every result carries the steps that led to it, as
figures and as a sentence.

The rules are those of the Norwegian regulation on network regulation and the energy
market (NEM-forskriften), chapter 16, as data: factors, deductions, the cap and the
years come from dated rules.
"""

from .amounts import allot, round_amount
from .contribution import contribution
from .errors import SharesError
from .later import expiry_of, later_share
from .model import (
    Case,
    Component,
    Contribution,
    DeductionRule,
    LaterShare,
    Payer,
    ReductionRule,
    Refund,
    Settled,
    Settlement,
    Share,
    Step,
    YearsRule,
)
from .rules import rule_on
from .settlement import settle

__all__ = [
    "Case",
    "Component",
    "Contribution",
    "DeductionRule",
    "LaterShare",
    "Payer",
    "ReductionRule",
    "Refund",
    "Settled",
    "Settlement",
    "Share",
    "SharesError",
    "Step",
    "YearsRule",
    "allot",
    "contribution",
    "expiry_of",
    "later_share",
    "round_amount",
    "rule_on",
    "settle",
]
