from odoo import fields, models


class CreditControlLine(models.Model):
    _inherit = "credit.control.line"

    interest_amount = fields.Monetary(
        string="Late Interest",
        readonly=True,
        help="To the date of the reminder; claimed or only shown, as the level says.",
    )

    _never_twice_a_level = models.UniqueIndex(
        "(move_line_id, policy_level_id) WHERE state NOT IN ('draft', 'ignored')"
        " AND manually_overridden IS NOT TRUE",
        "The customer is reminded of this item on this level already.",
    )
