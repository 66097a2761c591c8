from odoo import api, fields, models

from ..rating import Band, to_decimal
from ..tools import format_number
from .billing_tariff_price import LOGGED


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

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get(LOGGED):
            return super().create(vals_list)
        prices = self.env["billing.tariff.price"].browse(
            vals["price_id"] for vals in vals_list
        )
        before = {price: price._get_state() for price in prices}
        bands = super().create(vals_list)
        bands.price_id._log_changes(before)
        return bands

    def write(self, vals):
        if self.env.context.get(LOGGED):
            return super().write(vals)
        before = {price: price._get_state() for price in self.price_id}
        result = super().write(vals)
        self.price_id.filtered(before.get)._log_changes(before)
        return result

    def unlink(self):
        prices = self.price_id
        if self.env.context.get(LOGGED):
            return super().unlink()
        before = {price: price._get_state() for price in prices}
        result = super().unlink()
        prices._log_changes(before)
        return result

    def _describe(self):
        """The band in the user's words: “to 100: 0.25”."""
        self.ensure_one()
        limit = (
            self.env._("over")
            if self.is_open
            else self.env._("to %(limit)s", limit=format_number(self.env, self.upper))
        )
        parts = [format_number(self.env, self.price)] if self.price else []
        if self.percent:
            parts.append(f"{format_number(self.env, self.percent)} %")
        if self.fixed:
            fixed = format_number(self.env, self.fixed)
            parts.append(self.env._("%(amount)s fixed", amount=fixed))
        return f"{limit}: {' + '.join(parts) or '0'}"

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
