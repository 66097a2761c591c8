import base64
import csv
import io

from odoo import api, fields, models

from odoo.addons.billing_base.sheets import write_file


class EnergySwitchRequest(models.Model):
    """A file by which a distributor was asked for points."""

    _name = "energy.switch.request"
    _description = "Request of Supplier Switches"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True)
    network_id = fields.Many2one(
        "energy.network", required=True, readonly=True, check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(string="Made On", required=True, readonly=True)
    file = fields.Binary(attachment=True, readonly=True)
    file_name = fields.Char(readonly=True)
    is_mailed = fields.Boolean(string="Mailed", readonly=True)
    switch_ids = fields.One2many("energy.supplier.switch", "request_id")
    switch_count = fields.Integer(string="Points", readonly=True)

    @api.model
    def _make(self, network, switches):
        """Write the file, mail it to the distributor, and mark what was asked."""
        today = fields.Date.context_today(self)
        layout = network.switch_layout_id or self.env["energy.switch.layout"]
        number = self.sudo().search_count([("network_id", "=", network.id)]) + 1
        name = f"{network.code or network.name}-{today:%Y%m%d}-{number}"
        kind = layout.file_type or "xlsx"
        content = self._write_file(layout, kind, switches)
        request = self.create(
            {
                "name": name,
                "network_id": network.id,
                "company_id": network.company_id.id,
                "date": today,
                "file_name": f"{name}.{kind}",
                "switch_count": len(switches),
            }
        )
        request.file = base64.b64encode(content)
        switches.write(
            {
                "state": "requested",
                "request_id": request.id,
                "date_requested": today,
            }
        )
        partner = network.partner_id
        if partner.email:
            request.message_post(
                subject=request.file_name,
                body=self.env._(
                    "Request of supply for %(count)s metering points.",
                    count=len(switches),
                ),
                partner_ids=partner.ids,
                attachments=[(request.file_name, content)],
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
            request.is_mailed = True
        return request

    @api.model
    def _write_file(self, layout, kind, switches):
        sheet = layout._get_request_sheet()
        rows = [
            {
                "reference": str(switch.id),
                "point": switch.point_id.code,
                "customer": switch.partner_id.name,
                "company_number": switch.partner_id.company_registry
                or switch.partner_id.vat
                or None,
                "date_start": switch.date_start,
            }
            for switch in switches
        ]
        if kind == "xlsx":
            return write_file([(sheet, rows)])
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow([column.title for column in sheet.columns])
        for row in rows:
            writer.writerow([row[column.key] or "" for column in sheet.columns])
        return text.getvalue().encode("utf-8-sig")

    def action_view_switches(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_supplier_switch_action"
        )
        action["domain"] = [("request_id", "=", self.id)]
        action["context"] = {}
        return action
