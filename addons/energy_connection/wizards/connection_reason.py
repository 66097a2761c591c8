from odoo import fields, models


class ConnectionReason(models.TransientModel):
    """Asks why, before orders are released by hand or a case is withdrawn."""

    _name = "connection.reason"
    _description = "Reason"

    case_id = fields.Many2one("connection.case", required=True)
    task = fields.Selection(
        [("release", "Release by Hand"), ("withdraw", "Withdraw")], required=True
    )
    reason = fields.Char(required=True)

    def action_confirm(self):
        self.ensure_one()
        if self.task == "release":
            self.case_id._release_by_hand(self.reason)
        else:
            self.case_id._withdraw(self.reason)
        return {"type": "ir.actions.act_window_close"}
