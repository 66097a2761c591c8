from odoo import fields, models


class BillingCharge(models.Model):
    _inherit = "billing.charge"

    contracted_month_id = fields.Many2one(
        "energy.contracted.month",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
