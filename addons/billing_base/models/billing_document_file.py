import csv
import io
import re
import tempfile
import zipfile

from odoo import fields, models
from odoo.exceptions import UserError

from ..streams import attach_stream

CHUNK = 50
"""Invoices whose documents are in memory at a time."""
MOMENT = (2000, 1, 1, 0, 0, 0)


class BillingDocumentFile(models.Model):
    """One ZIP of a batch: at most so many PDFs, their list and the errors."""

    _name = "billing.document.file"
    _description = "File of Documents"
    _order = "batch_id, number"

    batch_id = fields.Many2one(
        "billing.document.batch",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="batch_id.company_id", store=True)
    number = fields.Integer(readonly=True)
    move_ids_json = fields.Json(readonly=True)
    move_count = fields.Integer(string="Invoices", readonly=True)
    done_count = fields.Integer(string="Made", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    state = fields.Selection(
        [("waiting", "Waiting"), ("done", "Ready"), ("failed", "Stopped")],
        default="waiting",
        required=True,
        readonly=True,
    )
    message = fields.Char(string="What Happened", readonly=True)
    file = fields.Binary(readonly=True, attachment=True)
    filename = fields.Char(readonly=True)

    _number_once = models.Constraint(
        "UNIQUE (batch_id, number)", "Files of a batch are numbered."
    )

    def _delay(self):
        for file in self:
            file.with_delay(
                identity_key=f"{self._name}:{file.id}:{fields.Datetime.now()}",
                description=self.env._(
                    "%(batch)s, file %(number)s",
                    batch=file.batch_id.name,
                    number=file.number,
                ),
            )._make()

    def _make(self):
        """Write the ZIP; done once, however often the job starts."""
        self.ensure_one()
        self.sudo().lock_for_update()
        if self.state == "done":
            return
        errors = []
        with tempfile.TemporaryFile() as target:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
                done = self._write_documents(archive, errors)
                _add(archive, "list.csv", _table(("number", "customer", "file"), done))
                if errors:
                    _add(archive, "errors.csv", _table(("number", "error"), errors))
            target.seek(0)
            name = f"documents-{self.batch_id.id}-{self.number:03d}.zip"
            own = self.sudo()
            attach_stream(own, "file", name, target, "application/zip")
        own.write(
            {
                "filename": name,
                "state": "done",
                "done_count": len(done),
                "error_count": len(errors),
                "message": False,
            }
        )

    def _write_documents(self, archive, errors):
        """Add the PDFs chunk by chunk.

        :return: rows of the list
        """
        done = []
        ids = self.move_ids_json
        for start in range(0, len(ids), CHUNK):
            moves = self.env["account.move"].browse(ids[start : start + CHUNK])
            documents = self._get_documents(moves, errors)
            for move in moves:
                if move.id not in documents:
                    continue
                # the number first: a folder shows them in the order of the batch
                place = len(done) + 1
                number = re.sub(r"[^\w.-]+", "_", move.name)
                name = f"{place:05d}_{number}.pdf"
                _add(archive, name, documents[move.id])
                done.append((move.name, move.partner_id.name or "", name))
            self.env.flush_all()
            self.env.invalidate_all()
        return done

    def _get_documents(self, moves, errors):
        """``{id: PDF}``; what makes none is told in ``errors``."""
        try:
            with self.env.cr.savepoint():
                moves._make_billing_documents()
        except UserError:
            # which one it is, is found below
            self.env.invalidate_all()
        documents = {}
        for move in moves:
            try:
                with self.env.cr.savepoint():
                    move._make_billing_documents()
            except UserError as error:
                errors.append((move.name, str(error)))
                continue
            found = move._get_invoice_legal_documents("pdf")
            if found:
                documents[move.id] = found["content"]
            else:
                text = self.env._("It has no document yet. Make it by Send & Print.")
                errors.append((move.name, text))
        return documents

    def _on_job_failed(self, **failure):
        """Called by queue_job when it gives the job up."""
        self.sudo().filtered(lambda file: file.state == "waiting").write(
            {"state": "failed", "message": failure.get("exc_message") or ""}
        )


def _add(archive, name, content):
    # PDFs are compressed already
    archive.writestr(zipfile.ZipInfo(name, MOMENT), content)


def _table(titles, rows):
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow(titles)
    lines.writerows(rows)
    return text.getvalue().encode("utf-8-sig")
