from odoo import fields, models


class PostalWaive(models.TransientModel):
    _name = "postal.waive"
    _description = "Waive a Difference"

    specification_id = fields.Many2one(
        "postal.specification",
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get("active_id"),
    )
    difference_text = fields.Text(related="specification_id.difference_text")
    reason = fields.Char(required=True)

    def action_waive(self):
        self.specification_id._waive(self.reason)
