from odoo import models

from odoo.addons.billing_base.rating import Formula


class BillingTariff(models.Model):
    _inherit = "billing.tariff"

    def _get_index_series(self, span):
        """Series of prices that formulas of this tariff name."""
        found = super()._get_index_series(span)
        prices = self.item_ids.filtered(lambda item: item.basis == "index").price_ids
        names = {
            name
            for price in prices.filtered("formula")
            for name in Formula(price.formula).names
        }
        if not names:
            return found
        curves = self.env["energy.curve"].search(
            [
                ("code", "in", sorted(names)),
                ("kind", "=", "price"),
                ("company_id", "=", self.company_id.id),
            ]
        )
        return found + curves._to_series(span)
