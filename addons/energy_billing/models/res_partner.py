from odoo import api, fields, models
from odoo.tools import SQL


class ResPartner(models.Model):
    """The points of a customer, and a customer by a point or meter."""

    _inherit = "res.partner"

    energy_point_count = fields.Integer(compute="_compute_energy_point_count")

    def _compute_energy_point_count(self):
        counts = {}
        if self.env["billing.agreement"].has_access("read"):
            counts = dict(
                self.env["billing.agreement"]._read_group(
                    [
                        ("partner_id", "in", self.commercial_partner_id.ids),
                        ("point_id", "!=", False),
                    ],
                    ["partner_id"],
                    ["point_id:count_distinct"],
                )
            )
        for partner in self:
            partner.energy_point_count = counts.get(partner.commercial_partner_id, 0)

    def action_view_energy_points(self):
        """The customer's points, by their agreements: active, future, expired."""
        action = self._action_view_file("billing_base.billing_agreement_action")
        action["name"] = self.env._("Points of %(customer)s", customer=self.name)
        action["domain"] += [("point_id", "!=", False)]
        return action

    @api.model
    def _get_searched_models(self):
        return super()._get_searched_models() + [
            "energy.metering.point",
            "energy.installation",
            "energy.meter",
        ]

    @api.model
    def _get_number_sources(self, pattern):
        return super()._get_number_sources(pattern) + [
            SQL(
                """
                SELECT a.partner_id FROM energy_metering_point p
                  JOIN billing_agreement a ON a.point_id = p.id
                 WHERE p.code ILIKE %s
                """,
                pattern,
            ),
            SQL(
                """
                SELECT a.partner_id FROM energy_meter m
                  JOIN energy_installation i ON i.meter_id = m.id
                  JOIN billing_agreement a ON a.point_id = i.point_id
                 WHERE m.code ILIKE %s
                """,
                pattern,
            ),
        ]
