"""What a file looks like: columns and conventions."""

import re
from dataclasses import dataclass
from decimal import Decimal

from .errors import ExportError, _

FORMS = ("csv", "xlsx", "xml")
KINDS = ("text", "integer", "amount", "quantity", "date", "datetime", "boolean")
_ELEMENT = re.compile(r"[A-Za-z_][\w.-]*\Z")


@dataclass(frozen=True)
class Column:
    """A column: title (in XML the name of its element) and kind of its values.

    Values are ``str``, ``int``, ``Decimal``, ``date``, ``datetime`` (UTC, naive),
    ``bool`` or None, which is an empty cell. ``digits`` are the decimals of an amount
    or the most decimals of a quantity. ``total`` adds the column to the control
    totals. ``width`` cuts a text for systems that take no longer ones; 0: as it is.
    """

    title: str
    kind: str = "text"
    digits: int = 2
    total: bool = False
    width: int = 0


@dataclass(frozen=True)
class Layout:
    """A whole file.

    ``date_format`` is a ``strftime`` pattern. ``header`` writes the titles, ``control``
    a closing line with the number of rows and the totals (in XML: an element
    ``control``). ``neutral`` puts an apostrophe before a text that a spreadsheet would
    take for a formula (CSV only). ``root`` and ``row`` name the elements of an XML
    file.
    """

    form: str
    columns: tuple[Column, ...]
    delimiter: str = ";"
    decimal: str = "."
    date_format: str = "%Y-%m-%d"
    encoding: str = "utf-8-sig"
    header: bool = True
    control: bool = True
    neutral: bool = True
    sheet: str = "Export"
    root: str = "export"
    row: str = "row"

    def check(self):
        """Refuse what no file can be made of.

        :raises ExportError: naming the place
        """
        if not self.columns:
            raise ExportError(_("A file needs at least one column."))
        if self.form == "xml":
            for name in (self.root, self.row, *(c.title for c in self.columns)):
                if not _ELEMENT.match(name):
                    raise ExportError(
                        _(
                            "“%(name)s” cannot name an element of an XML file. Use "
                            "letters, digits, hyphens and underscores, a letter first."
                        ),
                        name=name,
                    )
        titles = [column.title for column in self.columns]
        for title in titles:
            if titles.count(title) > 1:
                raise ExportError(
                    _("Two columns are called “%(name)s”. Rename one of them."),
                    name=title,
                )


@dataclass(frozen=True)
class Control:
    """What was written: number of rows, and sums by title of the column."""

    count: int
    totals: dict[str, Decimal]
