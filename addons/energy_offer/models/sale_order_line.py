from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _compute_qty_to_invoice(self):
        # what was estimated is never invoiced: the agreements are billed
        estimated = self.filtered("order_id.is_energy_offer")
        estimated.qty_to_invoice = 0
        return super(SaleOrderLine, self - estimated)._compute_qty_to_invoice()

    def _compute_invoice_status(self):
        estimated = self.filtered("order_id.is_energy_offer")
        estimated.invoice_status = "no"
        return super(SaleOrderLine, self - estimated)._compute_invoice_status()
