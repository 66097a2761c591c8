from odoo import fields, models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    segment_line_ids = fields.One2many(
        "billing.segment.line",
        "charge_move_line_id",
        string="Billed Charges",
        readonly=True,
    )
    ledger_export_id = fields.Many2one(
        "billing.ledger.export",
        string="Ledger Export",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
