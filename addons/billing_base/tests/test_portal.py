"""The customer's portal: balance, bills explained and compared, all paid at once."""

from datetime import date
from decimal import Decimal

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged

from .common import BillingCase


class PortalCase(BillingCase, HttpCase):
    """Customer A-1 with a bill of January, another with one of his own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.agreement.partner_id
        cls.user = cls._portal_user("portal_a", cls.customer)
        cls.stranger = cls.env["res.partner"].create({"name": "Stranger"})
        cls.bill = cls._bill(cls.agreement, cls.january)

    @classmethod
    def _portal_user(cls, login, partner):
        return new_test_user(
            cls.env,
            login=login,
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _bill(cls, agreement, period):
        segments = cls.env["billing.generator"]._generate(agreement, period)
        invoicer = cls.env["billing.invoicer"]
        moves = invoicer._create_invoices(segments)
        invoicer._post(moves)
        return moves

    def _open(self, path, login="portal_a"):
        self.authenticate(login, login)
        return self.url_open(path)


@tagged("post_install", "-at_install")
class TestPortalBills(PortalCase):
    def test_the_start_page_shows_balance_and_last_bill(self):
        page = self._open("/my").text
        self.assertIn("156.97", page)
        self.assertIn(self.bill.name, page)
        self.assertIn("/my/invoices/pay", page)

    def test_a_bill_tells_how_it_was_calculated(self):
        page = self._open(f"/my/invoices/{self.bill.id}").text
        self.assertIn(f"/my/invoices/{self.bill.id}/calculation", page)
        page = self._open(f"/my/invoices/{self.bill.id}/calculation").text
        for text in ("48.39", "77.42", "5.00", "130.81", "26.16", "156.97"):
            self.assertIn(text, page)
        line = self.bill.segment_ids.line_ids[0]
        self.assertIn(line.explanation_text.split(".")[0], page)

    def test_the_bill_itself_is_shown_in_the_frame(self):
        """With payment codes, too, which Odoo's report draws by what is not here."""
        self.company.qr_code = True
        answer = self._open(f"/my/invoices/{self.bill.id}?report_type=html")
        self.assertEqual(answer.status_code, 200)
        for text in (self.bill.name, "Capacity", "156.97", 'id="wrapwrap"'):
            self.assertIn(text, answer.text)

    def test_the_link_of_a_mail_opens_the_calculation_without_login(self):
        self.authenticate(None, None)
        url = f"/my/invoices/{self.bill.id}/calculation"
        self.assertEqual(self.url_open(url).status_code, 404)
        token = self.bill._portal_ensure_token()
        page = self.url_open(f"{url}?access_token={token}")
        self.assertIn("130.81", page.text)

    def test_why_the_next_bill_is_lower(self):
        """February has 28 days at 3.00 where January had two prices: the capacity
        costs more, 150.00 for 125.81; the fee is the same."""
        bill = self._bill(self.agreement, self.february)
        found = bill._get_portal_comparable()
        self.assertEqual(found["before"], self.bill)
        self.assertFalse(found["last_year"])
        comparison = bill._prepare_portal_comparison(self.bill)
        self.assertEqual(comparison["total"], Decimal("29.03"))
        self.assertEqual(comparison["taxes"], Decimal("4.84"))
        self.assertEqual(comparison["parts"].price, Decimal("24.19"))
        self.assertEqual(comparison["parts"].total, Decimal("24.19"))
        page = self._open(f"/my/invoices/{bill.id}/comparison").text
        self.assertIn("29.03", page)
        self.assertIn("24.19", page)

    def test_a_line_by_hand_and_a_higher_capacity(self):
        """The term's capacity rises from 50 to 60; a fee of 7.00 is added by hand."""
        self.agreement.term_ids.value_ids.value = 60
        segments = self._generate(period=self.february)
        bill = self.env["billing.invoicer"]._create_invoices(segments)
        bill.invoice_line_ids = [
            Command.create(
                {
                    "name": "Visit",
                    "product_id": self.product.id,
                    "price_unit": 7,
                    "tax_ids": [Command.set(self.vat.ids)],
                }
            )
        ]
        self.env["billing.invoicer"]._post(bill)
        parts = bill._prepare_portal_comparison(self.bill)["parts"]
        self.assertEqual(parts.other, Decimal("7.00"))
        self.assertEqual(parts.quantity, Decimal("25.16"))
        self.assertEqual(parts.total, Decimal("61.19"))
        self.assertEqual(bill._get_portal_other_lines().name, "Visit")

    def test_last_year(self):
        self.cycle._generate_periods(date(2027, 1, 1), date(2027, 1, 31))
        bill = self._bill(self.agreement, self.cycle.period_ids[-1])
        self.assertEqual(bill._get_portal_comparable()["last_year"], self.bill)

    @freeze_time("2026-03-10")
    def test_all_open_bills_are_paid_together(self):
        other = self._bill(self.agreement, self.february)
        total = self.bill.amount_residual + other.amount_residual
        page = self._open("/my/invoices/pay").text
        self.assertIn(self.bill.name, page)
        self.assertIn(other.name, page)
        self.assertIn(f"{total:.2f}", page)
        with self.assertLogs("odoo.addons.billing_base.controllers", "WARNING"):
            answer = self.opener.post(
                f"{self.base_url()}/my/invoices/pay/transaction",
                json={"params": {"payment_reference": "x", "amount": 1.0}},
            )
        self.assertIn("changed meanwhile", answer.text)
        self.assertIn("/my/invoices/pay", self.url_open("/my/invoices").text)
        self.assertFalse(self.env["payment.transaction"].search_count([]))
