"""What an import would do: worked out first, shown, then done as a whole."""

from dataclasses import dataclass, field

from ..sheets import Finding


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
