from odoo import models

TAX_POINT = "cbc:TaxPointDate"
AFTER = {"invoice": "cbc:Note", "credit_note": "cbc:IssueTime"}
"""What the tax point follows in the schema of each kind of document."""
OBJECT_IDENTIFIER = "130"
"""UNTDID 1001: what a line's document reference names is an invoiced object."""


class AccountEdiXmlUbl21(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_21"

    def _get_document_template(self, vals):
        """Odoo's own has no tax point."""
        template = super()._get_document_template(vals)
        before = AFTER.get(vals["document_type"])
        if not before or TAX_POINT in template:
            return template
        extended = {}
        for name, node in template.items():
            extended[name] = node
            if name == before:
                extended[TAX_POINT] = {}
        return extended

    def _add_invoice_header_nodes(self, document_node, vals):
        """Days billed (BG-14), tax point (BT-7) and what is corrected (BG-3)."""
        result = super()._add_invoice_header_nodes(document_node, vals)
        invoice = vals["invoice"]
        lines = invoice.invoice_line_ids._get_billed_lines()
        if lines:
            document_node["cac:InvoicePeriod"] = _period(lines)
        if invoice.taxable_supply_date:
            document_node[TAX_POINT] = {"_text": invoice.taxable_supply_date}
        if corrected := invoice._get_corrected_invoices():
            document_node["cac:BillingReference"] = [
                {
                    "cac:InvoiceDocumentReference": {
                        "cbc:ID": {"_text": move.name},
                        "cbc:IssueDate": {"_text": move.invoice_date},
                    }
                }
                for move in corrected
            ]
        return result

    def _add_invoice_line_period_nodes(self, line_node, vals):
        """The days a line bills (BT-134, BT-135) and for what (BT-128)."""
        super()._add_invoice_line_period_nodes(line_node, vals)
        move_line = vals["base_line"].get("record")
        if getattr(move_line, "_name", "") != "account.move.line":
            return
        lines = move_line._get_billed_lines()
        if not lines:
            return
        line_node["cac:InvoicePeriod"] = _period(lines)
        agreements = lines.segment_id.agreement_id
        if len(agreements) == 1:
            code, scheme = agreements._get_invoiced_object()
            line_node["cac:DocumentReference"] = {
                "cbc:ID": {"_text": code, "schemeID": scheme},
                "cbc:DocumentTypeCode": {"_text": OBJECT_IDENTIFIER},
            }


def _period(lines):
    return {
        "cbc:StartDate": {"_text": min(lines.mapped("date_start"))},
        "cbc:EndDate": {"_text": max(lines.mapped("date_end"))},
    }
