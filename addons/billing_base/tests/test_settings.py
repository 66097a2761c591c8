from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestSettings(BillingCase):
    def _save(self, user=None, **values):
        settings = self.env["res.config.settings"].with_company(self.company)
        settings.with_user(user or self.env.user).create(values).execute()

    def test_a_page_holds_the_basics(self):
        self._save(
            billing_mail_sender="Billing <billing@example.com>",
            billing_mails_per_minute=30,
            billing_delivery_test_address="me@example.com",
            billing_tax_rounding="round_per_line",
            minlength=12,
        )
        parameter = self.env["ir.config_parameter"].sudo()
        self.assertEqual(
            self.company.billing_mail_sender, "Billing <billing@example.com>"
        )
        self.assertEqual(parameter.get_param("billing_base.mails_per_minute"), "30")
        self.assertEqual(
            parameter.get_param("billing_base.delivery_test_address"), "me@example.com"
        )
        self.assertEqual(self.company.tax_calculation_rounding_method, "round_per_line")
        self.assertEqual(self.env["billing.delivery"]._get_pause(), 2)
        user = self._user("clerk")
        with self.assertRaisesRegex(UserError, "12"):
            user.password = "short"

    def test_debts_and_dunning(self):
        policy = self.env.ref("account_credit_control.credit_control_3_time")
        self._save(
            credit_policy_id=policy.id,
            credit_control_tolerance=2,
            sepa_creditor_identifier="FR78ZZZ424242",
            billing_return_fee=4.5,
            billing_return_fee_product_id=self.product.id,
        )
        company = self.company
        self.assertEqual(company.credit_policy_id, policy)
        self.assertEqual(company.credit_control_tolerance, 2)
        self.assertEqual(company.sepa_creditor_identifier, "FR78ZZZ424242")
        self.assertEqual(company.billing_return_fee, 4.5)
        self.assertEqual(company.billing_return_fee_product_id, self.product)

    def test_the_sender_is_an_address(self):
        with self.assertRaisesRegex(ValidationError, "no mail address"):
            self._save(billing_mail_sender="Billing")

    def test_clerks_do_not_set_basics(self):
        with self.assertRaises(AccessError):
            self._save(self._user("clerk"), billing_mails_per_minute=30)
