from odoo import models


class EnergyMessage(models.Model):
    """From a confirmation to the customers it brings."""

    _inherit = "energy.message"

    def action_view_onboarding(self):
        """Open the onboarding of the confirmation, made and previewed where new."""
        self.ensure_one()
        Onboarding = self.env["energy.onboarding"]
        onboarding = Onboarding.search([("message_id", "=", self.id)])
        if not onboarding:
            onboarding = Onboarding.create({"message_id": self.id})
            onboarding.action_preview()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_onboarding_action"
        )
        return action | {
            "res_id": onboarding.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
