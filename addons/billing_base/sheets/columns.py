"""What a sheet looks like."""

from __future__ import annotations

from dataclasses import dataclass, replace

TEXT = "text"
INTEGER = "integer"
DECIMAL = "decimal"
DATE = "date"
BOOLEAN = "boolean"
CHOICE = "choice"
#: several codes in one cell, separated by commas; a tuple of str
CODES = "codes"

KINDS = (TEXT, INTEGER, DECIMAL, DATE, BOOLEAN, CHOICE, CODES)


def normal(text: object) -> str:
    """A heading or label for comparing: case and spaces don't matter.

    >>> normal("  Price\\n per  unit ")
    'price per unit'
    """
    return " ".join(str(text).casefold().split())


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading and what its cells hold.

    :param key: name of the value in a record; also accepted as heading
    :param title: heading, in the user's language
    :param kind: one of :data:`KINDS`. Empty cells are None (``""`` never comes out),
        of kind codes an empty tuple
    :param required: a row without a value here is wrong
    :param choices: of kind choice: (value, label) pairs; both are read, the label is
        written
    :param labels: further (value, label) pairs that are read (other languages)
    :param digits: of kind decimal: most decimals; more are a finding, not rounded
    :param minimum: least number
    :param maximum: greatest number
    :param aliases: further headings that are read (other languages)
    :param optional: the whole column may be missing
    :param help: written as a note at the heading
    """

    key: str
    title: str
    kind: str = TEXT
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    digits: int | None = None
    minimum: object = None
    maximum: object = None
    aliases: tuple[str, ...] = ()
    optional: bool = False
    labels: tuple[tuple[str, str], ...] = ()
    help: str = ""
    width: int = 14

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"column {self.key}: no kind {self.kind!r}")
        if self.kind == CHOICE and not self.choices:
            raise ValueError(f"column {self.key}: a choice needs choices")

    @property
    def headings(self) -> set[str]:
        return {normal(name) for name in (self.title, self.key, *self.aliases)}

    @property
    def empty(self):
        """The value of an empty cell."""
        return () if self.kind == CODES else None

    def label(self, value: str) -> str:
        """How a choice is written."""
        return dict(self.choices).get(value, value)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook.

    :param key: name of its records in a reading
    :param title: tab, in the user's language; of at most 31 characters
    :param unique: keys of columns that together name a row once
    :param aliases: further names of the tab that are read
    :param optional: the sheet may be missing
    """

    key: str
    title: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    optional: bool = False

    @property
    def names(self) -> set[str]:
        return {normal(name) for name in (self.title, self.key, *self.aliases)}

    def also_read(self, other: Sheet) -> Sheet:
        """This sheet, which reads the headings and labels of ``other`` as well: the
        same sheet in another language."""
        columns = tuple(
            replace(
                own,
                aliases=(*own.aliases, theirs.title),
                labels=(*own.labels, *theirs.choices),
            )
            for own, theirs in zip(self.columns, other.columns, strict=True)
        )
        return replace(self, columns=columns, aliases=(*self.aliases, other.title))
