from odoo import fields, models


class BillingSegment(models.Model):
    _inherit = "billing.segment"

    point_id = fields.Many2one(related="agreement_id.point_id", string="Metering Point")

    def action_view_usage(self):
        """What was measured at the point in the days of the segment."""
        self.ensure_one()
        if self.point_id.measurement == "interval":
            action = self.point_id.action_view_intervals()
            days = [("day", ">=", self.date_start), ("day", "<=", self.date_end)]
        else:
            action = self.point_id.action_view_usage()
            days = [
                ("date_end", ">=", self.date_start),
                ("date_start", "<=", self.date_end),
            ]
        action["domain"] = [*action["domain"], *days]
        return action
