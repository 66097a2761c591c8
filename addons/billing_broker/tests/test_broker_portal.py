from odoo.tests import HttpCase, new_test_user, tagged

from .common import BrokerCase


@tagged("post_install", "-at_install")
class TestBrokerPortal(BrokerCase, HttpCase):
    def test_a_broker_sees_his_own_statements_only(self):
        self._agree((self.smith, 50), (self.jones, 50))
        self._invoice(self._generate())
        statements = self._count()
        smiths = statements.filtered(lambda s: s.partner_id == self.smith)
        joness = statements - smiths
        new_test_user(
            self.env,
            login="broker_smith",
            groups="base.group_portal",
            partner_id=self.smith.id,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.authenticate("broker_smith", "broker_smith")
        # drafts are not for his eyes
        page = self.url_open(f"/my/commissions/{smiths.id}")
        self.assertNotIn("Counted until", page.text)
        statements.action_confirm()
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
