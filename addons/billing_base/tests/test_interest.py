from datetime import date

from psycopg2.errors import ExclusionViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestInterest(BillingCase):
    """1,000.00 due on December 31; 10.15 % by 360 days, as in the vector."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_interest = cls.env["product.product"].create(
            {
                "name": "Late interest",
                "type": "service",
                "taxes_id": [Command.clear()],
                "company_id": cls.company.id,
            }
        )
        cls.journal = cls.env["account.journal"].create(
            {
                "name": "Interest notes",
                "code": "LATE",
                "type": "sale",
                "company_id": cls.company.id,
            }
        )
        cls.policy = cls.env["billing.interest.policy"].create(
            {
                "name": "Legal",
                "company_id": cls.company.id,
                "is_default": True,
                "day_basis": "360",
                "product_id": cls.product_interest.id,
                "journal_id": cls.journal.id,
                "rate_ids": [
                    Command.create(
                        {
                            "date_start": "2020-01-01",
                            "reference": 2.15,
                            "points": 8,
                        }
                    )
                ],
            }
        )
        cls.customer = cls.agreement.partner_id
        cls.debt = cls._owe(cls.customer, 1000)

    @classmethod
    def _owe(cls, partner, amount, due="2025-12-31"):
        move = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "invoice_date": "2025-12-01",
                "invoice_date_due": due,
                "invoice_payment_term_id": False,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Energy",
                            "quantity": 1,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        move.action_post()
        return move

    def _pay(self, move, amount, day):
        register = (
            self.env["account.payment.register"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"amount": amount, "payment_date": day})
        )
        register._create_payments()

    def _drafts(self, until, partners=None):
        return self.env["billing.interest.claim"]._make_drafts(
            self.company, date.fromisoformat(until), partners
        )

    def test_vector(self):
        """45 days: 1,000.00 × 10.15 % × 45 / 360 = 12.69."""
        claim = self._drafts("2026-02-14")
        self.assertEqual(claim.partner_id, self.customer)
        self.assertEqual(claim.amount, 12.69)
        self.assertEqual(claim.line_ids.day_count, 45)
        self.assertEqual(claim.line_ids.percent, 10.15)

    def test_vector_of_365_days(self):
        self.policy.day_basis = "365"
        self.assertEqual(self._drafts("2026-02-14").amount, 12.51)

    def test_a_partial_payment_and_a_new_rate_split_the_days(self):
        """20 days of 1,000.00 with the day of payment: 5.64; 11 days of 400.00 at
        10.15 %: 1.24; 14 days of 400.00 at 12 %: 1.87; together 8.75."""
        self._pay(self.debt, 600, "2026-01-20")
        self.policy.rate_ids = [
            Command.create({"date_start": "2026-02-01", "reference": 4, "points": 8})
        ]
        claim = self._drafts("2026-02-14")
        self.assertEqual(claim.line_ids.mapped("base"), [1000, 400, 400])
        self.assertEqual(claim.line_ids.mapped("day_count"), [20, 11, 14])
        self.assertEqual(claim.line_ids.mapped("amount"), [5.64, 1.24, 1.87])
        self.assertEqual(claim.amount, 8.75)

    def test_paid_late_and_in_full_is_still_claimed(self):
        self._pay(self.debt, 1000, "2026-01-10")
        self.assertEqual(self._drafts("2026-02-14").line_ids.day_count, 10)

    def test_paid_in_time_bears_nothing(self):
        self._pay(self.debt, 1000, "2025-12-31")
        self.assertFalse(self._drafts("2026-02-14"))

    def test_counting_again_replaces_the_draft(self):
        first = self._drafts("2026-01-31")
        second = self._drafts("2026-02-14")
        self.assertFalse(first.exists())
        self.assertEqual(second.amount, 12.69)

    def test_posted_claim_is_an_interest_note_and_its_days_are_claimed_once(self):
        """31 days 8.74 and 14 days 3.95 are 12.69."""
        claim = self._drafts("2026-01-31")
        claim.action_post()
        note = claim.invoice_id
        self.assertEqual(note.journal_id, self.journal)
        self.assertEqual(note.amount_total, 8.74)
        self.assertIn("31 days", note.invoice_line_ids.name)
        self.assertFalse(self._drafts("2026-01-31"))
        following = self._drafts("2026-02-14")
        self.assertEqual(following.amount, 3.95)
        self.assertEqual(str(following.line_ids.date_start), "2026-02-01")

    def test_interest_notes_bear_no_interest(self):
        claim = self._drafts("2026-01-31")
        claim.action_post()
        self.assertEqual(len(self._drafts("2026-06-30").line_ids.move_line_id), 1)

    def test_reversed_note_gives_the_days_back(self):
        claim = self._drafts("2026-01-31")
        claim.action_post()
        claim.action_cancel()
        self.assertEqual(claim.state, "cancelled")
        self.assertEqual(claim.invoice_id.payment_state, "reversed")
        self.assertEqual(self._drafts("2026-02-14").amount, 12.69)

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_day_twice(self):
        line = self._drafts("2026-01-31").line_ids
        with self.assertRaises(ExclusionViolation), self.env.cr.savepoint():
            self.env.cr.execute(
                "INSERT INTO billing_interest_line (claim_id, move_line_id, rate_id,"
                " date_start, date_end, is_cancelled) SELECT claim_id, move_line_id,"
                " rate_id, date_end, date_end, FALSE FROM billing_interest_line"
                " WHERE id = %s",
                (line.id,),
            )

    def test_grace_days(self):
        """Paid within them: nothing. Later: from the due date on."""
        self.policy.grace_days = 10
        self.assertFalse(self._drafts("2026-01-10"))
        self.assertEqual(self._drafts("2026-01-11").line_ids.day_count, 11)

    def test_less_than_the_minimum_waits(self):
        self.policy.minimum = 10
        self.assertFalse(self._drafts("2026-01-31"))
        self.assertEqual(self._drafts("2026-02-14").amount, 12.69)

    def test_policy_of_the_account_holds_before_that_of_the_profile(self):
        other = self.policy.copy({"name": "Contract", "is_default": False})
        own = self.policy.copy({"name": "Own", "is_default": False})
        for policy, percent in ((other, 5), (own, 3.6)):
            policy.rate_ids = [
                Command.create({"date_start": "2020-01-01", "points": percent})
            ]
        self.profile.interest_policy_id = other
        self.assertEqual(self._drafts("2026-02-14").policy_id, other)
        self.agreement.account_id.interest_policy_id = own
        self.assertEqual(self._drafts("2026-02-14").amount, 4.5)

    def test_a_day_without_a_rate_is_named(self):
        self.policy.rate_ids.date_start = "2026-01-15"
        with self.assertRaisesRegex(UserError, "Legal has no rate for 01/01/2026"):
            self._drafts("2026-02-14")

    def test_only_the_customers_asked_for(self):
        other = self._create_agreement("A-2", 1).partner_id
        self._owe(other, 500)
        self.assertEqual(len(self._drafts("2026-02-14")), 2)
        self.assertEqual(self._drafts("2026-02-14", other).partner_id, other)
        self.assertEqual(self.env["billing.interest.claim"].search_count([]), 2)

    def test_roles(self):
        self._drafts("2026-02-14")
        viewer = self._user("viewer")
        claims = self.env["billing.interest.claim"].with_user(viewer)
        self.assertEqual(claims.search([]).amount, 12.69)
        with self.assertRaises(AccessError):
            claims.search([]).unlink()
        clerk = self._user("clerk")
        wizard = (
            self.env["billing.interest.calculate"]
            .with_user(clerk)
            .create({"date_end": "2026-02-14"})
        )
        found = claims.with_user(clerk).search(wizard.action_calculate()["domain"])
        found.action_post()
        self.assertEqual(found.invoice_id.state, "posted")
        with self.assertRaises(AccessError):
            self.policy.with_user(clerk).grace_days = 3
