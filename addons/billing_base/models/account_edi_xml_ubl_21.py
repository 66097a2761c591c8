from odoo import models


class AccountEdiXmlUbl21(models.AbstractModel):
    _inherit = "account.edi.xml.ubl_21"

    def _add_invoice_line_period_nodes(self, line_node, vals):
        """The days a line bills (BT-134 and BT-135)."""
        super()._add_invoice_line_period_nodes(line_node, vals)
        move_line = vals["base_line"].get("record")
        if getattr(move_line, "_name", "") != "account.move.line":
            return
        lines = move_line.segment_line_ids or move_line.reversed_segment_line_ids
        if lines:
            line_node["cac:InvoicePeriod"] = {
                "cbc:StartDate": {"_text": min(lines.mapped("date_start"))},
                "cbc:EndDate": {"_text": max(lines.mapped("date_end"))},
            }
