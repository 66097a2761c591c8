from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    milestone_ids = fields.One2many("connection.milestone", "order_id")

    def _get_open_offers(self):
        """Those with something that is not invoiced yet."""
        return self.filtered(
            lambda order: any(line.qty_to_invoice for line in order.order_line)
        )

    def _create_open_invoices(self):
        if not self:
            return self.env["account.move"]
        return self._create_invoices(final=True)

    def _get_invoice_grouping_keys(self):
        # the work of a case is never on another one's invoice
        return [*super()._get_invoice_grouping_keys(), "connection_case_id"]

    def _prepare_invoice(self):
        values = super()._prepare_invoice()
        values["connection_case_id"] = self.connection_case_id.id
        return values

    def _action_confirm(self):
        result = super()._action_confirm()
        # the customer confirms by signing and has no rights on cases
        self.sudo().connection_case_id._trigger_invoicing()
        return result
