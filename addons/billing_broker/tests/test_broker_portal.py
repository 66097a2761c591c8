import io
from datetime import datetime

from openpyxl import load_workbook

from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common import BrokerCase


@tagged("post_install", "-at_install")
class TestBrokerPortal(BrokerCase, HttpCase):
    def _broker(self):
        """Statements of January, of Smith who is logged in and of Jones."""
        self._agree((self.smith, 50), (self.jones, 50))
        self._invoice(self._generate())
        statements = self._count()
        smiths = statements.filtered(lambda s: s.partner_id == self.smith)
        new_test_user(
            self.env,
            login="broker_smith",
            groups="base.group_portal",
            partner_id=self.smith.id,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.authenticate("broker_smith", "broker_smith")
        return smiths, statements - smiths

    def test_a_broker_sees_his_own_statements_only(self):
        smiths, joness = self._broker()
        # drafts are not for his eyes
        page = self.url_open(f"/my/commissions/{smiths.id}")
        self.assertNotIn("Counted until", page.text)
        (smiths + joness).action_confirm()
        page = self.url_open("/my/commissions")
        self.assertIn(smiths.name, page.text)
        self.assertNotIn(joness.name, page.text)
        page = self.url_open(f"/my/commissions/{smiths.id}")
        self.assertIn("Customer A-1", page.text)
        self.assertIn("130.81", page.text)
        page = self.url_open(f"/my/commissions/{joness.id}")
        self.assertNotIn(joness.name, page.text)
        page = self.url_open(f"/my/commissions/{joness.id}?access_token=guessed")
        self.assertNotIn(joness.name, page.text)

    @mute_logger("odoo.http")
    def test_a_statement_is_downloaded_as_a_workbook(self):
        smiths, joness = self._broker()
        path = "/my/commissions/%s/xlsx"
        self.assertEqual(self.url_open(path % smiths.id).status_code, 404)
        (smiths + joness).action_confirm()
        answer = self.url_open(path % smiths.id)
        self.assertIn(
            f"{smiths.name.replace('/', '-')}.xlsx",
            answer.headers["Content-Disposition"],
        )
        head, row = load_workbook(io.BytesIO(answer.content)).active.values
        self.assertEqual(head[:4], ("Date", "Customer", "Invoice", "Kind"))
        self.assertEqual(row[:2], (datetime(2026, 1, 31), "Customer A-1"))
        self.assertEqual(row[2:4], (smiths.line_ids.move_id.name, "Earned"))
        # 130.81 × 2.5 % = 3.27, the odd cent is the first broker's
        self.assertEqual(
            row[6:], (130.81, smiths.amount, self.company.currency_id.name)
        )
        self.assertEqual(self.url_open(path % joness.id).status_code, 404)
        token = joness._portal_ensure_token()
        self.authenticate(None, None)
        self.assertEqual(self.url_open(path % joness.id).status_code, 404)
        answer = self.url_open(f"{path % joness.id}?access_token={token}")
        self.assertEqual(answer.status_code, 200)
