"""Cells to typed values. What can be read in two ways is a finding, never a guess."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation

from .columns import BOOLEAN, CHOICE, CODES, DATE, DECIMAL, INTEGER, Column, normal

YES = {"true", "yes", "y", "x", "1"}
NO = {"false", "no", "n", "0"}

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_DOTTED = re.compile(r"(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})\.?")
_SPACES = re.compile(r"[\s\u00a0\u202f']")
#: 1,234 or 12,345,678 but not 0,123: a decimal or a thousands comma
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})")


class CellError(ValueError):
    """A cell that can't be read; ``code`` is of ``findings.MESSAGES``."""

    def __init__(self, code: str, **params):
        super().__init__(code)
        self.code = code
        self.params = params


def parse(column: Column, value):
    """The value of a cell as the column's type, its empty value for an empty cell.

    :param value: as openpyxl gives it, or text
    :raises CellError: when it can't be read as that
    """
    if isinstance(value, str):
        value = value.strip() or None
    if value is None:
        if column.required:
            raise CellError("required")
        return column.empty
    reader = _READERS.get(column.kind, _text)
    return reader(column, value)


def plain(number: Decimal) -> str:
    """Digits without exponent and trailing zeros.

    >>> plain(Decimal("1E+3")), plain(Decimal("0.10"))
    ('1000', '0.1')
    """
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _text(column: Column, value) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float | Decimal):
        # Excel keeps 15 digits: a longer code entered as a number is another code now
        if abs(value) >= 10**15:
            raise CellError("lost_digits", value=plain(Decimal(value)))
        return plain(_from_number(value))
    raise CellError("not_text", value=str(value))


def _codes(column: Column, value) -> tuple[str, ...]:
    text = _text(column, value)
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _from_number(value) -> Decimal:
    """A number of a cell with the 15 digits Excel shows, without what binary adds."""
    if isinstance(value, float):
        return Decimal(f"{value:.15g}")
    return Decimal(value)


def _from_text(text: str) -> Decimal:
    """A number as people write it: 1 234,5 · 1.234,50 · 1,234.50 · 1234.5."""
    bare = _SPACES.sub("", text).replace("\u2212", "-")
    comma, dot = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and dot >= 0:
        thousands = "." if comma > dot else ","
        bare = bare.replace(thousands, "").replace(",", ".")
    elif _THOUSANDS.fullmatch(bare):
        raise CellError(
            "ambiguous_number",
            value=text,
            decimal=bare.replace(",", "."),
            thousands=bare.replace(",", ""),
        )
    elif bare.count(",") > 1:
        bare = bare.replace(",", "")
    else:
        bare = bare.replace(",", ".")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", bare, re.ASCII):
        raise CellError("not_a_number", value=text)
    return Decimal(bare)


def _number(column: Column, value) -> Decimal:
    if isinstance(value, bool | date | time):
        raise CellError("not_a_number", value=str(value))
    try:
        number = _from_text(value) if isinstance(value, str) else _from_number(value)
    except InvalidOperation as error:
        raise CellError("not_a_number", value=str(value)) from error
    if not number.is_finite():
        raise CellError("not_a_number", value=str(value))
    if column.minimum is not None and number < column.minimum:
        raise CellError("too_small", value=plain(number), limit=str(column.minimum))
    if column.maximum is not None and number > column.maximum:
        raise CellError("too_great", value=plain(number), limit=str(column.maximum))
    return number


def _decimal(column: Column, value) -> Decimal:
    number = _number(column, value)
    shortest = Decimal(plain(number))
    if column.digits is not None and -shortest.as_tuple().exponent > column.digits:
        raise CellError(
            "too_many_decimals", value=plain(number), digits=str(column.digits)
        )
    return shortest


def _integer(column: Column, value) -> int:
    number = _number(column, value)
    if number != number.to_integral_value():
        raise CellError("not_whole", value=plain(number))
    return int(number)


def _date(column: Column, value) -> date:
    if isinstance(value, datetime):
        if value.time() != time():
            raise CellError("with_time", value=value.isoformat(" "))
        return value.date()
    if isinstance(value, date):
        return value
    text = str(value)
    if found := _ISO.fullmatch(text):
        year, month, day = found.groups()
    elif found := _DOTTED.fullmatch(text):
        day, month, year = found.groups()
    else:
        raise CellError("not_a_date", value=text)
    try:
        return date(int(year), int(month), int(day))
    except ValueError as error:
        raise CellError("not_a_date", value=text) from error


def _boolean(column: Column, value) -> bool:
    if isinstance(value, bool):
        return value
    word = normal(plain(_from_number(value)) if _is_number(value) else value)
    labels = {normal(label): key for key, label in column.choices}
    word = labels.get(word, word)
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellError("not_yes_or_no", value=str(value))


def _is_number(value) -> bool:
    return isinstance(value, int | float | Decimal)


def _choice(column: Column, value) -> str:
    text = _text(column, value)
    wanted = normal(text)
    # a value of one choice may be the label of another: values win
    for key, _label in column.choices:
        if wanted == normal(key):
            return key
    for key, label in (*column.choices, *column.labels):
        if wanted == normal(label):
            return key
    raise CellError(
        "not_a_choice",
        value=text,
        choices=", ".join(label for _key, label in column.choices),
    )


_READERS = {
    BOOLEAN: _boolean,
    CHOICE: _choice,
    CODES: _codes,
    DATE: _date,
    DECIMAL: _decimal,
    INTEGER: _integer,
}
