from odoo import fields, models


class BillingExportCancel(models.TransientModel):
    """Asks why a batch is cancelled."""

    _name = "billing.export.cancel"
    _description = "Cancel a Batch"

    res_model = fields.Selection(
        [("billing.ledger.export", "Ledger Export")], required=True
    )
    res_id = fields.Integer(required=True)
    reason = fields.Char(required=True)

    def action_cancel(self):
        self.ensure_one()
        batch = self.env[self.res_model].browse(self.res_id)
        batch.check_access("write")
        batch._cancel(self.reason)
        return {"type": "ir.actions.act_window_close"}
