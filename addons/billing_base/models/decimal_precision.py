from odoo import models


class DecimalPrecision(models.Model):
    _inherit = "decimal.precision"

    def _raise_product_unit_digits(self):
        """Quantities keep six decimals on invoice lines.

        With Odoo's two, 1.234567 kWh reads back as 1.23 and quantity × price no
        longer reproduces the amount. Digits are only ever raised.
        """
        self.filtered(lambda precision: precision.digits < 6).digits = 6
