from odoo import api, models


class BillingGenerator(models.AbstractModel):
    _inherit = "billing.generator"

    @api.model
    def _generate(self, agreements, period, is_checked=True):
        """Checked specifications are billed with whatever else the period brings."""
        segments = super()._generate(agreements, period, is_checked)
        made = self.env["postal.specification"]._get_due(agreements, period)
        made = made._make_segments()
        made._refresh_figures()
        return segments | made
