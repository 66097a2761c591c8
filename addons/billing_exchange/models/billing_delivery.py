from odoo import fields, models
from odoo.exceptions import UserError


class BillingDelivery(models.Model):
    """E-invoices go to their operator in batches."""

    _inherit = "billing.delivery"

    state = fields.Selection(
        selection_add=[("batched", "In a Batch"), ("sent",)],
        ondelete={"batched": "set default"},
    )
    exchange_batch_id = fields.Many2one(
        "billing.exchange.batch",
        string="Batch",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    def action_send_again(self):
        if any(delivery.state == "batched" for delivery in self):
            raise UserError(
                self.env._("What lies in a batch goes with it; see the batch.")
            )
        return super().action_send_again()
