"""What a file says otherwise than the database."""

from collections import Counter
from dataclasses import dataclass

from .file import canonical


@dataclass(frozen=True)
class Difference:
    """A value that differs; of lists, how many of their parts go and come."""

    name: str
    old: object
    new: object
    removed: int = 0
    added: int = 0

    @property
    def is_list(self):
        return isinstance(self.old, list) or isinstance(self.new, list)


def differences(old, new):
    """Values of ``new`` that are not those of ``old``; names that ``new`` has not are
    left as they are.

    :param dict old: values as they are
    :param dict new: values of the file
    :return: list of Difference in the order of names
    """
    found = []
    for name in sorted(new):
        before, after = old.get(name), new[name]
        if before == after:
            continue
        removed = added = 0
        if isinstance(after, list):
            lost = Counter(map(canonical, before or []))
            lost.subtract(Counter(map(canonical, after)))
            removed = sum(count for count in lost.values() if count > 0)
            added = -sum(count for count in lost.values() if count < 0)
        found.append(Difference(name, before, after, removed, added))
    return found
