from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    def _hook_invoice_document_after_pdf_report_render(self, invoice, invoice_data):
        """Documents we draw carry the e-invoice only where its format asks for it.

        Odoo embeds a Factur-X file into every PDF and converts that PDF for it; ours is
        PDF/A-3 already and takes the file while it is drawn.
        """
        renderer = invoice_data.get("pdf_report") and (
            invoice_data["pdf_report"].document_renderer
        )
        if not renderer or not invoice._filtered_documents(renderer):
            return super()._hook_invoice_document_after_pdf_report_render(
                invoice, invoice_data
            )
        options = invoice_data.get("ubl_cii_xml_options")
        if not options:
            return None
        if options["ubl_cii_format"] != "facturx":
            return self._postprocess_invoice_ubl_xml(invoice, invoice_data)
        values = invoice_data.get("pdf_attachment_values") or invoice_data.get(
            "proforma_pdf_attachment_values"
        )
        if values:
            content = invoice_data["ubl_cii_xml_attachment_values"]["raw"]
            embedded = {invoice.id: invoice._prepare_embedded_invoice(content)}
            data = {
                "embedded_files": embedded,
                "proforma": "pdf_attachment_values" not in invoice_data,
            }
            values["raw"] = dict(invoice._draw_documents(renderer, data))[invoice.id]
        return None

    @api.model
    def _send_mails(self, moves_data):
        """A bill whose document was made before it was sent is shown as sent, too:
        Odoo marks those whose document it makes in the same step. No run mails it
        once more, and its delivery knows the mail if it comes back."""
        before = {move: move.message_ids for move in moves_data}
        result = super()._send_mails(moves_data)
        posted = {}
        for move, known in before.items():
            mail = (move.message_ids - known).filtered(
                lambda message: message.message_type == "comment"
            )
            if mail and move.state == "posted":
                posted[move] = mail[:1]
        mailed = self.env["account.move"].union(*posted)
        mailed.filtered(lambda move: not move.is_move_sent).with_context(
            skip_invoice_sync=True
        ).is_move_sent = True
        self.env["billing.delivery"]._keep_mailed(posted)
        return result
