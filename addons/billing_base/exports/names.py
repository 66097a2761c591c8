"""File names from a pattern."""

import re

from .errors import ExportError, _

PLACES = ("profile", "batch", "number", "date", "company")
_UNSAFE = re.compile(r"[^\w.()+-]+")


def filename(pattern, suffix, **values):
    """A name that every file system takes.

    :param pattern: such as ``{profile}_{date:%Y%m%d}_{number:05d}``
    :param suffix: of the form, added where the pattern has none
    :raises ExportError: for a pattern that cannot be filled
    """
    try:
        name = pattern.format(**values)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise ExportError(
            _(
                "The file name %(pattern)s cannot be filled. It may hold %(places)s in "
                "braces."
            ),
            pattern=pattern,
            places=", ".join(PLACES),
        ) from error
    name = _UNSAFE.sub("_", name).strip("._") or "export"
    return name if name.lower().endswith(f".{suffix}") else f"{name}.{suffix}"
