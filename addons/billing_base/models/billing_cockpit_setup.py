"""What a new company still lacks until its first bill, told from facts."""

from odoo import models


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_setup(self, scope):
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        return [
            *super()._get_setup(scope),
            (
                10,
                _("Chart of accounts and taxes"),
                _("Journals, accounts and taxes of your country."),
                self._has("account.journal", own, ("type", "=", "sale")),
                "account.action_account_config",
            ),
            (
                15,
                _("Bank account"),
                _("Printed on invoices, and where payments come in."),
                self._has(
                    "account.journal",
                    own,
                    ("type", "=", "bank"),
                    ("bank_account_id", "!=", False),
                ),
                "account.action_account_journal_form",
            ),
            (
                20,
                _("Billing cycle and its periods"),
                _("How often you bill: each month, each quarter."),
                self._has("billing.period", own),
                "billing_base.billing_cycle_action",
            ),
            (
                30,
                _("Tariff with prices"),
                _("What you charge for. Prices can also be imported from Excel."),
                self._has("billing.tariff.price", own),
                "billing_base.billing_tariff_action",
            ),
            (
                40,
                _("Agreement type"),
                _("What is billed, in which cycle, by which quantity."),
                self._has("billing.agreement.type", own),
                "billing_base.billing_agreement_type_action",
            ),
            (
                50,
                _("Billing profile"),
                _("Due days, channel and grouping of the invoices."),
                self._has("billing.profile", own),
                "billing_base.billing_profile_action",
            ),
            (
                60,
                _("Customers and agreements"),
                _("Import them with the go-live import, or enter the first by hand."),
                self._has("billing.agreement", own),
                "billing_base.billing_opening_action",
            ),
            (
                70,
                _("Active period"),
                _("The period you work in. Activate it on its form."),
                self._has("billing.period", own, ("is_active", "=", True)),
                "billing_base.billing_period_action",
            ),
            (
                90,
                _("First run"),
                _("Generate and check the first month, then invoice it."),
                self._has("billing.run", own),
                "billing_base.billing_run_action",
            ),
        ]
