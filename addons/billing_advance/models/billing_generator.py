from odoo import api, models


class BillingGenerator(models.AbstractModel):
    _inherit = "billing.generator"

    @api.model
    def _generate(self, agreements, period, is_checked=True):
        """Real bills come with the deductions of the advances paid for their days."""
        segments = super()._generate(agreements, period, is_checked)
        settled = self.env["billing.advance"]._settle(agreements, period)
        if settled:
            self._check_made(settled, is_checked)
            settled._refresh_figures()
        return segments | settled
