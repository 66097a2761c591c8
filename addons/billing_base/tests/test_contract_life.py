"""Contracts about to end are listed by the day until which notice is given."""

from datetime import date

from odoo.exceptions import AccessError, UserError
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

    def test_renewed_with_what_would_end_with_it(self):
        contract = self.agreement.contract_id
        with self._refused(UserError, "no end"):
            contract.action_renew()
        contract.write({"date_end": "2026-06-30", "renewal_months": 6})
        self.agreement.date_end = "2026-06-30"
        self.agreement.term_ids.date_end = "2026-06-30"
        other = self._create_agreement("A-2", 5)
        other.contract_id.date_end = "2026-08-31"
        other.date_end = "2026-07-31"
        (contract | other.contract_id).action_renew()
        december = date(2026, 12, 31)
        self.assertEqual(contract.date_end, december)
        self.assertEqual(self.agreement.date_end, december)
        self.assertEqual(self.agreement.term_ids.date_end, december)
        annex = contract.modification_ids.sorted("id")[-1:]
        self.assertEqual(annex.date, date(2026, 7, 1))
        self.assertIn("12/31/2026", annex.description)
        # what ended before the contract does not begin again
        self.assertEqual(other.contract_id.date_end, date(2027, 8, 31))
        self.assertEqual(other.date_end, date(2026, 7, 31))

    def test_a_terminated_agreement_is_not_renewed(self):
        contract = self.agreement.contract_id
        contract.date_end = "2026-06-30"
        self.agreement.date_end = "2026-06-30"
        self.env["billing.termination"].create(
            {"agreement_id": self.agreement.id, "date_end": "2026-06-30"}
        )
        contract.action_renew()
        self.assertEqual(self.agreement.date_end, date(2026, 6, 30))
        with self.assertRaises(AccessError):
            contract.with_user(self._user("viewer")).action_renew()
