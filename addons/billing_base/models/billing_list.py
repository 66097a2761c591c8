"""Code lists that come and go as workbooks."""

from odoo import api, models

from .billing_list_code import CodeList
from .billing_list_tariff import TariffList


class BillingList(models.AbstractModel):
    """The lists that can be exported and imported. Add-ons add theirs::

    def _get_lists(self):
        return {
            **super()._get_lists(),
            "network": CodeList("energy.network", ("code",), ("code", "name")),
        }
    """

    _name = "billing.list"
    _description = "Lists in Excel"

    @api.model
    def _get_lists(self):
        """``{code: list}``; a list is like ``CodeList``."""
        return {
            "tariff": TariffList(self._get_item_fields()),
            "charge_type": CodeList(
                "billing.charge.type",
                ("code",),
                ("code", "name", "sequence", "note", "active"),
            ),
            "customer_category": CodeList(
                "billing.customer.category",
                ("code",),
                ("code", "name", "sequence", "note", "active"),
            ),
            "reason": CodeList(
                "billing.reason",
                ("kind", "code"),
                (
                    "kind",
                    "code",
                    "name",
                    "ends_mandate",
                    "charges_fee",
                    "sequence",
                    "active",
                ),
            ),
            "tax_exemption": CodeList(
                "billing.tax.exemption",
                ("kind", "code"),
                (
                    "kind",
                    "code",
                    "name",
                    "legal_reference",
                    "country_id",
                    "sequence",
                    "active",
                ),
            ),
            "holiday": CodeList(
                "billing.holiday",
                ("country_id", "state_id", "date"),
                ("country_id", "state_id", "date", "name", "active"),
            ),
            "bank": CodeList(
                "res.bank",
                ("bic",),
                (
                    "bic",
                    "name",
                    "street",
                    "street2",
                    "zip",
                    "city",
                    "country",
                    "phone",
                    "email",
                    "active",
                ),
            ),
        }

    @api.model
    def _get_item_fields(self):
        """Names of fields that add-ons give a charge, for columns of its workbook:
        texts, numbers, selections and yes or no."""
        return []

    @api.model
    def _selection_list(self):
        return [
            (code, found.get_title(self.env))
            for code, found in self._get_lists().items()
        ]
