import io

from odoo import fields, models
from odoo.exceptions import UserError

from ..documents import DocumentError


class IrActionsReport(models.Model):
    """A report may name a renderer that draws its PDF without HTML and wkhtmltopdf.

    ``report_type`` stays ``qweb-pdf``, so printing, Send & Print, mail templates and
    the portal go on as they are. Records the renderer doesn't draw (an invoice that
    wasn't made from segments) are rendered by the report's own template.
    """

    _inherit = "ir.actions.report"

    document_renderer = fields.Selection(
        [
            ("billing_invoice", "Invoice with detailed statement"),
            ("billing_reminder", "Reminder"),
            ("billing_statement", "Statement of open items"),
            ("billing_activity", "Statement of a period"),
            ("billing_terms_letter", "Letter about new prices"),
            ("billing_explanation", "Explanation of a segment"),
        ],
        string="Drawn As",
        help="Draws the PDF directly. Empty: the report's own template.",
    )

    def _render_qweb_pdf_prepare_streams(self, report_ref, data, res_ids=None):
        # Also the way of account.move.send, of the portal and of mail templates.
        report = self._get_report(report_ref)
        if not report.document_renderer or not res_ids:
            return super()._render_qweb_pdf_prepare_streams(report_ref, data, res_ids)
        records = self.env[report.model].browse(res_ids)
        drawn = self._draw_document_streams(report, records, data or {})
        # what a renderer leaves out on purpose is no other report's either
        own = records._filtered_documents(report.document_renderer)
        others = [res_id for res_id in res_ids if res_id not in own._ids]
        if not others:
            return drawn
        rest = super()._render_qweb_pdf_prepare_streams(report_ref, data, others)
        # A key that is no record (False) holds documents that could not be told apart.
        order = [*dict.fromkeys(res_ids), *(key for key in rest if key not in res_ids)]
        streams = {**drawn, **rest}
        return {key: streams[key] for key in order if key in streams}

    def _draw_document_streams(self, report, records, data):
        """Streams of the records the report's renderer draws.

        An attachment stored by an earlier print is used again where the report says
        so, as in Odoo's own method.

        :return: ``{record id: {"stream": BytesIO, "attachment": ir.attachment}}``
        """
        streams = {}
        keep = report.attachment and not self.env.context.get(
            "report_pdf_no_attachment"
        )
        attachments = {}
        records = records._filtered_documents(report.document_renderer)
        if keep:
            for record in records:
                attachments[record.id] = report.retrieve_attachment(record)
        missing = records
        if report.attachment_use:
            missing = records.filtered(lambda record: not attachments.get(record.id))
        try:
            drawn = dict(missing._draw_documents(report.document_renderer, data))
        except DocumentError as error:
            # pylint: disable=translation-not-lazy
            raise UserError(self.env._(error.template, **error.params)) from error
        for record in records:
            attachment = attachments.get(record.id)
            content = drawn.get(record.id) or (attachment and attachment.raw)
            if not content:
                continue
            streams[record.id] = {
                "stream": io.BytesIO(content),
                "attachment": attachment,
            }
        return streams
