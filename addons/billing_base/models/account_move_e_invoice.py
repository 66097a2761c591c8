from odoo import models

from ..documents import EmbeddedFile
from .account_edi_common import MEMO, Memo

DEFAULT_FORMAT = "ubl_bis3"
"""The e-invoice of a customer who names no format."""


class AccountMove(models.Model):
    """Invoices as XML."""

    _inherit = "account.move"

    def _prepare_embedded_invoice(self, content):
        """The Factur-X file that the PDF of this invoice carries."""
        return EmbeddedFile(
            "factur-x.xml",
            content,
            relationship="Alternative",
            description=self.name or "",
            profile="EN 16931",
        )

    def _make_billing_e_invoices(self):
        """Make and store the XML of posted invoices whose profile asks for one.

        It is stored where Send & Print keeps it. An invoice that Odoo's rules refuse
        keeps the reason; the others are made. Repeating makes nothing twice.

        :return: the ir.attachment made
        """
        self._prefetch_for_e_invoices()
        moves = self.with_context(**{MEMO: Memo()}).filtered(
            lambda move: (
                move.state == "posted"
                and not move.ubl_cii_xml_id
                and move._get_billing_segments().account_id.profile_id.filtered(
                    "e_invoice"
                )
            )
        )
        vals_list, errors = [], {}
        for move in moves:
            partner = move.commercial_partner_id
            builder = partner._get_edi_builder(
                partner.invoice_edi_format or DEFAULT_FORMAT
            )
            content, problems = builder._export_invoice(move)
            if problems:
                errors[move] = "\n".join(sorted(problems))
                continue
            vals_list.append(
                {
                    "name": builder._export_invoice_filename(move),
                    "raw": content,
                    "mimetype": "application/xml",
                    "res_model": move._name,
                    "res_id": move.id,
                    "res_field": "ubl_cii_xml_file",
                }
            )
        moves.filtered("e_invoice_error").e_invoice_error = False
        for error, found in _by_value(errors).items():
            self.browse([move.id for move in found]).e_invoice_error = error
        # attachments of a binary field are the system's, as in Odoo's Send & Print
        attachments = self.env["ir.attachment"].sudo().create(vals_list)
        moves.invalidate_recordset(["ubl_cii_xml_id", "ubl_cii_xml_file"], flush=False)
        return attachments

    def _prefetch_for_e_invoices(self):
        """Read at once what would be read for each invoice."""
        self.line_ids.fetch(["tax_ids", "tax_tag_ids"])
        lines = self.invoice_line_ids._get_billed_lines()
        segments = lines.segment_id | self._get_billing_segments()
        segments.account_id.profile_id.fetch(["e_invoice"])
        segments.agreement_id._prefetch_invoiced_objects()

    def _get_corrected_invoices(self):
        """What a credit note takes back, or what an invoice bills again."""
        self.ensure_one()
        if self.move_type == "out_refund":
            return self.reversed_entry_id
        return self.segment_ids.replaces_id.invoice_id


def _by_value(mapping):
    """``{value: [key, …]}``"""
    found = {}
    for key, value in mapping.items():
        found.setdefault(value, []).append(key)
    return found
