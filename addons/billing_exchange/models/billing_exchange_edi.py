from posixpath import join, splitext

from paramiko import SSHException

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.billing_base.streams import BLOCK, hash_stream
from odoo.addons.edi_core_oca.utils import EDIExchangeActionResult

ANSWER_LENGTH = 2000


class BillingExchangeEdi(models.AbstractModel):
    """Puts the files of batches into folders and reads the answers there."""

    _name = "billing.exchange.edi"
    _inherit = ["edi.oca.handler.send", "edi.oca.handler.check"]
    _description = "Sending of Batches"

    def send(self, exchange_record):
        """Write each file under another name, then give it its own.

        A file that is there with the same content was sent before. Where an earlier
        attempt was killed and the file is not there, it may have been taken away: a
        person decides.
        """
        batch = exchange_record.record
        uncertain = exchange_record.env.context.get("billing_exchange_uncertain")
        profile = batch.profile_id
        folder = (profile.folder or "").strip("/")
        with self._storage(profile) as fs, batch._open_files() as files:
            if folder:
                fs.makedirs(folder, exist_ok=True)
            for name, fileobj in files:
                self._put(fs, join(folder, name), fileobj, uncertain)
        batch._on_sent()
        text = self.env._(
            "Put into %(folder)s.", folder=f"{profile.storage_id.sudo().name}: {folder}"
        )
        return EDIExchangeActionResult(output=text, message=text)

    def _put(self, fs, path, fileobj, uncertain):
        if fs.exists(path):
            with fs.open(path, "rb") as there:
                known = hash_stream(there)
            if known == hash_stream(fileobj):
                return
            raise UserError(
                self.env._(
                    "The folder has another file called %(name)s. Move it away and "
                    "send again.",
                    name=path,
                )
            )
        if uncertain:
            raise UserError(
                self.env._(
                    "The program was stopped while it sent %(name)s, and the file is "
                    "not in the folder: either it never arrived or it was taken away. "
                    "Ask the receiver; then send it again or leave it.",
                    name=path,
                )
            )
        head, _slash, name = path.rpartition("/")
        hidden = join(head, f".{name}.part")
        with fs.open(hidden, "wb") as target:
            while block := fileobj.read(BLOCK):
                target.write(block)
        fs.mv(hidden, path)

    def check(self, exchange_record):
        """Look for the answer to a file: its name with another suffix."""
        batch = exchange_record.record
        profile = batch.profile_id
        if not profile.answer_folder:
            return None
        folder = profile.answer_folder.strip("/")
        stem = splitext(batch.filename)[0]
        with self._storage(profile) as fs:
            for suffixes, is_accepted in (
                (profile.answer_error, False),
                (profile.answer_ok, True),
            ):
                for suffix in (suffixes or "").split():
                    path = join(folder, f"{stem}.{suffix.lstrip('.')}")
                    if fs.exists(path):
                        with fs.open(path, "rb") as fileobj:
                            text = fileobj.read(ANSWER_LENGTH)
                        return self._answered(
                            exchange_record,
                            is_accepted,
                            text.decode("utf-8", "replace").strip(),
                        )
        return None

    def _answered(self, exchange_record, is_accepted, text):
        exchange_record.write(
            {
                "edi_exchange_state": "output_sent_and_processed"
                if is_accepted
                else "output_sent_and_error",
                "exchange_error": False if is_accepted else text,
                "exchanged_on": fields.Datetime.now(),
            }
        )
        exchange_record.record._on_acknowledged(is_accepted, text)

    def _storage(self, profile):
        # exports may use a storage, only administrators see it
        return _Connected(profile.storage_id.sudo())


class _Connected:
    """The file system of a storage; what goes wrong becomes a UserError."""

    def __init__(self, storage):
        self.storage = storage
        self.fs = None

    def __enter__(self):
        try:
            self.fs = self.storage.fs
        except (SSHException, EOFError, OSError) as error:
            self._refuse(error)
        return self.fs

    def __exit__(self, kind, error, _traceback):
        if isinstance(error, SSHException | EOFError | OSError):
            self._refuse(error)
        return False

    def _refuse(self, error):
        if self.fs is not None:
            # a connection that broke is kept by nobody
            getattr(self.fs, "fs", self.fs).clear_instance_cache()
        raise UserError(
            self.storage.env._(
                "%(storage)s cannot be reached: %(reason)s. It is tried again every "
                "hour.",
                storage=self.storage.name,
                reason=str(error) or type(error).__name__,
            )
        ) from error
