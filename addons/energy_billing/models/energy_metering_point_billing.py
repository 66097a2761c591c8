from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.billing_base.models.billing_agreement_period import WORST


class EnergyMeteringPoint(models.Model):
    """What billing says of a point in the active periods of its agreements."""

    _inherit = "energy.metering.point"

    worst_check = fields.Selection(
        selection="_selection_worst_check",
        string="Checks",
        compute="_compute_billing",
        search="_search_worst_check",
        help="The worst result of all checks in the active period.",
    )
    billed_to = fields.Date(compute="_compute_billing", search="_search_billed_to")
    figure_count = fields.Integer(
        string="In the Active Period", compute="_compute_billing"
    )

    @api.depends_context("uid")
    def _compute_billing(self):
        found = {
            point: (checks, billed_to, count)
            for point, checks, billed_to, count in self.env[
                "billing.agreement.period"
            ]._read_group(
                [
                    ("agreement_id.point_id", "in", self.ids),
                    ("period_id.is_active", "=", True),
                ],
                ["point_id"],
                ["worst_check:array_agg", "billed_to:max", "__count"],
            )
        }
        for point in self:
            checks, point.billed_to, point.figure_count = found.get(
                point, ((), False, 0)
            )
            ranked = [WORST.index(check) for check in checks if check]
            point.worst_check = WORST[max(ranked)] if ranked else False

    def _selection_worst_check(self):
        figures = self.env["billing.agreement.period"]
        return figures._fields["worst_check"]._description_selection(self.env)

    def _search_worst_check(self, operator, value):
        """The worst of a point's agreements; those of one rank, or none, at all."""
        if operator != "in":
            return NotImplemented
        active = Domain("period_id.is_active", "=", True)
        found = Domain.FALSE
        for check in value:
            if check not in WORST:
                found |= ~self._figures(active & Domain("worst_check", "!=", False))
                continue
            worse = WORST[WORST.index(check) + 1 :]
            found |= self._figures(active & Domain("worst_check", "=", check)) & (
                ~self._figures(active & Domain("worst_check", "in", worse))
            )
        return found

    def _search_billed_to(self, operator, value):
        return self._figures(
            Domain("period_id.is_active", "=", True)
            & Domain("billed_to", operator, value)
        )

    @api.model
    def _figures(self, condition):
        return Domain("agreement_ids.figure_ids", "any", condition)

    def action_view_figures(self):
        """Only the figures, and so the calendars, of the active period."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_agreement_period_action"
        )
        action["domain"] = [
            ("agreement_id.point_id", "=", self.id),
            ("period_id.is_active", "=", True),
        ]
        action["context"] = {}
        return action
