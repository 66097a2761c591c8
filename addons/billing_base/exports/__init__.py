"""Files for other systems: CSV, XLSX and XML, row by row, with control totals.

A pure package: no Odoo, no database, no clock. The same rows give the same bytes, so
that a file can be proved by its hash. Rows may be a generator: nothing but the row
written is held in memory::

    layout = Layout("csv", (Column("date", "date"), Column("amount", "amount", 2)))
    control = write(fileobj, layout, rows)
"""

from .errors import ExportError
from .layout import FORMS, KINDS, Column, Control, Layout
from .names import filename
from .writers import write

__all__ = [
    "FORMS",
    "KINDS",
    "Column",
    "Control",
    "ExportError",
    "Layout",
    "filename",
    "write",
]
