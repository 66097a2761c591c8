from odoo import fields, models


class BillingOpeningFinding(models.Model):
    """What is wrong in a go-live file, and where."""

    _name = "billing.opening.finding"
    _description = "Go-Live Finding"
    _order = "opening_id, level, id"
    _check_company_auto = True

    opening_id = fields.Many2one(
        "billing.opening", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="opening_id.company_id", store=True)
    place = fields.Char(readonly=True, help="Sheet, row and column.")
    level = fields.Selection(
        [("error", "Error"), ("warning", "Warning")], required=True, readonly=True
    )
    message = fields.Char(readonly=True)
