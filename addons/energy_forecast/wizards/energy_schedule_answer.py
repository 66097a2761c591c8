import base64

from odoo import fields, models


class EnergyScheduleAnswer(models.TransientModel):
    """Asks for what the operator answered to a schedule."""

    _name = "energy.schedule.answer"
    _description = "Answer to a Schedule"

    file = fields.Binary(
        string="Acknowledgement",
        required=True,
        help="The XML document that the operator sent back.",
    )

    def action_import(self):
        """Take the answer in and show the schedule that it is for."""
        self.ensure_one()
        schedule = self.env["energy.schedule"]._take_answer(base64.b64decode(self.file))
        return {
            "type": "ir.actions.act_window",
            "res_model": "energy.schedule",
            "res_id": schedule.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
