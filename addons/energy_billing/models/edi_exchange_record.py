import hashlib
import io
import os
import tempfile
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from .energy_message import BLOCK, hash_stream


class EdiExchangeRecord(models.Model):
    """A delivery of a file; what it says is its energy.message."""

    _inherit = "edi.exchange.record"

    energy_message_id = fields.Many2one(
        "energy.message",
        string="Message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    energy_profile_id = fields.Many2one(
        "energy.table.profile", string="Profile", readonly=True, copy=False
    )
    energy_hash = fields.Char(string="SHA-256", readonly=True, copy=False)
    is_energy_repeated = fields.Boolean(
        string="Delivered Again",
        readonly=True,
        copy=False,
        help="The same content was imported before; nothing changed.",
    )

    # both read the whole file into memory, which files of half a gigabyte don't fit
    @api.depends("exchange_file", "energy_hash")
    def _compute_exchange_filechecksum(self):
        ours = self._filtered_energy()
        for record in ours:
            record.exchange_filechecksum = record.energy_hash
        return super(EdiExchangeRecord, self - ours)._compute_exchange_filechecksum()

    @api.depends("exchange_file", "edi_exchange_state")
    def _compute_exchange_file_frozen(self):
        ours = self._filtered_energy()
        ours.exchange_file_frozen = True
        return super(EdiExchangeRecord, self - ours)._compute_exchange_file_frozen()

    def _filtered_energy(self):
        """Deliveries and answers of the energy market."""
        return self.filtered(
            lambda record: record.backend_id.backend_type_id.code == "energy_market"
        )

    @api.model
    def _create_energy_delivery(self, profile, filename, content):
        """A received delivery with its file; not processed yet.

        :param content: bytes or a binary file object
        """
        backend = self.env.ref("energy_billing.edi_backend_energy")
        delivery = self.with_context(edi__skip_quick_exec=True).create(
            {
                "type_id": self.env.ref("energy_billing.edi_type_table").id,
                "backend_id": backend.id,
                "company_id": (profile.company_id or self.env.company).id,
                "energy_profile_id": profile.id,
                "exchange_filename": filename,
                "edi_exchange_state": "input_received",
            }
        )
        if isinstance(content, bytes):
            content = io.BytesIO(content)
        delivery._attach_energy_file(content)
        return delivery

    @api.model
    def _create_energy_answer(self, message, filename, content):
        """An answer to a message, kept with the delivery it came in.

        :param bytes content: the answer as it is to be sent
        """
        delivered = message.parent_id or message
        delivery = delivered.delivery_ids.sorted("id")[:1]
        answer = self.with_context(edi__skip_quick_exec=True).create(
            {
                "type_id": self.env.ref("energy_billing.edi_type_answer").id,
                "backend_id": self.env.ref("energy_billing.edi_backend_energy").id,
                "company_id": message.company_id.id,
                "parent_id": delivery.id,
                "energy_message_id": message.id,
                "exchange_filename": filename,
                # without an address it is kept to be sent another way
                "edi_exchange_state": "output_pending"
                if message.network_id.partner_id.email
                else "new",
            }
        )
        answer._attach_energy_file(io.BytesIO(content))
        return answer

    def _attach_energy_file(self, fileobj):
        """Move a file into the filestore as a stream, without holding it in memory.

        Binary fields take base64 in memory; the attachment is therefore created empty
        and pointed to the file by SQL, because the ORM strips those columns.
        """
        self.ensure_one()
        self.check_access("write")
        Attachment = self.env["ir.attachment"].sudo()
        # the field's own attachment, which users can only make through the field
        attachment = Attachment.create(
            {
                "name": self.exchange_filename or self.identifier,
                "res_model": self._name,
                "res_field": "exchange_file",
                "res_id": self.id,
                "type": "binary",
                "company_id": self.company_id.id,
            }
        )
        if Attachment._storage() != "file":
            raw = fileobj.read()
            attachment.raw = raw
            self.energy_hash = hashlib.sha256(raw).hexdigest()
            return
        name, sha1, sha256, size = self._store_stream(fileobj)
        attachment.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE ir_attachment SET store_fname = %s, checksum = %s,"
                " file_size = %s, db_datas = NULL WHERE id = %s",
                name,
                sha1,
                size,
                attachment.id,
            )
        )
        attachment.invalidate_recordset()
        self.invalidate_recordset(["exchange_file"])
        self.energy_hash = sha256

    @api.model
    def _store_stream(self, fileobj):
        """Write a stream into the filestore under its SHA-1, as Odoo does.

        :return: ``(name in the filestore, SHA-1, SHA-256, size in bytes)``
        """
        Attachment = self.env["ir.attachment"]
        store = Attachment._filestore()
        os.makedirs(store, exist_ok=True)
        sha1, sha256, size = hashlib.sha1(), hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(dir=store, delete=False) as target:
            try:
                while block := fileobj.read(BLOCK):
                    sha1.update(block)
                    sha256.update(block)
                    size += len(block)
                    target.write(block)
                target.flush()
                digest = sha1.hexdigest()
                name = f"{digest[:2]}/{digest}"
                path = Attachment._full_path(name)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.replace(target.name, path)
            except BaseException:
                os.unlink(target.name)
                raise
        # if the transaction fails, the file is collected as garbage
        Attachment._mark_for_gc(name)
        return name, digest, sha256.hexdigest(), size

    @contextmanager
    def _open_energy_file(self):
        """The delivered file as a binary, seekable file object."""
        self.ensure_one()
        self.check_access("read")
        attachment = (
            self.env["ir.attachment"]
            .sudo()  # access to the file is access to its delivery
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_field", "=", "exchange_file"),
                    ("res_id", "=", self.id),
                ],
                limit=1,
            )
        )
        with attachment._open_energy_stream() as fileobj:
            yield fileobj

    def _get_energy_hash(self):
        """SHA-256 of the delivered file; files that came another way are read once."""
        self.ensure_one()
        if not self.energy_hash:
            with self._open_energy_file() as fileobj:
                self.energy_hash = hash_stream(fileobj)
        return self.energy_hash

    def _notify_related_record(self, message, level="info"):
        """Messages log what came of them in their own words."""
        others = self.filtered(lambda record: not record.energy_message_id)
        return super(EdiExchangeRecord, others)._notify_related_record(message, level)

    def notify_action_complete(self, action, message=None):
        """A refused message makes its delivery a failed one."""
        for record in self:
            state = record.energy_message_id.state
            if action == "process" and state in ("rejected", "error"):
                record.write(
                    {
                        "edi_exchange_state": "input_processed_error",
                        "exchange_error": record.energy_message_id._get_summary(),
                    }
                )
        return super().notify_action_complete(action, message=message)
