from odoo import models


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _prepare_down_payment_invoice_line_values(self, order, so_line, account):
        values = super()._prepare_down_payment_invoice_line_values(
            order, so_line, account
        )
        if name := self.env.context.get("connection_milestone"):
            values["name"] = f"{name}: {values['name']}"
        return values
