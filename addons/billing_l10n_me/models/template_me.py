from odoo import models

from odoo.addons.account.models.chart_template import template


class AccountChartTemplate(models.AbstractModel):
    """Enough accounts to bill, be paid and hand the ledger over; see docs/national.md
    for what is assumed."""

    _inherit = "account.chart.template"

    @template("me")
    def _get_me_template_data(self):
        return {
            "name": self.env._("Montenegro: small chart for billing"),
            "country": "me",
            "code_digits": "4",
            "property_account_receivable_id": "me_2040",
            "property_account_payable_id": "me_4330",
        }

    @template("me", "res.company")
    def _get_me_res_company(self):
        return {
            self.env.company.id: {
                "account_fiscal_country_id": "base.me",
                "bank_account_code_prefix": "241",
                "cash_account_code_prefix": "243",
                "transfer_account_code_prefix": "249",
                "income_currency_exchange_account_id": "me_6630",
                "expense_currency_exchange_account_id": "me_5630",
                "account_sale_tax_id": "me_sale_21",
                "account_purchase_tax_id": "me_purchase_21",
                "expense_account_id": "me_5010",
                "income_account_id": "me_6140",
            }
        }
