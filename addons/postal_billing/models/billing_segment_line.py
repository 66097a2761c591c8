from odoo import fields, models


class BillingSegmentLine(models.Model):
    _inherit = "billing.segment.line"

    specification_line_id = fields.Many2one(
        "postal.specification.line",
        string="Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    cost_centre_id = fields.Many2one(
        related="specification_line_id.cost_centre_id", string="Cost Centre"
    )

    def _get_analytic_accounts(self):
        return super()._get_analytic_accounts() | self.sudo().cost_centre_id
