import csv
import io
import tempfile
import zipfile
from contextlib import contextmanager
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.billing_base.rating import to_decimal

MOMENT = (2000, 1, 1, 0, 0, 0)
"""Of every file in an archive: the same files are the same bytes."""
CONTROL = "control.csv"


class BillingExchangeBatch(models.Model):
    """Batches of e-invoices for one operator."""

    _inherit = "billing.exchange.batch"

    @api.model
    def _make_e_invoices(self, profile):
        """Batches of the invoices that wait for the profile's channel.

        An invoice that makes no e-invoice is shown as failed with the reason and keeps
        nobody else back. What another transaction is delivering is left to it.
        """
        waiting = self.env["billing.delivery"].search(
            [
                ("state", "=", "waiting"),
                ("method_id", "=", profile.transmit_method_id.id),
                ("company_id", "=", profile.company_id.id),
            ],
            order="id",
        )
        waiting = waiting.sudo().try_lock_for_update()
        waiting.invalidate_recordset(["state"])
        waiting = waiting.filtered(lambda delivery: delivery.state == "waiting")
        batches = self.browse()
        size = profile.limit or len(waiting) or 1
        for start in range(0, len(waiting), size):
            batches |= self._make_archive(profile, waiting[start : start + size])
        return batches

    def _make_archive(self, profile, deliveries):
        files, rows, done = [], [], deliveries.browse()
        total = Decimal()
        for delivery in deliveries:
            move = delivery.move_id
            content, problems = move._export_for_operator(profile)
            if problems:
                delivery.write({"state": "failed", "message": problems})
                continue
            name = profile._name_invoice(move)
            files.append((f"{name}.xml", content))
            if profile.has_pdf and (pdf := move.invoice_pdf_report_id.raw):
                files.append((f"{name}.pdf", pdf))
            sign = -1 if move.move_type == "out_refund" else 1
            amount = round(to_decimal(move.amount_total), 2) * sign
            total += amount
            rows.append((move.name, move.invoice_date, f"{name}.xml", amount))
            done |= delivery
        if not done:
            return self.browse()
        batch = self._create_next(profile)
        today = fields.Date.context_today(self)
        fileobj = _archive([*files, (CONTROL, _control(rows))])
        batch._finish(
            fileobj,
            profile._make_filename(batch.number, today, "zip"),
            record_count=len(done),
            totals={"total": str(total)},
        )
        done.write({"state": "batched", "exchange_batch_id": batch.id})
        if not profile.storage_id:
            # whoever downloads the file hands it in
            done._set_sent()
        return batch.sudo(self.env.su)

    @contextmanager
    def _open_files(self):
        """One ZIP, or the invoices in it one by one."""
        if self.kind != "e_invoice" or self.profile_id.packing == "zip":
            with super()._open_files() as files:
                yield files
            return
        with self._open_file() as fileobj, zipfile.ZipFile(fileobj) as archive:
            yield (
                (name, io.BytesIO(archive.read(name)))
                for name in archive.namelist()
                if name != CONTROL
            )

    def _on_sent(self):
        self.delivery_ids.filtered(lambda d: d.state == "batched")._set_sent()
        return super()._on_sent()

    def _on_acknowledged(self, is_accepted, text):
        if not is_accepted:
            self.delivery_ids.sudo().write(
                {
                    "state": "failed",
                    "message": self.env._("The operator refused it: %s", text)[:500],
                }
            )
        return super()._on_acknowledged(is_accepted, text)

    def _release_deliveries(self):
        """Invoices of cancelled batches wait again."""
        taken = self.delivery_ids.sudo()
        taken.write({"state": "waiting", "exchange_batch_id": False, "message": False})


def _archive(files):
    """A ZIP on the disk, opened at its beginning."""
    fileobj = tempfile.TemporaryFile()
    with zipfile.ZipFile(fileobj, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(
                zipfile.ZipInfo(name, MOMENT),
                content,
                compress_type=zipfile.ZIP_DEFLATED,
            )
    fileobj.seek(0)
    return fileobj


def _control(rows):
    """The list of what is in the archive."""
    text = io.StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\r\n")
    lines.writerow(("number", "date", "file", "total"))
    lines.writerows(rows)
    return text.getvalue().encode()
