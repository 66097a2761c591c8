from odoo import api, models

from odoo.addons.billing_base.models.billing_configuration import Travelling


class BillingConfiguration(models.AbstractModel):
    """Exchange profiles travel, but not where their files go and when: a copy of a
    database must not send anything by itself."""

    _inherit = "billing.configuration"

    @api.model
    def _get_travelling(self):
        return {
            **super()._get_travelling(),
            "exchange_profile": Travelling(
                "billing.exchange.profile",
                ("code",),
                (
                    "name",
                    "active",
                    "kind",
                    "note",
                    "model_id",
                    "domain",
                    "mode",
                    "limit",
                    "codes_required",
                    "lock_period",
                    "form",
                    "name_pattern",
                    "delimiter",
                    "decimal_mark",
                    "date_format",
                    "encoding",
                    "has_header",
                    "has_control",
                    "is_neutral",
                    "root_name",
                    "row_name",
                    "transmit_method_id",
                    "e_invoice_format",
                    "packing",
                    "has_pdf",
                    "answer_ok",
                    "answer_error",
                ),
                {
                    "column_ids": Travelling(
                        "billing.exchange.column",
                        (),
                        (
                            "sequence",
                            "name",
                            "path",
                            "ledger_field",
                            "plan_id",
                            "fixed",
                            "decimals",
                            "width",
                            "is_total",
                        ),
                    ),
                    "code_ids": Travelling(
                        "billing.exchange.code",
                        (),
                        (
                            "kind",
                            "account_id",
                            "tax_id",
                            "journal_id",
                            "analytic_account_id",
                            "code",
                        ),
                    ),
                    "element_ids": Travelling(
                        "billing.exchange.element",
                        (),
                        ("sequence", "name", "kind", "fixed", "path"),
                    ),
                },
            ),
        }
