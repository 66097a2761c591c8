"""Rating: charges and quantities in, billing lines with explanations out.

Pure Python: no Odoo, no database, no clock. See :func:`rate` and :class:`Rater`.
"""

from .charges import (
    Band,
    Charge,
    DatedTax,
    Discount,
    Factor,
    PriceVersion,
    Quantity,
    RatedLine,
    Rating,
)
from .deduction import deduct
from .errors import Problem, RatingError
from .explain import problem_sentence, sentence
from .flow import quantity_in
from .formula import Formula, IndexSeries
from .interest import Interest, InterestRate, Payment, late_interest
from .money import round_amount, round_quantity, to_decimal
from .price_list import PriceOn, price_on
from .rate import Rater, rate
from .spans import Span

__all__ = [
    "Band",
    "Charge",
    "DatedTax",
    "Discount",
    "Factor",
    "Formula",
    "IndexSeries",
    "Interest",
    "InterestRate",
    "Payment",
    "PriceOn",
    "PriceVersion",
    "Problem",
    "Quantity",
    "RatedLine",
    "Rater",
    "Rating",
    "RatingError",
    "Span",
    "deduct",
    "late_interest",
    "price_on",
    "problem_sentence",
    "quantity_in",
    "rate",
    "round_amount",
    "round_quantity",
    "sentence",
    "to_decimal",
]
