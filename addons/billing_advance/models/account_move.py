from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_paid_tax_date(self, date):
        """An advance is taxed when it is received, not when it was due."""
        if self.sudo().segment_ids.charge_id.advance_id:
            return date
        return super()._get_paid_tax_date(date)
