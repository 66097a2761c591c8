from odoo import fields, models


class BillingAgreement(models.Model):
    _inherit = "billing.agreement"

    advance_plan_ids = fields.One2many(
        "billing.advance.plan", "agreement_id", string="Advance Plans"
    )

    def action_view_advances(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_advance.billing_advance_plan_action"
        )
        action["domain"] = [("agreement_id", "in", self.ids)]
        action["context"] = {"default_agreement_id": self.id if len(self) == 1 else 0}
        return action

    def action_plan_advances(self):
        """Plans of a year for the selected agreements, from what they used.

        Agreements that have a plan for those days already are left out.
        """
        plans = self.env["billing.advance.plan"]._plan(
            self, fields.Date.context_today(self)
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_advance.billing_advance_plan_action"
        )
        action["domain"] = [("id", "in", plans.ids)]
        return action
