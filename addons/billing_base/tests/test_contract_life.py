"""Contracts about to end are listed by the day until which notice is given."""

from datetime import date

from odoo.tests import tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestContractLife(BillingCase):
    def test_notice_until(self):
        contract = self.agreement.contract_id
        self.assertFalse(contract.notice_date)
        contract.write({"date_end": "2026-12-31", "notice_days": 30})
        self.assertEqual(contract.notice_date, date(2026, 12, 1))
        action = self.env.ref("billing_base.contract_contract_action_ending")
        ending = self.env["contract.contract"].search(
            [("notice_date", "!=", False), ("company_id", "=", self.company.id)]
        )
        self.assertIn("notice_date", action.domain)
        self.assertEqual(ending, contract)
        contract.date_end = False
        self.assertFalse(contract.notice_date)
