from odoo import fields, models

MODELS = {
    "generate": "billing.agreement",
    "check": "billing.segment",
    "invoice": "billing.segment",
    "post": "account.move",
    "documents": "account.move",
    "send": "account.move",
}
"""What the items of each step are."""


class BillingRunError(models.Model):
    """Why a step could not be done for a customer; gone when he is retried."""

    _name = "billing.run.error"
    _description = "Error of a Run"
    _order = "run_id, piece_id, id"
    _log_access = False
    _rec_name = "message"

    piece_id = fields.Many2one(
        "billing.run.piece",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    run_id = fields.Many2one(
        related="piece_id.run_id", store=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="piece_id.company_id", store=True)
    period_id = fields.Many2one(related="run_id.period_id")
    step = fields.Selection(related="piece_id.step", store=True)
    finished = fields.Datetime(related="piece_id.finished", string="When")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True
    )
    item_ids = fields.Json(readonly=True)
    message = fields.Text(string="Reason", required=True, readonly=True)

    def action_open(self):
        """What the step could not be done for."""
        self.ensure_one()
        records = self.env[MODELS[self.step]].browse(self.item_ids).exists()
        action = {
            "type": "ir.actions.act_window",
            "name": self.partner_id.display_name,
            "res_model": records._name,
            "context": {},
        }
        if len(records) == 1:
            return {**action, "res_id": records.id, "views": [(False, "form")]}
        return {
            **action,
            "domain": [("id", "in", records.ids)],
            "views": [(False, "list"), (False, "form")],
        }
