"""Numbers and dates as people of a locale write them, fast.

Babel knows the conventions and is asked once per locale; formatting itself is string
work, because babel takes 65 µs for a number and an invoice has hundreds.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError

NBSP = "\N{NO-BREAK SPACE}"
_SCRIPTS = {"latin": "Latn", "Cyrl": "Cyrl", "cyrillic": "Cyrl"}


@dataclass(frozen=True)
class Formats:
    """Conventions of one language.

    ``date`` is a ``str.format`` pattern over ``y``, ``m``, ``d``. ``prefix`` and
    ``suffix`` stand around a currency symbol's amount, ``{}`` being the symbol.
    ``months`` are the abbreviated month names, January first.
    """

    decimal: str = "."
    group: str = ","
    date: str = "{m:02d}/{d:02d}/{y:04d}"
    prefix: str = "{}"
    suffix: str = ""
    months: tuple[str, ...] = ()
    minus: str = "-"

    @classmethod
    def for_locale(cls, lang):
        """Formats for an Odoo or POSIX language code; English for an unknown one."""
        return _formats(lang or "en_US")

    def number(self, value, digits=0, most=None):
        """``value`` with ``digits`` decimals, up to ``most`` where it has them.

        No rounding hides a figure: digits beyond ``most`` are rounded half up as
        everywhere in the product.
        """
        if most is None:
            text = f"{_quantized(value, digits):,f}"
        else:
            text = f"{_quantized(value, most):,f}"
            whole, _dot, fraction = text.partition(".")
            fraction = fraction.rstrip("0").ljust(digits, "0")
            text = f"{whole}.{fraction}" if fraction else whole
        whole, dot, fraction = text.partition(".")
        whole = whole.replace(",", self.group)
        if whole.startswith("-"):
            whole = self.minus + whole[1:]
        return f"{whole}{self.decimal}{fraction}" if dot else whole

    def money(self, value, currency):
        """Amount with the currency's symbol (or code) where the locale puts it."""
        sign = self.minus if value < 0 else ""
        symbol = currency.symbol or currency.code
        amount = self.number(abs(value), currency.digits)
        if self.prefix:
            # A code of letters would stick to the amount: keep them apart.
            gap = NBSP if symbol[-1:].isalpha() else ""
            return f"{sign}{self.prefix.format(symbol)}{gap}{amount}"
        return f"{sign}{amount}{self.suffix.format(symbol)}"

    def day(self, value):
        """A ``datetime.date`` in digits."""
        return self.date.format(y=value.year, m=value.month, d=value.day)

    def span(self, start, end):
        """Inclusive days ``start`` to ``end`` as one cell."""
        if start is None or end is None:
            return self.day(start or end) if (start or end) else ""
        return f"{self.day(start)} \N{EN DASH} {self.day(end)}"

    def value(self, value, digits=0, most=6):
        """Any value of a fact or figure."""
        if isinstance(value, date):
            return self.day(value)
        if isinstance(value, Decimal):
            return self.number(value, digits, most)
        return str(value)

    def month(self, value):
        """Short month and two-digit year, the label of a bar."""
        name = self.months[value.month - 1] if self.months else f"{value.month:02d}"
        return f"{name} {value.year % 100:02d}"


def _quantized(value, digits):
    rounded = value.quantize(Decimal(1).scaleb(-digits), rounding="ROUND_HALF_UP")
    # -0.00 would print a sign that means nothing.
    return rounded if rounded else abs(rounded)


@lru_cache(maxsize=32)
def _formats(lang):
    locale = _locale(lang)
    symbols = locale.number_symbols.get("latn") or locale.number_symbols
    prefix, suffix = _currency_sides(locale.currency_formats["standard"].pattern)
    return Formats(
        decimal=symbols["decimal"],
        group=symbols["group"],
        date=_date_pattern(locale),
        prefix=prefix,
        suffix=suffix,
        months=tuple(
            locale.months["stand-alone"]["abbreviated"][month].rstrip(".")
            for month in range(1, 13)
        ),
    )


def _locale(lang):
    """``bg_BG``, ``nb-NO``, ``sr@latin``, ``sr_ME@latin`` → babel's locale."""
    code, _at, script = lang.replace("-", "_").partition("@")
    parts = code.split("_")
    if script in _SCRIPTS:
        parts.insert(1, _SCRIPTS[script])
    while parts:
        try:
            return Locale.parse("_".join(parts))
        except (UnknownLocaleError, ValueError):
            parts.pop()
    return Locale.parse("en_US")


def _currency_sides(pattern):
    positive = pattern.split(";")[0].replace("\N{RIGHT-TO-LEFT MARK}", "")
    before, after = re.match(r"([^#0]*)[#0,.]+(.*)", positive).groups()
    if "\N{CURRENCY SIGN}" in before:
        return before.replace("\N{CURRENCY SIGN}", "{}"), ""
    return "", after.replace("\N{CURRENCY SIGN}", "{}")


def _date_pattern(locale):
    """Day, month and four-digit year in the locale's order, all with leading zeros.

    Equal widths keep columns of dates straight. Words after the last field (Bulgarian
    "г.") are dropped, a closing full stop (Serbian) is kept.
    """
    pattern = str(locale.datetime_skeletons["yMd"].pattern)
    fields = {"d": "{d:02d}", "M": "{m:02d}", "y": "{y:04d}"}
    tail = pattern[max(pattern.rfind(field) for field in "dMy") + 1 :]
    head = pattern[: len(pattern) - len(tail)].replace(" ", "")
    closing = "." if tail == "." else ""
    return re.sub(r"d+|M+|y+", lambda m: fields[m.group()[0]], head) + closing
