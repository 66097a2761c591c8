"""Watched folders in what fsspec reaches, through OCA's fs_storage."""

from contextlib import contextmanager
from datetime import UTC, datetime
from posixpath import basename, join

from paramiko import SSHException

from odoo.addons.energy_billing.folders import free_name


class StorageFolder:
    """A folder of an fs.storage; see ``energy_billing.folders.LocalFolder``.

    :param storage: fs.storage
    :param str path: within it
    """

    def __init__(self, storage, path):
        self.storage = storage
        self.path = path.strip("/")
        self._fs = None

    def __str__(self):
        return f"{self.storage.name}: {self.path}"

    def list(self):
        with self._connected() as fs:
            return [
                (_modified(entry), basename(entry["name"]))
                for entry in fs.ls(self.path, detail=True)
                if entry["type"] == "file"
                and not basename(entry["name"]).startswith(".")
            ]

    def size(self, name):
        with self._connected() as fs:
            return fs.size(join(self.path, name))

    @contextmanager
    def open(self, name):
        with self._connected() as fs, fs.open(join(self.path, name), "rb") as fileobj:
            yield fileobj

    def move(self, name, target):
        with self._connected() as fs:
            folder = join(self.path, target)
            fs.makedirs(folder, exist_ok=True)
            taken = {basename(path) for path in fs.ls(folder, detail=False)}
            fs.mv(join(self.path, name), join(folder, free_name(name, taken)))

    @contextmanager
    def _connected(self):
        """The file system; what its library raises becomes an OSError."""
        try:
            if self._fs is None:
                self._fs = self.storage.fs
            yield self._fs
        except (SSHException, EOFError) as error:
            # a connection that broke is kept by nobody
            self._forget()
            raise OSError(str(error) or type(error).__name__) from error
        except FileNotFoundError:
            raise
        except OSError:
            self._forget()
            raise

    def _forget(self):
        if self._fs is not None:
            getattr(self._fs, "fs", self._fs).clear_instance_cache()
            self._fs = None


def _modified(entry):
    moment = entry["mtime"]
    if isinstance(moment, int | float):
        return datetime.fromtimestamp(moment, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
