"""Settings as a file: what is written, what is read, what differs. No Odoo here."""

from .differences import Difference, differences
from .errors import FileError
from .file import Entry, canonical, dump, load

__all__ = [
    "Difference",
    "Entry",
    "FileError",
    "canonical",
    "differences",
    "dump",
    "load",
]
