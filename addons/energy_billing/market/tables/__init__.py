"""Tables of distributors: readings, intervals, confirmations from CSV and XLSX.

A `TableProfile` says how a file is laid out; `parse_readings`, `parse_intervals` and
`parse_confirmations` read it as a stream and return what they found wrong beside what
they read.
"""

from .confirmations import ConfirmationRow, Confirmations, parse_confirmations
from .intervals import IntervalChunk, Intervals, parse_intervals
from .preview import Preview, preview
from .profile import TableProfile
from .readings import ReadingRow, Readings, parse_readings

__all__ = [
    "ConfirmationRow",
    "Confirmations",
    "IntervalChunk",
    "Intervals",
    "Preview",
    "ReadingRow",
    "Readings",
    "TableProfile",
    "parse_confirmations",
    "parse_intervals",
    "parse_readings",
    "preview",
]
