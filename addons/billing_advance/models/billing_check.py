from odoo import models


class BillingCheck(models.Model):
    """Advances are charged once by their own key, and what they deduct is negative."""

    _inherit = "billing.check"

    def _check_total_not_positive(self, segments):
        deducting = segments.filtered("charge_id.is_settlement")
        return super()._check_total_not_positive(segments - deducting)

    def _check_duplicate(self, segments):
        return super()._check_duplicate(
            segments - segments.filtered("charge_id.advance_id")
        )
