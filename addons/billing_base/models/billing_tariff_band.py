from odoo import fields, models

from ..rating import Band, to_decimal


class BillingTariffBand(models.Model):
    """A step of a banded price, up to ``upper`` inclusive, or the open last one."""

    _name = "billing.tariff.band"
    _description = "Tariff Band"
    # the open band comes last
    _order = "price_id, is_open, upper"

    price_id = fields.Many2one(
        "billing.tariff.price", required=True, index=True, ondelete="cascade"
    )
    upper = fields.Float(string="Up To", digits="Product Unit", min_display_digits=2)
    is_open = fields.Boolean(string="No Upper Limit")
    price = fields.Float(
        string="Price per Unit", digits="Billing Price", min_display_digits=2
    )
    percent = fields.Float(digits="Billing Price", min_display_digits=2)
    fixed = fields.Float(digits="Billing Price", min_display_digits=2)

    _upper_unique = models.UniqueIndex(
        "(price_id, upper) WHERE NOT is_open",
        "Two bands of one price have the same limit.",
    )
    _open_unique = models.UniqueIndex(
        "(price_id) WHERE is_open", "Only one band of a price is without a limit."
    )

    def _to_rating(self):
        """This band as the rating package takes it; an empty band is free."""
        self.ensure_one()
        parts = {
            name: to_decimal(self[name])
            for name in ("price", "percent", "fixed")
            if self[name]
        }
        return Band(
            upper=None if self.is_open else to_decimal(self.upper),
            **(parts or {"price": to_decimal(0)}),
        )
