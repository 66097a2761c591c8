from odoo import api, models


class BillingGenerator(models.AbstractModel):
    _inherit = "billing.generator"

    @api.model
    def _generate(self, agreements, period):
        """Real bills come with the deductions of the advances paid for their days."""
        segments = super()._generate(agreements, period)
        settled = self.env["billing.advance"]._settle(agreements, period)
        if settled:
            self.env["billing.check"]._run(settled)
            self.env["billing.invoicer"]._renew_drafts(settled.invoice_id)
            settled._refresh_figures()
        return segments | settled
