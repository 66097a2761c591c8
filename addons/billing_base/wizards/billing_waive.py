from odoo import api, fields, models
from odoo.fields import Command


class BillingWaive(models.TransientModel):
    _name = "billing.waive"
    _description = "Waive Findings"

    result_ids = fields.Many2many(
        "billing.check.result", string="Findings", required=True
    )
    fixed_count = fields.Integer(string="Cannot Be Waived", readonly=True)
    reason_id = fields.Many2one("billing.reason", domain="[('kind', '=', 'waive')]")
    note = fields.Char(string="Explanation")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        results = self._get_selected_results()
        waivable = results.filtered("is_waivable")
        values["result_ids"] = [Command.set(waivable.ids)]
        values["fixed_count"] = len(results - waivable)
        return values

    @api.model
    def _get_selected_results(self):
        """Findings to waive: those selected, or all errors of the segments selected."""
        ids = self.env.context.get("active_ids") or []
        if self.env.context.get("active_model") == "billing.segment":
            domain = [("segment_id", "in", ids), ("level", "=", "error")]
        elif self.env.context.get("active_model") == "billing.check.result":
            domain = [("id", "in", ids)]
        else:
            return self.env["billing.check.result"]
        return self.env["billing.check.result"].search(
            [*domain, ("waived_by_id", "=", False)]
        )

    def action_waive(self):
        self.ensure_one()
        reason = (self.reason_id.name, (self.note or "").strip())
        self.result_ids._waive(": ".join(part for part in reason if part))
        return {"type": "ir.actions.act_window_close"}
