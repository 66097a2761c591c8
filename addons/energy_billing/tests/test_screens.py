"""Every screen opens with each of its filters and groups."""

from odoo.tests import tagged

from odoo.addons.billing_base.tests.crawl_case import CrawlMixin

from .market import MarketCase


@tagged("post_install", "-at_install")
class TestScreens(CrawlMixin, MarketCase):
    modules = ("energy_billing",)
    roles = ("viewer", "clerk")

    def test_every_screen_opens(self):
        self._create_floating_agreement(self.exchanged)
        self.february.action_activate()
        for name in ("cdsdata.xml", "cdsidis.xml", "cdsinvoice_127.xml"):
            self._import_golden(name)
        self._crawl_menus()
        self._crawl_bound()
        self._check_filters()
        figures = self._check_overview(self.crawlers["clerk"])
        self.assertGreater(figures["files", "received"], 0)
        self.assertIn("points", {step for step, _figure in figures})

    def test_a_clerk_imports_bills_and_writes_into_measurement(self):
        clerk = self._user("clerk")
        agreement = self._create_floating_agreement(self.exchanged, "2026-01-01")
        self.february.action_activate()
        message = (
            self.env["energy.message"]
            .with_user(clerk)
            ._import_file(
                self.market_profile.with_user(clerk),
                "batch.zip",
                self._zip({"a.xml": self._duf()}),
            )
        )
        self.assertEqual(message.state, "processed", message.first_finding)
        work = self.env["energy.billing.work"].with_user(clerk)
        row = work.search([("agreement_id", "=", agreement.id)])
        row.action_generate()
        row.action_write_measurement()
        self.assertEqual(agreement.segment_ids.amount, 47)
