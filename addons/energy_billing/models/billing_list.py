from odoo import api, models

from odoo.addons.billing_base.models.billing_list_code import CodeList


class BillingList(models.AbstractModel):
    _inherit = "billing.list"

    @api.model
    def _get_lists(self):
        return {
            **super()._get_lists(),
            "network": CodeList(
                "energy.network",
                ("code",),
                (
                    "code",
                    "name",
                    "partner_id",
                    "commodity",
                    "tz",
                    "due_days",
                    "code_scheme",
                    "code_pattern",
                    "active",
                ),
            ),
        }
