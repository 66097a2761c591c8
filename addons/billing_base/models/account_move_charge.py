from odoo import models

from .billing_segment import OPEN_STATES


class AccountMove(models.Model):
    """Billable charges wait again when their draft is deleted."""

    _inherit = "account.move"

    def unlink(self):
        # who may delete a draft need not be one who may change its segments
        segments = self.sudo().segment_ids.filtered("charge_id")
        result = super().unlink()
        segments.filtered(lambda segment: segment.state in OPEN_STATES).unlink()
        return result
