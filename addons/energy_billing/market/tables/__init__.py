"""Tables of distributors: register readings and intervals from CSV and XLSX.

A `TableProfile` says how a file is laid out; `parse_readings` and `parse_intervals`
read it as a stream and return what they found wrong beside what they read.
"""

from .intervals import IntervalChunk, Intervals, parse_intervals
from .preview import Preview, preview
from .profile import TableProfile
from .readings import ReadingRow, Readings, parse_readings

__all__ = [
    "IntervalChunk",
    "Intervals",
    "Preview",
    "ReadingRow",
    "Readings",
    "TableProfile",
    "parse_intervals",
    "parse_readings",
    "preview",
]
