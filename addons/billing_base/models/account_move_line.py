from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    # six digits are stored (decimal_precision.py), two are shown unless more matter
    quantity = fields.Float(min_display_digits=2)
    segment_line_ids = fields.One2many(
        "billing.segment.line",
        "charge_move_line_id",
        string="Billed Charges",
        readonly=True,
    )
    reversed_segment_line_ids = fields.One2many(
        "billing.segment.line",
        "reversal_move_line_id",
        string="Credited Charges",
        readonly=True,
    )
    is_billed = fields.Boolean(
        string="From a Segment",
        readonly=True,
        copy=False,
        help="The amount of the line is rounded by itself, whatever the taxes are "
        "rounded by, so that the invoice adds up to its segments.",
    )
    ledger_export_id = fields.Many2one(
        "billing.ledger.export",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
