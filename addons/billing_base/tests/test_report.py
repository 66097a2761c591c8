import base64
import io

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Date
from odoo.tests import Form, tagged

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestReport(BillingCase):
    """January: an invoice of 130.81 and VAT 26.16, due on the last day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        generator, invoicer = (
            cls.env["billing.generator"],
            cls.env["billing.invoicer"],
        )
        cls.move = invoicer._create_invoices(
            generator._generate(cls.agreement, cls.january)
        )
        invoicer._post(cls.move)

    def _report(self, name):
        return self.env.ref(f"billing_base.report_{name}").copy(
            {"company_id": self.company.id, "user_id": self.env.uid}
        )

    def _workbook(self, report):
        content, kind = self.env["ir.actions.report"]._render(
            "billing_base.billing_report_excel", report.ids
        )
        self.assertEqual(kind, "xlsx")
        return load_workbook(io.BytesIO(content))

    def test_issued_invoices_in_excel(self):
        report = self._report("invoices")
        report.write(
            {"span": "dates", "date_start": "2026-01-01", "date_end": "2026-01-31"}
        )
        workbook = self._workbook(report)
        rows, totals = workbook.worksheets
        self.assertEqual(rows.freeze_panes, "B2")
        head = [cell.value for cell in rows[1]]
        self.assertEqual(head[0], "Number")
        first = dict(zip(head, [cell.value for cell in rows[2]], strict=True))
        self.assertEqual(first["Number"], self.move.name)
        amounts = [cell.value for cell in rows[2] if isinstance(cell.value, float)]
        self.assertEqual(amounts, [130.81, 26.16, 156.97])
        self.assertEqual(rows["G3"].value, "=SUBTOTAL(9,G2:G2)")
        self.assertEqual(
            [cell.value for cell in totals[2]][:2],
            ["Customer Invoice", 1],
        )
        self.assertIn(130.81, [cell.value for cell in totals[2]])

    def test_days_choose_the_rows(self):
        report = self._report("invoices")
        report.write(
            {"span": "dates", "date_start": "2026-02-01", "date_end": "2026-02-28"}
        )
        (rows, _totals) = self._workbook(report).worksheets
        self.assertEqual(rows.max_row, 1)
        model = self.env["account.move"]
        self.assertNotIn(self.move, model.search(report._get_domain()))

    def test_debts_by_age(self):
        """Due on January 31: in March it is more than 30 days old."""
        self.move.invoice_date_due = "2026-01-31"
        debt = self.env["billing.debt"].search([("move_id", "=", self.move.id)])
        self.assertEqual(debt.amount_open, 156.97)
        self.assertEqual(debt.account_id, self.agreement.account_id)
        self.assertEqual(debt.contract_id, self.agreement.contract_id)
        today = Date.context_today(debt)
        self.assertEqual(debt.days_overdue, max((today - debt.date_due).days, 0))
        report = self._report("debts")
        found = self.env["billing.debt"].search(report._get_domain())
        self.assertIn(debt, found)

    def test_customers_without_debts(self):
        domain = self._report("no_debts")._get_domain()
        Partner = self.env["res.partner"]
        customer = self.agreement.partner_id
        self.assertNotIn(customer, Partner.search(domain))
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        ).create({})._create_payments()
        self.assertIn(customer, Partner.search(domain))

    def test_contracts_and_annexes_open(self):
        for name in ("contracts", "annexes"):
            action = self._report(name).action_open()
            self.env[action["res_model"]].search(action["domain"])
            self._workbook(self._report(name))

    def test_a_filter_that_cannot_be_read(self):
        report = self._report("debts")
        for domain in ("[('amount_open',", "[('nothing', '=', 1)]"):
            with self.assertRaisesRegex(ValidationError, "cannot be read"):
                report.domain = domain

    def test_a_report_without_columns(self):
        report = self._report("debts")
        report.column_ids.unlink()
        with self.assertRaisesRegex(UserError, "Choose the columns"):
            report.action_excel()

    def test_texts_of_customers_are_no_formulas(self):
        self.agreement.partner_id.name = "=1+1"
        sheet = self._workbook(self._report("debts")).worksheets[0]
        cell = next(c for c in sheet[2] if "=1+1" in str(c.value))
        self.assertEqual(cell.data_type, "s")

    def test_mailed_when_due_and_once(self):
        report = self._report("debts")
        reader = self.env["res.partner"].create(
            {"name": "Reader", "email": "reader@example.com"}
        )
        report.write(
            {
                "partner_ids": [Command.set(reader.ids)],
                "schedule": "weekly",
                "next_date": "2026-03-02",
            }
        )
        Mail = self.env["mail.mail"]
        for day, count in (("2026-03-01", 0), ("2026-03-02", 1), ("2026-03-03", 1)):
            self.env["billing.report"]._cron_mail(Date.to_date(day))
            mails = Mail.search([("recipient_ids", "=", reader.id)])
            self.assertEqual(len(mails), count, day)
        self.assertEqual(report.next_date, Date.to_date("2026-03-09"))
        (attachment,) = mails.attachment_ids
        workbook = load_workbook(io.BytesIO(base64.b64decode(attachment.datas)))
        self.assertIn("Debts", workbook.sheetnames[0])

    def test_a_schedule_needs_somebody_to_mail_to(self):
        with self.assertRaisesRegex(ValidationError, "to whom"):
            self._report("debts").write(
                {"schedule": "daily", "next_date": "2026-03-01"}
            )

    def test_clerks_change_their_own_reports(self):
        clerk = self._user("clerk")
        shipped = self.env.ref("billing_base.report_debts").with_user(clerk)
        shipped.read(["name"])
        with self.assertRaises(AccessError):
            shipped.name = "Mine"
        own = shipped.copy({"name": "Mine"})
        self.assertEqual(own.user_id, clerk)
        own.domain = "[]"
        self.assertEqual(len(own.column_ids), len(shipped.column_ids))
        with self.assertRaisesRegex(AccessError, "Only a manager"):
            own.user_id = self.env.ref("base.user_admin")

    def test_own_parameters_are_there_the_next_time(self):
        """A clerk keeps his days under a name of his own; the report stays."""
        clerk = self._user("clerk")
        shipped = self.env.ref("billing_base.report_invoices").with_user(clerk)
        before = shipped.span
        with Form(shipped.copy()) as form:
            form.name = "January's Invoices"
            form.span = "dates"
            form.date_start = "2026-01-01"
            form.date_end = "2026-01-31"
        self.env.invalidate_all()
        Report = self.env["billing.report"].with_user(clerk)
        mine = Report.search([("user_id", "=", clerk.id)])
        self.assertEqual(mine.name, "January's Invoices")
        action = mine.action_open()
        shown = self.env[action["res_model"]].with_user(clerk)
        self.assertEqual(shown.search(action["domain"]), self.move)
        (rows, _totals) = self._workbook(mine).worksheets
        self.assertEqual((rows.max_row, rows["A2"].value), (3, self.move.name))
        self.assertEqual(shipped.span, before)

    def test_many_rows_do_not_stay_in_memory(self):
        report = self._report("no_debts")
        report.domain = "[]"
        rows = report._iter_rows(batch=2)
        self.assertEqual(
            sum(1 for _row in rows), self.env["res.partner"].search_count([])
        )
