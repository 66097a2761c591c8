"""The file: JSON with its version, one entry per record, no database ids.

    {"format": "billing-settings", "version": 1, "records": [
        {"kind": "check", "addon": "billing_base",
         "key": {"code": "x"}, "values": {"name": …, "limit_ids": [{…}]}}]}

Entries are ordered by kind and key and names by the alphabet, so that equal settings
are an equal file and two files can be compared line by line.
"""

import json
from dataclasses import dataclass

from .errors import FileError, _

FORMAT = "billing-settings"
VERSION = 1


@dataclass(frozen=True)
class Entry:
    """One record of the file.

    :param str kind: such as "check"
    :param str addon: the add-on that knows the kind
    :param dict key: by which the record is found again
    :param dict values: of its fields; dictionaries are references and translations,
        lists children or references
    :param int number: place in the file, from 1
    """

    kind: str
    addon: str
    key: dict
    values: dict
    number: int = 0

    @property
    def identity(self):
        return self.kind, canonical(self.key)


def canonical(value):
    """Text that is equal for equal values."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def dump(entries):
    """The bytes of a file."""
    records = [
        {
            "kind": entry.kind,
            "addon": entry.addon,
            "key": entry.key,
            "values": entry.values,
        }
        for entry in sorted(entries, key=lambda entry: entry.identity)
    ]
    document = {"format": FORMAT, "version": VERSION, "records": records}
    text = json.dumps(document, sort_keys=True, ensure_ascii=False, indent=2)
    return f"{text}\n".encode()


def load(content):
    """The entries of a file.

    :param bytes content:
    :return: list of Entry in the order of the file
    :raises FileError: for a file that is broken, of another kind or newer
    """
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise FileError(
            _(
                "Byte %(place)s cannot be read as UTF-8. Take the file as it was "
                "exported."
            ),
            place=error.start + 1,
        ) from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise FileError(
            _(
                "Line %(line)s, column %(column)s: the file breaks off or is "
                "damaged. Take the file as it was exported."
            ),
            line=getattr(error, "lineno", 1),
            column=getattr(error, "colno", 1),
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise FileError(
            _(
                "This is no file of settings. Choose one that was made by "
                "Export Settings."
            )
        )
    version = document.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise FileError(
            _(
                "The file has version %(version)s, this system reads up to "
                "%(known)s. Update this system first."
            ),
            version=version,
            known=VERSION,
        )
    records = document.get("records")
    if not isinstance(records, list) or not records:
        raise FileError(_("The file has no settings. Export them again."))
    return _check_entries(records)


def _check_entries(records):
    shape = {"kind": str, "addon": str, "key": dict, "values": dict}
    entries, known = [], {}
    for number, record in enumerate(records, 1):
        if not isinstance(record, dict) or any(
            not isinstance(record.get(name), kind) for name, kind in shape.items()
        ):
            raise FileError(
                _(
                    "Record %(number)s has not all its parts. Take the file as it "
                    "was exported."
                ),
                number=number,
            )
        entry = Entry(**{name: record[name] for name in shape}, number=number)
        first = known.setdefault(entry.identity, number)
        if first != number:
            raise FileError(
                _(
                    "Records %(first)s and %(second)s are of the same setting. "
                    "Remove one of them from the file."
                ),
                first=first,
                second=number,
            )
        entries.append(entry)
    return entries
