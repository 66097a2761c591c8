from odoo import models


class BillingSegment(models.Model):
    _inherit = "billing.segment"

    def _get_tax_date_rule(self, profile):
        """The tax of an advance is due with its own document, whatever the rule for
        what was supplied."""
        charge = self.charge_id
        if charge.advance_id and not charge.is_settlement:
            return "invoice"
        return super()._get_tax_date_rule(profile)
