"""What an import would do: worked out first, shown, then done as a whole."""

from dataclasses import dataclass, field

from odoo.tools import format_date

from ..sheets import CHOICE, CODES, DATE, DECIMAL, INTEGER, Finding
from ..tools import format_number


@dataclass(frozen=True)
class Change:
    """One record an import makes or changes, in the user's words."""

    is_new: bool
    place: str
    text: str


@dataclass
class ListPlan:
    """What a reading would change.

    :param findings: of the caller beside those of the reading
    :param changes: in the order of the file
    :param steps: functions without arguments that write, in this order
    """

    findings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    steps: list = field(default_factory=list)

    def apply(self):
        for step in self.steps:
            step()

    def tell(self, record, is_new, text):
        """Note a change made by a row of the file."""
        self.changes.append(Change(is_new, f"{record.sheet}!{record.row}", text))


def describe_changes(env, columns, old, new):
    """What a row changes, in the user's words: “Price 0.12 → 0.13”.

    :param columns: sheets.Column of its sheet
    :param dict old: values as they are, of the columns that change
    :param dict new: values of the row
    """
    return ", ".join(
        f"{column.title} {_show(env, column, old[column.key])} → "
        f"{_show(env, column, new[column.key])}"
        for column in columns
        if column.key in old
    )


def _show(env, column, value):
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return env._("yes") if value else env._("no")
    if column.kind == CHOICE:
        return column.label(value)
    if column.kind == CODES:
        return ", ".join(value)
    if column.kind == DATE:
        return format_date(env, value)
    if column.kind in (DECIMAL, INTEGER):
        return format_number(env, value)
    return str(value)


def grouped(updates):
    """Records that get the same values, so that they are written together.

    :param updates: ``[(record, values), …]``
    :return: ``[(recordset, values), …]``
    """
    groups = {}
    for record, values in updates:
        key = repr(sorted(values.items()))
        known = groups.get(key)
        groups[key] = (known[0] | record if known else record, values)
    return list(groups.values())
