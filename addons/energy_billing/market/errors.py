"""What can be wrong with a message, and how it is told to the clerk.

A *finding* names its level, a code, the place (row, column, element, point) and the
parameters of its text. Critical findings stop the whole message and travel as
`MarketError`, the only exception this package lets out; errors take single rows or
points out of the message; warnings are told and change nothing.

Texts are English templates with ``%(name)s`` placeholders, the msgids of the add-on's
translations: `Finding.message` takes the translating callable of the edge.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

CRITICAL = "critical"
ERROR = "error"
WARNING = "warning"


def _(msgid):
    """Mark a msgid for the extraction of translations; return it unchanged."""
    return msgid


MESSAGES = {
    # codes of points and parties
    "code_empty": _("The code is empty."),
    "code_length": _(
        "The code %(value)s has %(length)s characters, %(scheme)s has %(expected)s."
    ),
    "code_too_long": _("The code %(value)s is longer than %(limit)s characters."),
    "code_characters": _(
        "The code %(value)s has characters that %(scheme)s does not allow."
    ),
    "code_check": _(
        "The check character of the %(scheme)s code %(value)s does not fit: it has a "
        "typing error."
    ),
    "code_pattern": _(
        "The code %(value)s does not have the form of a code of this distributor."
    ),
    "code_as_number": _(
        "The code is stored as the number %(value)s: its last digits are lost. Format "
        "the column as text and enter the codes again."
    ),
    "code_ambiguous": _(
        "The code %(value)s has the form of several distributors: %(distributors)s."
    ),
    "scheme_unknown": _("The code scheme %(scheme)s is not known."),
    # profiles
    "profile_field": _(
        "The profile %(profile)s has a wrong setting: %(field)s = %(value)s "
        "(%(reason)s)."
    ),
    "pattern_invalid": _("The pattern %(value)s cannot be used: %(reason)s."),
    # whole files
    "file_empty": _("The file is empty."),
    "file_no_rows": _("The file has a header but no rows."),
    "file_other_format": _(
        "The file is %(found)s, the profile expects %(expected)s. Choose another "
        "profile or ask the sender for the right file."
    ),
    "file_not_text": _(
        "The file holds bytes that no text file has: it is damaged or of another "
        "format."
    ),
    "file_encoding": _(
        "The file cannot be read as %(encoding)s. It may have another encoding: change "
        "it in the profile or ask the sender."
    ),
    "file_encoding_guess": _(
        "The file cannot be read as %(encoding)s but its header can be read as "
        "%(guess)s: change the encoding in the profile."
    ),
    "file_csv_broken": _("The file is no readable CSV from here on: %(reason)s."),
    "file_line_too_long": _(
        "A line is longer than %(limit)s characters: this is no table of market data."
    ),
    "file_xlsx_broken": _(
        "The workbook cannot be read: it is damaged or was not sent completely."
    ),
    "file_xlsx_too_large": _(
        "The workbook unpacks to more than is allowed (%(reason)s). Ask the sender for "
        "a CSV file or for smaller files."
    ),
    "sheet_missing": _("The workbook has no sheet %(sheet)s; it has %(found)s."),
    "header_missing": _(
        "No header row with the text %(text)s was found in the first %(rows)s rows."
    ),
    "column_missing": _("The column %(column)s is missing. The file has: %(found)s."),
    "column_ambiguous": _(
        "Several columns are called %(column)s: name the column by its letter "
        "(@A) in the profile."
    ),
    "too_many_errors": _(
        "More than %(limit)s rows are wrong: the profile does not fit this file, or "
        "the file is damaged. The first errors are listed."
    ),
    "too_many_values": _(
        "The file keeps more than %(limit)s days open at once: sort it by metering "
        "point or split it."
    ),
    "too_many_texts": _(
        "The file has more than %(limit)s different points, days or times: split it."
    ),
    # rows
    "bad_number": _("%(value)s is no number."),
    "bad_date": _("%(value)s is no date of the form %(format)s."),
    "bad_quality": _("The quality %(value)s is not in the profile's list."),
    "bad_status": _("The status %(value)s is not in the profile's list."),
    "point_twice": _("The point stands in row %(first)s already."),
    "bad_register": _("The register %(value)s is not in the profile's list."),
    "bad_channel": _("The channel %(value)s is not in the profile's list."),
    "bad_position": _("The period %(value)s does not exist on %(day)s."),
    "missing_value": _("The cell is empty."),
    "row_width": _("The row has more columns than the header: it is damaged."),
    "negative_quantity": _("The quantity %(value)s is negative."),
    "negative_reading": _("The reading %(value)s is negative."),
    "negative_value": _("The value %(value)s of %(day)s is negative."),
    "dates_reversed": _("The period ends on %(date_to)s, before it begins."),
    "difference": _(
        "The quantity %(quantity)s is not the difference of the readings times the "
        "multiplier (%(expected)s)."
    ),
    "rollover": _(
        "The reading went from %(reading_from)s to %(reading_to)s: the quantity fits a "
        "register that passed %(limit)s."
    ),
    "duplicate_row": _("The row repeats row %(first)s and is left out."),
    "duplicate_conflict": _(
        "The row contradicts row %(first)s: same point and period, other values. "
        "Neither is used."
    ),
    "duplicate_value": _(
        "The value of %(time)s on %(day)s stands twice in the file; the second is left "
        "out."
    ),
    "conflict_value": _(
        "The value of %(time)s on %(day)s stands twice in the file, as %(first)s and "
        "as %(second)s kWh; the day is not used."
    ),
    "duplicate_late": _(
        "A value of %(day)s stands apart from the others of its day and cannot be "
        "compared with them; the day is not used."
    ),
    "nonexistent_time": _(
        "The time %(value)s does not exist: the clock was put forward over it."
    ),
    "off_grid": _(
        "The time %(value)s is not the beginning of a period of %(minutes)s minutes."
    ),
    "missing_values": _("%(count)s of %(slots)s values of %(day)s are missing."),
    "surplus_values": _(
        "The row has more values than %(day)s has periods (%(slots)s)."
    ),
    "too_few_columns": _(
        "The file has %(columns)s value columns, %(day)s has %(slots)s periods."
    ),
    # XML messages
    "xml_broken": _("The file is no well-formed XML (%(reason)s)."),
    "xml_doctype": _(
        "The file has a document type declaration. Market messages have none: it is "
        "refused, because entities could read other files or unfold without end."
    ),
    "message_too_large": _("The message is larger than %(limit)s bytes."),
    "xml_root_unknown": _(
        "%(found)s is no message this profile list knows; it knows: %(known)s."
    ),
    "xml_namespace": _(
        "The message %(root)s has the namespace %(found)s; one ending in %(expected)s "
        "is expected."
    ),
    "xml_code_unknown": _(
        "The message code %(code)s of %(root)s is not known; known are: %(known)s."
    ),
    "field_missing": _("The required field %(field)s is missing."),
    "field_wrong": _("The field %(field)s has the value %(value)s: not %(type)s."),
    "message_empty": _("The message has no %(element)s."),
    "unknown_elements": _(
        "The message has %(count)s elements that are kept but not read: %(names)s."
    ),
    "status_unknown": _("The status %(value)s is not in the list; taken as measured."),
    "unit_unknown": _("The unit %(value)s is not known."),
    # EDIFACT messages
    "edi_broken": _("The file is no readable EDIFACT from segment %(row)s on."),
    "edi_type": _("The message is %(found)s, %(expected)s is expected."),
    "edi_count": _(
        "The message says it has %(stated)s segments, it has %(counted)s: it is "
        "incomplete."
    ),
    "edi_reference": _("The end of the message %(found)s does not fit %(expected)s."),
    "edi_end_missing": _("The end of the file is missing: it was not sent completely."),
    "edi_segment": _("The segment %(segment)s cannot be read: %(reason)s."),
    "more_findings": _("%(count)s more findings of this kind: %(kind)s"),
}


# Texts that come as parameters of messages and are translated with them.
TERMS = frozenset(
    {
        _("a ZIP archive or an XLSX workbook"),
        _("an empty ZIP archive"),
        _("an old XLS workbook"),
        _("a PDF document"),
        _("a gzip archive"),
        _("a RAR archive"),
        _("a 7z archive"),
        _("an image"),
        _("an XML document"),
        _("an HTML page"),
        _("a text file (CSV)"),
        _("an XLSX workbook"),
        _("no workbook"),
    }
)


def fill(code: str, params: Mapping[str, object], translate=str) -> str:
    """Return the text of a message with its parameters filled in."""
    terms = {
        name: translate(value) if isinstance(value, str) and value in TERMS else value
        for name, value in params.items()
    }
    return translate(MESSAGES[code]) % terms


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a message something stands; rows count from 1 as in a spreadsheet."""

    row: int | None = None
    column: str | None = None
    point: str | None = None
    element: str | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing worth telling about a message.

    `params` are JSON-able. An interval finding about one day carries ``day`` (ISO
    date) and ``channel`` there.
    """

    level: str
    code: str
    row: int | None = None
    column: str | None = None
    point: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    element: str | None = None

    def message(self, translate: Callable[[str], str] = str) -> str:
        """Return the text for the clerk, without the place."""
        return fill(self.code, self.params, translate)


class MarketError(Exception):
    """A message that cannot be used, or a code or profile that is wrong.

    `code` is a key of `MESSAGES`, `place` a `Place`, `params` fill the template.
    """

    def __init__(
        self,
        code: str,
        place: Place = NOWHERE,
        params: Mapping[str, object] | None = None,
    ):
        self.code = code
        self.place = place
        self.params = dict(params or {})
        super().__init__(code, place, self.params)

    def __str__(self):
        return self.message()

    def message(self, translate: Callable[[str], str] = str) -> str:
        """Return the text for the clerk, without the place."""
        return fill(self.code, self.params, translate)

    @property
    def finding(self) -> Finding:
        """The same as a critical finding."""
        place = self.place
        return Finding(
            CRITICAL,
            self.code,
            place.row,
            place.column,
            place.point,
            self.params,
            place.element,
        )


class FindingReport:
    """Findings of one message, bounded in number.

    After `max_errors` errors the message is given up (``too_many_errors``); of each
    kind of warning the first `max_warnings` are kept and the rest counted.
    """

    def __init__(self, max_errors: int = 10_000, max_warnings: int = 1_000):
        self.findings: list[Finding] = []
        self.bad_points: set[str] = set()
        self.bad_days: set[tuple[str, str, date]] = set()
        self._max_errors = max_errors
        self._max_warnings = max_warnings
        self._errors = 0
        self._warnings: Counter[str] = Counter()

    def error(self, code, row=None, column=None, point=None, element=None, /, **params):
        """Keep an error; raise MarketError when there are too many."""
        self._errors += 1
        if self._errors > self._max_errors:
            raise MarketError(
                "too_many_errors", Place(row), {"limit": self._max_errors}
            )
        finding = Finding(ERROR, code, row, column, point, params, element)
        self.findings.append(finding)
        if point:
            self.bad_points.add(point)

    def day_error(self, code, row, column, point, channel, day, **params):
        """Keep an error that makes one day of a point unusable."""
        self.bad_days.add((point, channel, day))
        params |= {"day": day.isoformat(), "channel": channel}
        self.error(code, row, column, point, **params)

    def warning(
        self, code, row=None, column=None, point=None, element=None, /, **params
    ):
        """Keep a warning, or count it when there are many of its kind."""
        self._warnings[code] += 1
        if self._warnings[code] <= self._max_warnings:
            finding = Finding(WARNING, code, row, column, point, params, element)
            self.findings.append(finding)

    def close(self):
        """Add one finding for each kind of warning that was cut off."""
        for code, count in sorted(self._warnings.items()):
            if count > self._max_warnings:
                params = {"kind": code, "count": count - self._max_warnings}
                self.findings.append(Finding(WARNING, "more_findings", params=params))
        self._warnings.clear()
