from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class BillingCancel(models.TransientModel):
    _name = "billing.cancel"
    _description = "Cancel Segments"

    segment_ids = fields.Many2many("billing.segment", string="Segments", required=True)
    reason_id = fields.Many2one(
        "billing.reason",
        required=True,
        domain="[('kind', '=', 'cancel')]",
    )
    note = fields.Char(string="Explanation")
    mode = fields.Selection(
        [
            ("rebill", "Cancel and rebill"),
            ("credit", "Cancel with a credit note"),
            ("pending", "Leave pending, decide later"),
        ],
        default="rebill",
        required=True,
        string="What Then",
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "billing.segment":
            segments = self.env["billing.segment"].browse(
                self.env.context.get("active_ids") or []
            )
            frozen = segments.filtered(lambda segment: segment.state == "frozen")
            if not frozen:
                raise UserError(
                    self.env._(
                        "None of these segments is invoiced. What is not invoiced yet "
                        "is corrected and regenerated instead."
                    )
                )
            values["segment_ids"] = [Command.set(frozen.ids)]
        return values

    def action_cancel(self):
        self.ensure_one()
        segments = self.segment_ids
        segments._cancel(self.reason_id, self.note or "")
        if self.mode == "rebill":
            return segments.action_rebill()
        if self.mode == "credit":
            return segments.action_complete_cancellation()
        return {"type": "ir.actions.act_window_close"}
