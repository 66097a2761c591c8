from odoo import api, models

from odoo.addons.billing_base.models.billing_configuration import Travelling

from .energy_table_profile import LISTS, NUMBERS, PLAIN, TEXTS


class BillingConfiguration(models.AbstractModel):
    """Profiles of files and layouts of messages travel too."""

    _inherit = "billing.configuration"

    @api.model
    def _get_travelling(self):
        found = super()._get_travelling()
        plain = [name for name in PLAIN if name != "name"]
        return {
            **found,
            "check": found["check"].adding("history_count", "margin"),
            "table_profile": Travelling(
                "energy.table.profile",
                ("name",),
                (
                    *plain,
                    *TEXTS,
                    *LISTS,
                    *NUMBERS,
                    "sequence",
                    "active",
                    "network_id",
                    "commodity",
                    "file_pattern",
                    "create_meters",
                    "capacity_factor",
                    "delimiter",
                    "thousands",
                    "sender_code",
                    "receiver_code",
                    "measurement_rule",
                    "answer_rule",
                ),
                {
                    "column_ids": Travelling(
                        "energy.table.profile.column",
                        (),
                        ("group", "field", "reference"),
                    ),
                    "text_ids": Travelling(
                        "energy.table.profile.text", (), ("kind", "text", "value")
                    ),
                },
            ),
            "message_layout": Travelling(
                "energy.message.layout",
                ("family", "name"),
                ("sequence", "definition", "active"),
                is_global=True,
            ),
            "switch_layout": Travelling(
                "energy.switch.layout",
                ("name",),
                (
                    "file_type",
                    "point_heading",
                    "customer_heading",
                    "company_number_heading",
                    "date_heading",
                    "reference_heading",
                    "result_heading",
                    "answer_date_heading",
                    "reason_code_heading",
                    "reason_heading",
                    "accepted_words",
                    "rejected_words",
                ),
            ),
        }

    @api.model
    def _get_references(self):
        return {**super()._get_references(), "energy.network": ("code",)}
