from odoo import fields, models


class BillingReportColumn(models.Model):
    """A column of a report in Excel."""

    _name = "billing.report.column"
    _description = "Report Column"
    _order = "report_id, sequence, id"

    report_id = fields.Many2one(
        "billing.report", required=True, index=True, ondelete="cascade"
    )
    model_id = fields.Many2one(related="report_id.model_id")
    company_id = fields.Many2one(related="report_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    field_id = fields.Many2one(
        "ir.model.fields",
        string="Column",
        required=True,
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('ttype', 'not in',"
        " ('one2many', 'many2many', 'binary', 'html', 'json'))]",
    )
    name = fields.Char(
        string="Title", translate=True, help="Empty: the name of the field."
    )
