"""Index prices: a formula over price series, evaluated for each interval.

A formula is arithmetic over names, nothing else: ``index * 1.05 + 0.012``,
``0.7 * spot + 0.3 * base``, ``min(max(index, 0), cap_price) + price``. Names are
the given series, the charge's parameters, and ``price`` (the dated price of the
version). It is parsed with :mod:`ast` and never evaluated as Python.

Prices of intervals are unit prices: float64 with numpy, then rounded to 8
decimals. From there on integers only: energies in 1e-6 kWh times prices in 1e-8
per kWh, summed exactly, rounded once to the currency by the caller.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, reduce

import numpy as np

from .errors import RatingError

ENERGY_DIGITS = 6
PRICE_DIGITS = 8
#: A product of one energy unit and one price unit, 1e-14 of the currency.
PRODUCT_EXPONENT = -(ENERGY_DIGITS + PRICE_DIGITS)
#: Above, a price or energy is nonsense, and scaled integers would overflow.
LARGEST = 1e9
MAX_LENGTH = 500
MAX_DEPTH = 40

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: np.divide,
}
_FUNCTIONS = {
    # name: (function, fewest arguments, most arguments)
    "min": (lambda *args: reduce(np.minimum, args), 2, 20),
    "max": (lambda *args: reduce(np.maximum, args), 2, 20),
    "cap": (np.minimum, 2, 2),
    "floor": (np.maximum, 2, 2),
    "clip": (lambda x, low, high: np.minimum(np.maximum(x, low), high), 3, 3),
    "abs": (np.abs, 1, 1),
}


class Formula:
    """A parsed formula. ``names`` are the series and parameters it needs.

    :raises RatingError: code ``bad_formula``, for anything but numbers, names,
        ``+ - * /``, brackets and the functions min, max, cap(x, highest),
        floor(x, lowest), clip(x, lowest, highest) and abs
    """

    def __init__(self, text: str):
        self.text = text
        self.names: set[str] = set()
        if len(text) > MAX_LENGTH:
            raise self._error("too long")
        try:
            tree = ast.parse(text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise self._error("not a formula") from error
        self._root = self._check(tree.body, 0)

    def _error(self, reason: str) -> RatingError:
        return RatingError(
            "bad_formula", f"formula: {reason}", formula=self.text[:MAX_LENGTH]
        )

    def _check(self, node, depth: int):
        """Validate ``node`` into nested tuples (function, operands…)."""
        if depth > MAX_DEPTH:
            raise self._error("too deeply nested")
        if isinstance(node, ast.Constant):
            if type(node.value) not in (int, float) or not abs(node.value) < LARGEST:
                raise self._error("only numbers of a sensible size")
            return float(node.value)
        if isinstance(node, ast.Name):
            self.names.add(node.id)
            return node.id
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            sides = (node.left, node.right)
            return (
                _OPERATORS[type(node.op)],
                *(self._check(side, depth + 1) for side in sides),
            )
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            sign = -1.0 if isinstance(node.op, ast.USub) else 1.0
            return (operator.mul, sign, self._check(node.operand, depth + 1))
        if isinstance(node, ast.Call):
            return self._check_call(node, depth)
        raise self._error(f"{type(node).__name__} is not allowed")

    def _check_call(self, node: ast.Call, depth: int):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in _FUNCTIONS:
            raise self._error(f"unknown function {name!r}")
        function, fewest, most = _FUNCTIONS[name]
        if node.keywords or not fewest <= len(node.args) <= most:
            raise self._error(f"wrong number of values for {name}")
        return (function, *(self._check(arg, depth + 1) for arg in node.args))

    def evaluate(self, values: Mapping[str, np.ndarray | float]):
        """The result for arrays of one shape and numbers, float64.

        :raises KeyError: for a name without value
        """

        def value_of(node):
            if isinstance(node, tuple):
                return node[0](*(value_of(operand) for operand in node[1:]))
            return values[node] if isinstance(node, str) else node

        with np.errstate(all="ignore"):
            return value_of(self._root)


@lru_cache(maxsize=1024)
def parse(text: str) -> Formula:
    return Formula(text)


@dataclass(frozen=True, eq=False, slots=True)
class IndexSeries:
    """Prices of an index per interval of local days.

    :param name: the name formulas use
    :param start: first day
    :param days: one float array per day, currency per kWh, NaN: missing; an
        hourly price holds for the quarter hours of its hour
    """

    name: str
    start: date
    days: tuple

    def day(self, day: date) -> np.ndarray | None:
        """The prices of a day; None outside of the series or for no values."""
        position = (day - self.start).days
        if not 0 <= position < len(self.days):
            return None
        values = self.days[position]
        return None if values is None or len(values) == 0 else values


@dataclass(frozen=True, eq=False, slots=True)
class PriceRow:
    """Prices of consecutive days: ``scaled`` int64 in 1e-8, ``lengths`` per day.

    ``problem`` is (code, params) when there is no price for some interval.
    """

    lengths: tuple[int, ...] = ()
    scaled: np.ndarray | None = None
    problem: tuple[str, dict] | None = None


def half_up(values: np.ndarray, digits: int) -> np.ndarray:
    """Floats as int64 multiples of 10^-digits, halves away from zero.

    Float noise is first cut off at a ten-thousandth of a step, so 0.123456785
    (a binary fraction just below) rounds as its decimal notation says.
    """
    scaled = np.round(np.abs(values) * 10.0**digits, 4)
    return (np.sign(values) * np.floor(scaled + 0.5)).astype(np.int64)


def price_row(
    formula: Formula,
    first: date,
    days: int,
    series: Mapping[str, IndexSeries],
    parameters: Mapping[str, Decimal],
    discount: Decimal,
    less: Decimal = Decimal(0),
) -> PriceRow:
    """Evaluate ``formula`` for ``days`` days from ``first``.

    A missing price of an interval gives a row whose problem names the index,
    the day, the interval (1 = first of the day) and the time it begins.
    """
    names = sorted(formula.names & set(series))
    unknown = sorted(formula.names - set(series) - set(parameters))
    if unknown:
        params = {"names": ", ".join(unknown), "formula": formula.text}
        return PriceRow(problem=("unknown_index", params))
    lengths = []
    columns: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for offset in range(days):
        day = first + timedelta(days=offset)
        found = {name: series[name].day(day) for name in names}
        for name, values in found.items():
            if values is None:
                return PriceRow(problem=_missing(name, day, 1, 24, None))
        longest = max((len(values) for values in found.values()), default=1)
        for name, values in found.items():
            if longest % len(values):
                params = {"index": name, "date": day.isoformat()}
                return PriceRow(problem=("resolution_mismatch", params))
            columns[name].append(np.repeat(values, longest // len(values)))
        lengths.append(longest)
    arrays = {
        name: np.concatenate(column).astype(float) for name, column in columns.items()
    }
    for name, array in arrays.items():
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            offset, interval = _place(lengths, int(bad[0]))
            day = first + timedelta(days=offset)
            missing = _missing(name, day, interval, lengths[offset], int(bad.size))
            return PriceRow(problem=missing)
    numbers = {name: float(value) for name, value in parameters.items()}
    result = formula.evaluate({**numbers, **arrays})
    result = np.broadcast_to(np.asarray(result, dtype=float), (sum(lengths),))
    if less:
        result = result - float(less)
    if discount:
        result = result * float((100 - discount) / 100)
    bad = np.flatnonzero(~(np.abs(result) < LARGEST))
    if bad.size:
        offset, interval = _place(lengths, int(bad[0]))
        params = {
            "formula": formula.text,
            "date": (first + timedelta(days=offset)).isoformat(),
            "interval": interval,
        }
        return PriceRow(problem=("formula_result", params))
    return PriceRow(tuple(lengths), half_up(result, PRICE_DIGITS))


def _missing(name: str, day: date, interval: int, length: int, count: int | None):
    params = {
        "index": name,
        "date": day.isoformat(),
        "interval": interval,
        "time": _clock(interval, length),
    }
    if count is not None:
        params["count"] = count
    return "missing_index_price", params


def _clock(interval: int, length: int) -> str:
    """When an interval of a day of 24 hours begins; "–" where clocks change."""
    if 1440 % length:
        return "–"
    hour, minute = divmod((interval - 1) * (1440 // length), 60)
    return f"{hour:02d}:{minute:02d}"


def _place(lengths, position: int) -> tuple[int, int]:
    """(day offset, number from 1) of the interval at ``position`` of a row."""
    for offset, length in enumerate(lengths):
        if position < length:
            return offset, position + 1
        position -= length
    raise IndexError(position)


def scaled_energy(intervals) -> tuple[list[int], np.ndarray] | tuple[str, dict]:
    """Energies of a quantity in 1e-6 kWh: (lengths per day, int64 array).

    Rounded cumulatively, so any run of whole days sums to the rounded sum. For a
    missing value (problem code, {offset, interval, count}) with the day's offset.
    """
    lengths = [0 if day is None else len(day) for day in intervals]
    if 0 in lengths:  # a day without any value
        params = {"offset": lengths.index(0), "interval": 1, "count": lengths.count(0)}
        return "missing_interval", params
    values = np.concatenate([np.asarray(day, dtype=float) for day in intervals])
    bad = np.flatnonzero(~(np.abs(values) < LARGEST))
    if bad.size:
        offset, interval = _place(lengths, int(bad[0]))
        params = {"offset": offset, "interval": interval, "count": int(bad.size)}
        return "missing_interval", params
    sums = half_up(np.cumsum(values), ENERGY_DIGITS)
    return lengths, np.diff(sums, prepend=np.int64(0))


def spread(row: PriceRow, skip: int, lengths: list[int]) -> np.ndarray | int:
    """Prices for days of ``lengths`` intervals, after the row's first ``skip``.

    int64 in 1e-8. A price for an hour is repeated for its quarter hours. Where
    energy is coarser than the price, the offset of that day is returned.
    """
    if not skip and row.lengths == tuple(lengths):
        return row.scaled
    begin = sum(row.lengths[:skip])
    pieces = []
    for offset, want in enumerate(lengths):
        have = row.lengths[skip + offset]
        if not want or want % have:
            return offset
        pieces.append(np.repeat(row.scaled[begin : begin + have], want // have))
        begin += have
    return np.concatenate(pieces)


def exact_dot(energy: np.ndarray, prices: np.ndarray) -> int:
    """Σ energy × price of two int64 arrays, exact at any size."""
    if not energy.size:
        return 0
    bound = int(np.abs(energy).max()) * int(np.abs(prices).max()) * energy.size
    if bound < 2**63:
        return int(np.dot(energy, prices))
    return sum(map(operator.mul, energy.tolist(), prices.tolist()))
