from odoo import fields, models


class BillingListImportLine(models.TransientModel):
    _name = "billing.list.import.line"
    _description = "Line of an Import"
    _order = "id"

    import_id = fields.Many2one(
        "billing.list.import", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("error", "Error"),
            ("warning", "Warning"),
            ("new", "New"),
            ("changed", "Changed"),
        ],
        required=True,
    )
    place = fields.Char(help="Sheet, row and column of the file.")
    text = fields.Char(string="What")
