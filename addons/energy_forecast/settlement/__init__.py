"""Deviation of settlement from what was nominated, and what it costs. Pure Python."""

from .causes import Causes, decompose
from .imbalance import (
    Imbalance,
    Prices,
    aggregate,
    imbalance,
    price_intervals,
    share,
    to_money,
)
