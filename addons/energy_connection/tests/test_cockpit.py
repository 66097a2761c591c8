"""The overview of ordered grid work: every number is what its list holds."""

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import new_test_user

from odoo.addons.billing_base.tests.crawl_case import CrawlMixin

from .common import ConnectionCase


class TestCockpit(CrawlMixin, ConnectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "energy_connection.group_connection_manager"
        cls.user = new_test_user(
            cls.env,
            login="connection_cockpit",
            groups=f"{groups},account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @freeze_time("2026-03-20")
    def test_each_step_counts_its_cases(self):
        """One case is offered, one accepted with its invoice open, one complete."""
        self._create_order()
        offered = self._offer()
        offered.validity_date = "2026-03-10"
        accepted, complete = (self._create_case() for _number in range(2))
        self._create_order(accepted, date_deadline="2026-03-01")
        self._accept(accepted)
        accepted.action_invoice()
        accepted.invoice_ids.invoice_date_due = "2026-03-15"
        accepted.invoice_ids.action_post()
        self._accept(complete)
        complete.action_invoice()
        complete.action_complete()
        self.env["connection.notification"].create(
            {
                "installer_id": self.installer.id,
                "customer_name": "Ola",
                "street": "Storgata 1",
                "zip": "0001",
                "city": "Oslo",
                "type_id": self.kind.id,
            }
        )
        figures = self._check_overview(self.user)
        expected = {
            ("notifications", "new"): 1,
            ("cases", "offer_sent"): 1,
            ("cases", "unpaid"): 2,
            ("offers", "out"): 1,
            ("offers", "over"): 1,
            ("orders", "blocked"): 1,
            ("orders", "released"): 1,
            ("orders", "late_order"): 1,
            ("invoices", "draft"): 1,
            ("invoices", "open"): 1,
            ("settlements", "completed"): 1,
            ("settlements", "preview"): 0,
        }
        self.assertEqual({key: figures[key] for key in expected}, expected)
        complete.invoice_ids.action_post()
        complete.action_settle()
        self.env.invalidate_all()
        figures = self._check_overview(self.user)
        self.assertEqual(figures["settlements", "preview"], 1)

    def test_it_needs_no_period_and_shows_its_own_chart(self):
        Cockpit = self.env["billing.cockpit"].with_user(self.user)
        data = Cockpit.with_company(self.company).get_overview({"business": "grid"})
        self.assertEqual([lane["key"] for lane in data["lanes"]], ["grid"])
        self.assertFalse(data["needs_period"])
        self.assertFalse(data["compare"])
        (chart,) = data["charts"]
        self.assertEqual(chart["sets"][0]["values"][0], self.case.amount)
