from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    postal_kind_ids = fields.Many2many("postal.partner.kind", string="Kinds of Partner")
    postal_specification_count = fields.Integer(
        compute="_compute_postal_specification_count"
    )

    def _compute_postal_specification_count(self):
        counts = dict(
            self.env["postal.specification"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)],
                ["partner_id"],
                ["__count"],
            )
        )
        for partner in self:
            partner.postal_specification_count = counts.get(
                partner.commercial_partner_id, 0
            )

    def action_view_postal_specifications(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "postal_billing.postal_specification_action"
        )
        action["domain"] = [("partner_id", "=", self.commercial_partner_id.id)]
        action["context"] = {"default_partner_id": self.commercial_partner_id.id}
        return action
