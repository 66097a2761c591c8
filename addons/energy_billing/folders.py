"""Folders that are watched for files: one of the server, or what an add-on brings.

Whatever goes wrong with a folder comes out as OSError.
"""

from datetime import UTC, datetime
from pathlib import Path


class LocalFolder:
    """A folder of the server.

    :param Path path: absolute
    """

    def __init__(self, path):
        self.path = Path(path)

    def __str__(self):
        return str(self.path)

    def list(self):
        """Files and when they were last written to.

        :return: ``[(aware datetime, name), …]`` without folders and hidden files
        :raises FileNotFoundError: when there is no such folder
        """
        if not self.path.is_dir():
            raise FileNotFoundError(str(self.path))
        return [
            (datetime.fromtimestamp(entry.stat().st_mtime, UTC), entry.name)
            for entry in self.path.iterdir()
            if not entry.name.startswith(".")
            and entry.is_file()
            and not entry.is_symlink()
        ]

    def size(self, name):
        """Bytes of a file."""
        return (self.path / name).stat().st_size

    def open(self, name):
        """A binary file object, read as a stream."""
        return (self.path / name).open("rb")

    def move(self, name, target):
        """Move a file into a folder below, under a name that is free there.

        :param str target: such as ``done/2026-01-31``
        """
        folder = self.path / target
        folder.mkdir(parents=True, exist_ok=True)
        taken = {path.name for path in folder.iterdir()}
        (self.path / name).replace(folder / free_name(name, taken))


def free_name(name, taken):
    """The name, with a number where a set of names has it already."""
    path, number, free = Path(name), 1, name
    while free in taken:
        number += 1
        free = f"{path.stem}_{number}{path.suffix}"
    return free
