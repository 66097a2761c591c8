from odoo import fields, models


class ResPartner(models.Model):
    """The plans by which a customer pays in advance."""

    _inherit = "res.partner"

    billing_advance_count = fields.Integer(compute="_compute_billing_advance_count")

    def _compute_billing_advance_count(self):
        counts = {}
        if self.env["billing.advance.plan"].has_access("read"):
            counts = dict(
                self.env["billing.advance.plan"]._read_group(
                    [("partner_id", "in", self.commercial_partner_id.ids)],
                    ["partner_id"],
                    ["__count"],
                )
            )
        for partner in self:
            partner.billing_advance_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_billing_advances(self):
        return self._action_view_file("billing_advance.billing_advance_plan_action")
