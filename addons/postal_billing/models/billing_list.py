from odoo import api, models

from .postal_master_list import MasterList


class BillingList(models.AbstractModel):
    _inherit = "billing.list"

    @api.model
    def _get_lists(self):
        return {**super()._get_lists(), "postal_master": MasterList()}

    @api.model
    def _get_item_fields(self):
        return [
            *super()._get_item_fields(),
            "service_kind",
            "service_format",
            "zone",
            "is_extra",
            "hybrid_part",
        ]
