from odoo import api, models


class BillingWhatIf(models.Model):
    _inherit = "billing.what.if"

    @api.model
    def _is_live_quantity(self, quantity):
        """Energies of interval points are split by the days and hours measured."""
        return (quantity["source"] or {}).get("model") == "energy.interval" or (
            super()._is_live_quantity(quantity)
        )
