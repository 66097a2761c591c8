from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import BillingCase

MODELS = (
    "billing.cycle",
    "billing.period",
    "billing.tariff",
    "billing.tariff.item",
    "billing.tariff.price",
    "billing.profile",
    "billing.account",
    "billing.agreement.type",
    "billing.agreement",
    "billing.agreement.term",
    "billing.agreement.term.value",
    "billing.agreement.period",
    "billing.segment",
    "billing.segment.line",
    "billing.run",
    "billing.run.piece",
)


@tagged("post_install", "-at_install")
class TestAccess(BillingCase):
    def test_clerk_bills_a_month(self):
        clerk = self._user("clerk")
        run = (
            self.env["billing.run"]
            .with_user(clerk)
            .create({"period_id": self.january.id, "last_step": "post"})
        )
        run.action_start()
        self.assertEqual(run.state, "done", run.error_ids.mapped("message"))
        self.assertEqual(self.agreement.segment_ids.state, "frozen")
        self.january.with_user(clerk).action_activate()

    def test_viewer_reads_and_writes_nothing(self):
        self._generate()
        viewer = self._user("viewer")
        for model in MODELS:
            with self.subTest(model):
                records = self.env[model].with_user(viewer).search([], limit=1)
                records.read(["display_name"])
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(
                        self.env[model].with_user(viewer).has_access(operation),
                        operation,
                    )

    def test_clerk_changes_no_price(self):
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            self.fee_item.price_ids.with_user(clerk).price = 1

    def test_another_company_sees_nothing(self):
        """Every record of our company is hidden from a manager of another one."""
        run = self.env["billing.run"].create(
            {"period_id": self.january.id, "last_step": "post"}
        )
        run.action_start()
        self.january.action_activate()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("manager")
        stranger.write(
            {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        )
        for model in MODELS:
            with self.subTest(model):
                self.assertTrue(self.env[model].search_count([]))
                own = self.env[model].with_user(stranger).search([])
                company = "company_id" in own._fields and own.company_id
                self.assertFalse(company and company - other)
                ours = self.env[model].search([], limit=1)
                with self.assertRaises(AccessError):
                    ours.with_user(stranger).check_access("read")

    def test_agreement_does_not_mix_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(UserError) as caught:
            self.agreement.company_id = other
            self.env.flush_all()
        self.assertIn("compan", str(caught.exception).lower())

    def test_accountant_without_billing_posts_other_invoices(self):
        accountant = new_test_user(
            self.env,
            login="plain_accountant",
            groups="account.group_account_invoice",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        move = self.init_invoice("out_invoice", products=self.product)
        move.with_user(accountant).action_post()
        self.assertEqual(move.state, "posted")
        move.with_user(accountant).button_draft()
        self.assertEqual(move.state, "draft")

    def test_clerk_enters_a_contract(self):
        contract = (
            self.env["contract.contract"]
            .with_user(self._user("clerk"))
            .create({"name": "New", "partner_id": self.agreement.partner_id.id})
        )
        contract.with_user(self._user("viewer")).read(["name"])
