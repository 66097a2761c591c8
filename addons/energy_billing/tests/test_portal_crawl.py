"""Every page of the portal, asked for with what belongs to somebody else."""

import re

from odoo.http import _generate_routing_rules
from odoo.tests import tagged
from odoo.tools import mute_logger

from .test_portal import EnergyPortalCase

MODULES = (
    "odoo.addons.billing_base.controllers.portal",
    "odoo.addons.energy_billing.controllers.portal",
)


@tagged("post_install", "-at_install")
class TestPortalCrawl(EnergyPortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._create_item("Share", [("2026-01-01", False, 1.0)], basis="flat")
        bill = cls._create_agreement("X-9", 7, partner=cls.foreign.partner_id)
        segments = cls.env["billing.generator"]._generate(bill, cls.january)
        invoicer = cls.env["billing.invoicer"]
        cls.bill = invoicer._create_invoices(segments)
        invoicer._post(cls.bill)
        cls.foreign.partner_id.name = "Foreigner"

    def _routes(self):
        """Paths of the routes that our portals add, with their methods and type."""
        routes = {}
        for path, endpoint in _generate_routing_rules(
            sorted(self.env.registry._init_modules), nodb_only=False
        ):
            method = endpoint.func
            if method.__module__.startswith(MODULES) and path.startswith("/my"):
                # a page that is only extended names no path
                if method.original_routing.get("routes"):
                    routes[path] = endpoint.routing
        return routes

    def _foreign_values(self):
        """What a form of each page would name of the foreign customer."""
        return {
            "account": self.foreign.account_id.id,
            "contact": self.foreign.partner_id.id,
            "installation": self.two_tariff_meter.installation_ids.id,
            "point": self.two_tariff_point.id,
            "date": "2026-01-31",
            f"value_{self.two_tariff_meter.register_ids[0].id}": "5",
            "email": "taken@example.com",
            "language": "en_US",
            "bills": "1",
            "step": "month",
        }

    @mute_logger(
        "odoo.http",
        "odoo.addons.billing_base.controllers.portal_payment",
        "odoo.addons.energy_billing.controllers.portal_reading",
    )
    def test_no_page_shows_or_takes_what_is_another_s(self):
        self._import_readings(
            "N-2;M2;1.8.1;2026-01-01;2026-01-31;0;200;200",
            "N-2;M2;1.8.2;2026-01-01;2026-01-31;0;133;133",
        )
        secrets = ("Foreigner", "N-2", "M2", self.bill.name, "333", "X-9")
        routes = self._routes()
        self.assertGreaterEqual(len(routes), 8, routes)
        self.authenticate("portal_own", "portal_own")
        csrf = re.search(r'csrf_token: "([^"]+)"', self.url_open("/my").text)[1]
        values = self._foreign_values()
        told = self.env["energy.reading"].search_count([("told_by_id", "!=", False)])
        for rule, routing in routes.items():
            url = re.sub(r"<int:\w+>", str(self.bill.id), rule)
            answers = []
            if routing["type"] == "jsonrpc":
                answers.append(
                    self.opener.post(
                        f"{self.base_url()}{url}",
                        json={"params": {"payment_reference": "x", "amount": 1.0}},
                    )
                )
                self.assertIn("error", answers[-1].json(), rule)
            else:
                query = "&".join(f"{name}={value}" for name, value in values.items())
                answers.append(self.url_open(f"{url}?{query}"))
            if "POST" in (routing["methods"] or ()):
                answers.append(self.url_open(url, data={"csrf_token": csrf, **values}))
                self.assertIn(answers[-1].status_code, (403, 404), rule)
            if url != rule:
                for answer in answers:
                    self.assertIn(answer.status_code, (403, 404), rule)
            for answer in answers:
                for secret in secrets:
                    self.assertNotIn(secret, answer.text, rule)
        self.assertEqual(
            self.env["energy.reading"].search_count([("told_by_id", "!=", False)]), told
        )
        self.assertNotEqual(self.foreign.partner_id.email, "taken@example.com")

    def test_without_login_there_is_nothing(self):
        self.authenticate(None, None)
        for rule, routing in self._routes().items():
            if routing["type"] == "http":
                url = re.sub(r"<int:\w+>", str(self.bill.id), rule)
                answer = self.url_open(url, allow_redirects=False)
                self.assertIn(answer.status_code, (303, 403, 404), rule)

    def test_rpc_of_a_portal_user_reads_no_energy_records(self):
        for model in (
            "energy.metering.point",
            "energy.reading",
            "energy.usage",
            "energy.interval",
            "billing.agreement",
            "billing.account",
            "billing.segment",
            "billing.segment.line",
        ):
            records = self.env[model].with_user(self.user)
            self.assertFalse(records.has_access("read"), model)
        bills = self.env["account.move"].with_user(self.user).search([])
        self.assertNotIn(self.bill, bills)
