"""What is wrong with a file, where, and what to do: as data and as a sentence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

ERROR = "error"
WARNING = "warning"


def _(text: str) -> str:
    """Marks a msgid for the extraction of terms; translation happens later."""
    return text


MESSAGES = {
    # the file
    "not_a_table": _(
        "This is neither an Excel workbook (.xlsx) nor a text file (.csv). Save it as "
        ".xlsx and choose it again."
    ),
    "old_excel": _(
        "This is a workbook of an old Excel or one with a password. Save it as .xlsx "
        "without a password and choose it again."
    ),
    "damaged": _("The workbook is damaged: %(reason)s. Save it again in Excel."),
    "too_large": _("The file is too large: more than %(limit)s. Divide it."),
    "not_utf8": _("The text file is not in UTF-8. Save it as “CSV UTF-8” or .xlsx."),
    "empty_file": _("The file is empty."),
    "missing_sheet": _(
        "The sheet is missing; the file has: %(found)s. Add it or name it so."
    ),
    # headings
    "no_heading": _(
        "No row with the headings was found. The first row must have: %(wanted)s."
    ),
    "missing_column": _("The column is missing. The file has: %(found)s."),
    "double_column": _("Two columns have this heading. Delete one of them."),
    "unknown_column": _("The column is not known and is left out."),
    # cells
    "required": _("The cell is empty. Enter a value."),
    "cell_error": _("The cell shows the error %(value)s. Correct its formula."),
    "not_calculated": _(
        "The formula in the cell has no result. Open the file in Excel and save it, "
        "or paste values."
    ),
    "not_a_number": _("“%(value)s” is not a number."),
    "ambiguous_number": _(
        "“%(value)s” can be read in two ways. Write %(decimal)s or %(thousands)s."
    ),
    "not_whole": _("%(value)s is not a whole number."),
    "too_many_decimals": _("%(value)s has more than %(digits)s decimals. Round it."),
    "too_small": _("%(value)s is less than %(limit)s."),
    "too_great": _("%(value)s is more than %(limit)s."),
    "not_a_date": _("“%(value)s” is not a date. Write it like 2026-01-31."),
    "with_time": _("%(value)s has a time of day. Leave only the date."),
    "not_yes_or_no": _("“%(value)s” is neither yes nor no."),
    "not_a_choice": _("“%(value)s” is not allowed. Allowed: %(choices)s."),
    "lost_digits": _(
        "The number %(value)s is too long for a number in Excel and has lost digits. "
        "Format the column as text and enter it again."
    ),
    "not_text": _("The cell has a date where text belongs. Format it as text."),
    # rows
    "double_row": _("The same row stands already in row %(first)s (%(value)s)."),
    "outside_columns": _("Something stands to the right of the headings."),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell about a place of the file.

    :param sheet: its tab; empty for the file as a whole
    :param row: as Excel counts, from 1; None for the whole sheet
    :param column: its heading
    :param letter: its letter, as Excel names it
    :param text: of the caller, already in the user's language, in place of ``code``
    """

    code: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    letter: str = ""
    params: dict = field(default_factory=dict)
    level: str = ERROR
    text: str = ""

    @property
    def place(self) -> str:
        """``Prices!C12 (Price)``, as far as it is known."""
        cell = f"{self.letter}{self.row or ''}"
        place = "!".join(part for part in (self.sheet, cell) if part)
        return f"{place} ({self.column})" if self.column else place


def sentence(finding: Finding, translate: Callable[[str], str] = str) -> str:
    """What is wrong and what to do, without the place."""
    if finding.text:
        return finding.text
    return translate(MESSAGES[finding.code]) % finding.params
