"""Reading single cells: texts of CSV files and native values of workbooks.

Each function returns None for an empty cell and raises `CellError` with the code of a
finding for one it can't read.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from openpyxl.utils.datetime import from_excel

from .market_days import FIRST_DAY, LAST_DAY

# Numbers longer than this are no quantities; the limit also bounds the arithmetic.
MAX_DIGITS = 18
MAX_TEXT = 200
# kWh in one period; beyond that a float has no thousandths left
MAX_VALUE = 1e12


class CellError(ValueError):
    """A cell that cannot be read; args: code of the finding, text of the cell."""

    @property
    def code(self):
        return self.args[0]

    @property
    def value(self):
        return shorten(self.args[1])


def shorten(value) -> str:
    """Return the text of a cell, cut to a length fit for a finding."""
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


class CellReader:
    """Reads cells by the settings of a profile."""

    def __init__(self, profile):
        self.profile = profile
        self._empty = {"", *profile.empty}
        mark, thousands = re.escape(profile.decimal), re.escape(profile.thousands)
        grouped = rf"|\d{{1,3}}(?:{thousands}\d{{3}})+" if thousands else ""
        self._number = re.compile(
            rf"[+-]?(?:\d+{grouped})(?:{mark}\d*)?|[+-]?{mark}\d+", re.ASCII
        )

    def text(self, cell) -> str | None:
        """Return the stripped text of a cell; whole numbers without a decimal mark."""
        if cell is None:
            return None
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
            cell = int(cell)
        text = str(cell).strip()
        return None if text in self._empty else text

    def code(self, cell) -> str | None:
        """Return the text of a code; refuse numbers whose last digits are lost."""
        if isinstance(cell, int | float) and abs(cell) >= 1e15:
            raise CellError("code_as_number", cell)
        return self.text(cell)

    def number(self, cell) -> Decimal | None:
        """Return the number of a cell."""
        if isinstance(cell, bool) or isinstance(cell, date | time | timedelta):
            raise CellError("bad_number", cell)
        if isinstance(cell, int | float):
            if not math.isfinite(cell) or abs(cell) >= 10**MAX_DIGITS:
                raise CellError("bad_number", cell)
            # 9 decimals (µWh): what a workbook's binary fractions add comes after
            return Decimal(repr(round(cell, 9)))
        text = self.text(cell)
        if text is None:
            return None
        compact = text.replace("\u00a0", " ").replace("\u202f", " ")
        if len(compact) > 2 * MAX_DIGITS or not self._number.fullmatch(compact):
            raise CellError("bad_number", text)
        if self.profile.thousands:
            compact = compact.replace(self.profile.thousands, "")
        number = Decimal(compact.replace(self.profile.decimal, "."))
        if number.adjusted() >= MAX_DIGITS:
            raise CellError("bad_number", text)
        return number

    def value(self, cell) -> float | None:
        """Return an interval value; machines write small ones as 1e-05."""
        if isinstance(cell, str):
            text, mark, exponent = cell.strip().upper().partition("E")
            if mark and re.fullmatch(r"[+-]?\d{1,2}", exponent, re.ASCII):
                number = self.number(text)
                if number is not None:
                    return self._limited(float(number.scaleb(int(exponent))), cell)
        number = self.number(cell)
        return None if number is None else self._limited(float(number), cell)

    @staticmethod
    def _limited(value, cell):
        if abs(value) >= MAX_VALUE:
            raise CellError("bad_number", cell)
        return value

    def date(self, cell) -> date | None:
        """Return the date of a cell."""
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            cell = _serial(cell)
        if isinstance(cell, datetime):
            cell = cell.date()
        if isinstance(cell, date):
            return _in_range(cell, cell)
        text = self.text(cell)
        if text is None:
            return None
        return _in_range(_parse(text, self.profile.date_format).date(), text)

    def timestamp(self, cell) -> datetime | None:
        """Return the time stamp of a cell: naive, or aware when the text says how."""
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            cell = _serial(cell)
        if isinstance(cell, datetime):
            # serial numbers miss whole minutes by microseconds
            moment = (cell + timedelta(milliseconds=500)).replace(microsecond=0)
            _in_range(moment.date(), cell)
            return moment
        text = self.text(cell)
        if text is None:
            return None
        moment = _parse(text, self.profile.timestamp_format)
        _in_range(moment.date(), text)
        return moment

    def time(self, cell) -> timedelta | None:
        """Return the wall time of a cell as time since midnight; 24:00 is allowed."""
        if isinstance(cell, datetime):
            cell = cell.time()
        if isinstance(cell, time):
            return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
        if isinstance(cell, timedelta):
            if timedelta() <= cell <= timedelta(days=1):
                return cell
            raise CellError("bad_date", cell)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            if 0 <= cell <= 1:
                return timedelta(seconds=round(cell * 86400))
            raise CellError("bad_date", cell)
        text = self.text(cell)
        if text is None:
            return None
        form = self.profile.time_format
        moment = _parse(text, "%H:%M" if form == "iso" else form)
        midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if moment.day == 2:  # 24:00
            midnight -= timedelta(days=1)
        return moment - midnight


def _serial(number):
    """Return the time of a workbook's serial number of days (1970 to 2199)."""
    if not 25569 < number < 109939:
        raise CellError("bad_date", number)
    return from_excel(number)


def _in_range(day, cell):
    if not FIRST_DAY <= day <= LAST_DAY:
        raise CellError("bad_date", cell)
    return day


def _parse(text, form):
    """Return the datetime of a text; 24:00 is midnight of the next day."""
    if len(text) > MAX_TEXT:
        raise CellError("bad_date", text)
    late = re.search(r"(?<!\d)24(?=[:.h]?00)", text) if form != "%Y" else None
    for attempt in (text, late and text[: late.start()] + "00" + text[late.end() :]):
        if attempt is None:
            break
        try:
            if form == "iso":
                moment = datetime.fromisoformat(attempt)
            else:
                moment = datetime.strptime(attempt, form)
            return moment if attempt is text else moment + timedelta(days=1)
        except (ValueError, OverflowError):
            continue
    raise CellError("bad_date", text)
