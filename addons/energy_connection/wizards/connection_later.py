from odoo import api, fields, models

from ..models.tools import sentences


class ConnectionLater(models.TransientModel):
    """Shows what a case owes on a component that others financed, then adds it."""

    _name = "connection.later"
    _description = "Share of an Earlier Component"

    case_id = fields.Many2one("connection.case", required=True)
    company_id = fields.Many2one(related="case_id.company_id")
    component_id = fields.Many2one(
        "connection.component",
        required=True,
        domain="[('company_id', '=', company_id), ('date_completed', '!=', False)]",
    )
    preview = fields.Text(compute="_compute_preview")

    @api.depends("component_id", "case_id")
    def _compute_preview(self):
        for wizard in self:
            steps = ()
            if wizard.component_id:
                steps = wizard.case_id._get_later_share(wizard.component_id).steps
            texts = [step["text"] for step in sentences(steps, self.env.lang)]
            wizard.preview = "\n".join(texts)

    def action_confirm(self):
        self.ensure_one()
        self.case_id._add_later_share(self.component_id)
        return {"type": "ir.actions.act_window_close"}
