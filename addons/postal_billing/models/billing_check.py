from odoo import models


class BillingCheck(models.Model):
    _inherit = "billing.check"

    def _check_duplicate(self, segments):
        """Cost centres bill the same services in the same month, each by its own
        specification; that none is billed twice is the database's affair."""
        return super()._check_duplicate(
            segments.filtered(lambda segment: not segment.specification_id)
        )
