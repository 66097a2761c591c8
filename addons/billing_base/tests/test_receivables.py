from io import BytesIO

import pypdf
from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_dunning import DunningCase


@tagged("post_install", "-at_install")
class TestReceivables(DunningCase):
    """Write-offs, credits, deposits, statements."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expense = cls.company_data["default_account_expense"]
        cls.limit = cls.env["billing.write.off.limit"].create(
            {
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "amount": 1,
                "account_id": cls.expense.id,
                "journal_id": cls.company_data["default_journal_misc"].id,
            }
        )
        cls.reason = cls.env.ref("billing_base.reason_write_off_small")

    def _write_off(self, moves=None, **values):
        ids = self._line(moves).ids if moves else []
        return (
            self.env["billing.write.off"]
            .with_context(active_model="billing.debt", active_ids=ids)
            .create({"reason_id": self.reason.id, "date": "2026-03-01", **values})
        )

    def test_cents_are_written_off(self):
        """99.20 of 100.00 were paid: 0.80 goes to the account of the limit."""
        move = self._owe(self.customer, 100)
        self._pay(move, 99.2)
        wizard = self._write_off(move)
        self.assertEqual(wizard.amount, 0.8)
        action = wizard.with_user(self._user("clerk")).action_write_off()
        entry = self.env["account.move"].search(action["domain"])
        line = entry.line_ids.filtered(lambda line: line.account_id == self.expense)
        self.assertEqual(line.balance, 0.8)
        self.assertIn(move.payment_state, ("paid", "in_payment"))

    def test_more_than_the_limit_is_refused(self):
        move = self._owe(self.customer, 100)
        self._pay(move, 98)
        with self.assertRaisesRegex(UserError, "the limit is"):
            self._write_off(move).action_write_off()
        self.assertEqual(move.amount_residual, 2)

    def test_in_bulk_after_a_look(self):
        moves = [self._owe(self.customer, 100 + n) for n in range(3)]
        for move in moves:
            self._pay(move, move.amount_total - 0.5)
        large = self._owe(self.customer, 50)
        wizard = self._write_off()
        wizard.action_find()
        self.assertEqual(wizard.line_ids, self._line(moves[0] + moves[1] + moves[2]))
        self.assertEqual(wizard.amount, 1.5)
        wizard.line_ids -= self._line(moves[2])
        wizard.action_write_off()
        self.assertEqual([move.amount_residual for move in moves], [0, 0, 0.5])
        self.assertEqual(large.amount_residual, 50)

    @mute_logger("odoo.sql_db")
    def test_one_limit_a_currency_set_by_administrators(self):
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.limit.copy()
        with self.assertRaises(AccessError):
            self.limit.with_user(self._user("manager")).amount = 100

    def _credit(self, amount):
        """Paid without an invoice: stays in the customer's favour."""
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": amount,
                "date": "2026-02-01",
                "journal_id": self.company_data["default_journal_bank"].id,
            }
        )
        payment.action_post()
        return payment

    def _debts(self):
        self.env.flush_all()
        return self.env["billing.debt"].search([("partner_id", "=", self.customer.id)])

    def test_overpayment_is_kept_shown_and_offset(self):
        self._credit(30)
        move = self._owe(self.customer, 100)
        debts = self._debts()
        self.assertEqual(sorted(debts.mapped("amount_open")), [-30, 100])
        self.assertEqual(self.customer.billing_amount_open, 70)
        debts.with_user(self._user("clerk")).action_offset()
        self.assertEqual(move.amount_residual, 70)
        with self.assertRaisesRegex(UserError, "in his favour"):
            self._debts().action_offset()

    def test_overpayment_is_refunded(self):
        self._credit(30)
        action = self._debts().action_refund()
        register = (
            self.env["account.payment.register"]
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual((register.payment_type, register.amount), ("outbound", 30))
        register._create_payments()
        self.assertFalse(self._debts())
        self._owe(self.customer, 10)
        with self.assertRaisesRegex(UserError, "favour"):
            self._debts().action_refund()

    def test_deposit_is_given_back_with_the_next_bill_once(self):
        self.agreement_type.write(
            {
                "deposit_rule": "fixed",
                "deposit_amount": 40,
                "deposit_product_id": self.product.id,
            }
        )
        with self.assertRaisesRegex(UserError, "No deposit"):
            self.agreement.action_return_deposit()
        self.agreement.action_request_deposit()
        deposit = self.env["billing.charge"].search(
            [("agreement_id", "=", self.agreement.id)]
        )
        deposit.date = "2026-01-10"
        deposit.action_generate()
        self._invoice(deposit.segment_ids)
        self.assertEqual(deposit.state, "billed")
        self.agreement.action_return_deposit()
        self.agreement.action_return_deposit()
        returned = self.env["billing.charge"].search(
            [("agreement_id", "=", self.agreement.id), ("quantity", "<", 0)]
        )
        self.assertEqual(returned.mapped("amount"), [-40])

    def test_a_deposit_earns_interest_from_its_payment_on(self):
        """300.00 at 2 % until the end of 2025, at 3 % from 2026 on: 3.01 + 2.22."""
        policy = self.env["billing.interest.policy"].create(
            {
                "name": "Interest on deposits",
                "product_id": self.product.id,
                "journal_id": self.company_data["default_journal_sale"].id,
                "grace_days": 30,
                "rate_ids": [
                    Command.create({"date_start": "2025-01-01", "reference": 2}),
                    Command.create({"date_start": "2026-01-01", "reference": 3}),
                ],
            }
        )
        self.agreement_type.write(
            {
                "deposit_rule": "fixed",
                "deposit_amount": 300,
                "deposit_product_id": self.product.id,
                "deposit_policy_id": policy.id,
            }
        )
        self.agreement.action_request_deposit()
        deposit = self.agreement.charge_ids
        deposit.date = "2026-01-10"
        deposit.action_generate()
        invoice = self._invoice(deposit.segment_ids)
        with freeze_time("2026-03-31"):
            self.assertFalse(deposit._prepare_deposit_interest())
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"payment_date": "2025-07-01"})._create_payments()
            partial = invoice.line_ids.matched_credit_ids
            self.env.cr.execute(
                "UPDATE account_partial_reconcile SET max_date = '2025-07-01'"
                " WHERE id = %s",
                [partial.id],
            )
            self.env.invalidate_all()
            self.agreement.action_return_deposit()
            self.agreement.action_return_deposit()
        given = self.agreement.charge_ids.filtered(lambda charge: charge.amount < 0)
        self.assertEqual(sorted(given.mapped("amount")), [-300, -5.23])
        self.assertEqual(set(given.mapped("state")), {"waiting"})
        policy.rate_ids.filtered(lambda rate: rate.reference == 2).unlink()
        with self.assertRaisesRegex(UserError, "Interest on deposits"):
            deposit._prepare_deposit_interest()

    def test_statement_from_customer_and_account(self):
        self._owe(self.customer, 100)
        for record in (self.customer, self.agreement.account_id):
            action = record.action_print_statement()
            self.assertEqual(action["data"]["partner_ids"], self.customer.ids)
            self.assertEqual(
                action["report_name"], "partner_statement.outstanding_statement"
            )
        action = self.agreement.account_id.action_send_statement()
        mail = self.env["mail.compose.message"].browse(action["res_id"])
        self.assertEqual(mail.partner_ids, self.customer)
        self.assertIn("100.00", str(mail.attachment_ids.raw))

    def _print(self, partners, name="outstanding", **values):
        """Pages of a statement as its wizard prints it."""
        wizard = (
            self.env[f"{name}.statement.wizard"]
            .with_context(active_ids=partners.ids, discard_logo_check=True)
            .create({"company_id": self.company.id, **values})
        )
        action = wizard.button_export_pdf()
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(action["report_name"], partners.ids, data=action["data"])
        )
        return [
            " ".join(page.extract_text().split())
            for page in pypdf.PdfReader(BytesIO(content)).pages
        ]

    def test_statement_of_open_items_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("bg_BG")
        self.customer.lang = "bg_BG"
        move = self._owe(self.customer, 100)
        (page,) = self._print(self.customer, date_end="2026-12-31")
        self.assertIn(move.name, page)
        self.assertIn("100,00", page)
        self.assertIn("Описание", page)
        self.assertNotIn("Description", page)

    def test_statement_of_a_period(self):
        first = self._owe(self.customer, 100)
        second = self._owe(self.customer, 40)
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=first.ids
        )
        payment.create({"payment_date": first.date})._create_payments()
        for name in ("activity", "detailed.activity"):
            (page,) = self._print(
                self.customer, name, date_start="2025-01-01", date_end="2030-12-31"
            )
            for text in ("Balance forward", first.name, second.name, "-100.00"):
                self.assertIn(text, page)
            self.assertRegex(page, r"Total.* 40\.00")

    def test_whom_the_wizard_leaves_out_gets_no_statement(self):
        other = self.env["res.partner"].create({"name": "Nothing Open"})
        self._owe(self.customer, 100)
        pages = self._print(self.customer | other, filter_partners_non_due=True)
        self.assertEqual(len(pages), 1)
        self.assertIn(self.customer.name, pages[0])
        (page,) = self._print(other)
        self.assertIn("Nothing is open.", page)

    def test_clerk_prints_statements(self):
        self._owe(self.customer, 100)
        clerk = self.customer.with_user(self._user("clerk"))
        self.assertTrue(clerk.action_print_statement())


@tagged("post_install", "-at_install")
class TestAudit(DunningCase):
    def _logs(self, record):
        return self.env["auditlog.log"].search(
            [("model_id.model", "=", record._name), ("res_id", "=", record.id)]
        )

    def test_changes_are_recorded_with_user_and_value(self):
        price = self.fee_item.price_ids
        price.with_user(self._user("manager")).price = 6
        log = self._logs(price).filtered(lambda log: log.method == "write")[:1]
        self.assertEqual(log.user_id.login, "billing_manager")
        line = log.line_ids.filtered(lambda line: line.field_name == "price")
        self.assertEqual(line.new_value, "6.0")

    def test_bank_accounts_and_groups(self):
        bank = self.env["res.partner.bank"].create(
            {"partner_id": self.customer.id, "acc_number": "123456"}
        )
        self.assertEqual(self._logs(bank).method, "create")
        user = self._user("viewer")
        clerk = self.env.ref("billing_base.group_billing_clerk")
        user.group_ids = [Command.link(clerk.id)]
        log = self._logs(user).filtered(lambda log: log.method == "write")[:1]
        self.assertIn("group_ids", log.line_ids.mapped("field_name"))

    def test_passwords_are_not_recorded(self):
        user = self._user("viewer")
        user.password = "secret-secret-1"
        values = self._logs(user).line_ids.mapped("new_value_text")
        self.assertFalse([value for value in values if "secret" in (value or "")])

    def test_managers_read_the_log(self):
        logs = self.env["auditlog.log"]
        self.assertTrue(logs.with_user(self._user("manager")).search([], limit=1))
        with self.assertRaises(AccessError):
            logs.with_user(self._user("clerk")).search([], limit=1)
