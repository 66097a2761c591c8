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
            "network_rate": CodeList(
                "energy.network.rate",
                ("network_id", "code"),
                ("network_id", "code", "name", "tariff_id"),
            ),
            "gas_factor": CodeList(
                "energy.gas.factor",
                ("network_id", "date_start"),
                ("network_id", "date_start", "date_end", "calorific", "factor"),
            ),
            "excise_certificate": CodeList(
                "energy.excise.certificate",
                ("name",),
                (
                    "name",
                    "partner_id",
                    "commodity",
                    "ground_id",
                    "percent",
                    "date_start",
                    "date_end",
                    "active",
                ),
            ),
        }
