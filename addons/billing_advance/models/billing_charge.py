from odoo import fields, models


class BillingCharge(models.Model):
    _inherit = "billing.charge"

    advance_id = fields.Many2one(
        "billing.advance",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    is_settlement = fields.Boolean(
        string="Settles the Advance",
        readonly=True,
        help="Deducts on the real bill what the advance was billed with.",
    )
