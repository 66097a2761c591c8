from odoo import fields, models


class IrModelFields(models.Model):
    _inherit = "ir.model.fields"

    ttype = fields.Selection(
        selection_add=[("array", "array"), ("small_array", "small array")],
        ondelete={"array": "cascade", "small_array": "cascade"},
    )
