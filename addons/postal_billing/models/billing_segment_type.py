from odoo import fields, models


class BillingSegmentType(models.Model):
    _inherit = "billing.segment.type"

    algorithm = fields.Selection(
        selection_add=[("specification", "Specification: entries by a price list")],
        ondelete={"specification": "cascade"},
    )
