import tempfile

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..exports import ExportError, write
from ..streams import attach_stream, get_attachment, hash_attachment

OPEN_FIELDS = (
    "state",
    "cancel_reason",
    "cancelled_on",
    "cancelled_by_id",
    "exchange_record_id",
    "is_uncertain",
    "message_main_attachment_id",
    "write_date",
    "write_uid",
)
"""What may still be written of a batch that is made; the state only once, to
cancelled."""

MIME = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "application/xml",
    "zip": "application/zip",
}


class BillingExportMixin(models.AbstractModel):
    """A file made once from records, kept as it left, with its hash.

    A batch that is made never changes: the table's trigger guards it and the file is
    compared with its hash whenever it is handed out. Cancelling keeps the batch with
    its file, who did it and why, and gives its records back.
    """

    _name = "billing.export.mixin"
    _description = "Export Batch"

    state = fields.Selection(
        [("draft", "Draft"), ("done", "Exported"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    file = fields.Binary(readonly=True, copy=False, attachment=True)
    filename = fields.Char(readonly=True, copy=False)
    file_hash = fields.Char(string="SHA-256", readonly=True, copy=False)
    cancel_reason = fields.Char(readonly=True, copy=False, tracking=True)
    cancelled_on = fields.Datetime(readonly=True, copy=False)
    cancelled_by_id = fields.Many2one("res.users", readonly=True, copy=False)

    def write(self, vals):
        if "file" in vals and any(batch.state != "draft" for batch in self):
            raise UserError(
                self.env._(
                    "The file of an exported batch never changes. Cancel the batch and "
                    "export again."
                )
            )
        return super().write(vals)

    def _write_file(self, layout, rows):
        """Write rows into a file of the disk.

        :param layout: exports.Layout
        :return: the open temporary file at its beginning, and exports.Control
        """
        fileobj = tempfile.TemporaryFile()
        try:
            control = write(fileobj, layout, rows)
        except ExportError as error:
            fileobj.close()
            # pylint: disable=translation-not-lazy
            raise UserError(self.env._(error.template, **error.params)) from error
        except BaseException:
            fileobj.close()
            raise
        fileobj.seek(0)
        return fileobj, control

    def _finish(self, fileobj, filename, **values):
        """Keep the file and close the batch."""
        self.ensure_one()
        suffix = filename.rpartition(".")[2].lower()
        with fileobj:
            digest, _size = attach_stream(
                self, "file", filename, fileobj, MIME.get(suffix, "application/xml")
            )
        self.write(
            {"filename": filename, "file_hash": digest, "state": "done", **values}
        )

    def action_download(self):
        """The very file that was exported.

        :raises UserError: when the stored file is no longer that of the batch
        """
        self.ensure_one()
        attachment = get_attachment(self, "file")
        if not attachment or hash_attachment(attachment) != self.file_hash:
            raise UserError(
                self.env._(
                    "The stored file of batch %(batch)s is not the one that was "
                    "exported. Restore it from the backup of the file store.",
                    batch=self.display_name,
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file?download=true",
            "target": "download",
        }

    def action_cancel_dialog(self):
        """Ask why."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cancel Batch"),
            "res_model": "billing.export.cancel",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_res_model": self._name,
                "default_res_id": self.id,
            },
        }

    def _cancel(self, reason):
        """Give the records back; the batch stays with its file."""
        for batch in self:
            if batch.state != "done":
                raise UserError(
                    self.env._(
                        "Only an exported batch is cancelled; %(batch)s is not.",
                        batch=batch.display_name,
                    )
                )
        self.write(
            {
                "state": "cancelled",
                "cancel_reason": reason,
                "cancelled_on": fields.Datetime.now(),
                "cancelled_by_id": self.env.uid,
            }
        )
        self.flush_recordset()
        self._release()

    def _release(self):
        """Let the records of cancelled batches be exported again."""
        raise NotImplementedError

    @api.ondelete(at_uninstall=False)
    def _unlink_except_made(self):
        if any(batch.state != "draft" for batch in self):
            raise UserError(
                self.env._("An exported batch stays. Cancel it to export again.")
            )

    def init(self):
        if self._abstract:
            self.env.cr.execute(BATCH_GUARD, [list(OPEN_FIELDS)] * 2)
            return
        self.env.cr.execute(
            SQL(
                "CREATE OR REPLACE TRIGGER billing_export_guard"
                " BEFORE UPDATE OR DELETE ON %s FOR EACH ROW"
                " WHEN (OLD.state <> 'draft')"
                " EXECUTE FUNCTION billing_export_guard()",
                SQL.identifier(self._table),
            )
        )


BATCH_GUARD = """
CREATE OR REPLACE FUNCTION billing_export_guard() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE'
       OR to_jsonb(OLD) - %s::text[] IS DISTINCT FROM to_jsonb(NEW) - %s::text[]
       OR (OLD.state <> NEW.state
           AND NOT (OLD.state = 'done' AND NEW.state = 'cancelled')) THEN
        RAISE EXCEPTION '%%: batch %% is exported', TG_TABLE_NAME, OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
"""
