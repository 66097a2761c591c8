from odoo import fields, models


class EdiExchangeRecord(models.Model):
    _inherit = "edi.exchange.record"

    connection_case_id = fields.Many2one(
        "connection.case", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    connection_key = fields.Char(
        readonly=True, copy=False, help="Hash of the basis and the form of the file."
    )

    # the same basis never leaves twice
    _connection_once = models.UniqueIndex(
        "(connection_case_id, connection_key) WHERE connection_case_id IS NOT NULL",
        "This basis was handed over already.",
    )
