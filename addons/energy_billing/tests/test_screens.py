"""Every list opens for those who may only look, with each of its filters and groups."""

from odoo.tests import tagged

from .market import MarketCase
from .screens import open_list


@tagged("post_install", "-at_install")
class TestScreens(MarketCase):
    def test_lists_filters_and_groups(self):
        self._create_floating_agreement(self.exchanged)
        self.february.action_activate()
        for name in ("cdsdata.xml", "cdsidis.xml", "cdsinvoice_127.xml"):
            self._import_golden(name)
        user = self._user("viewer")
        models = (
            "energy.billing.order",
            "energy.billing.work",
            "energy.completeness",
            "energy.confirmation",
            "energy.curve",
            "energy.curve.day",
            "energy.excise.certificate",
            "energy.gas.factor",
            "energy.interval.hour",
            "energy.message",
            "energy.message.layout",
            "energy.network.comparison",
            "energy.network.component",
            "energy.network.invoice",
            "energy.network.invoice.line",
            "energy.network.simulation",
        )
        for model in models:
            with self.subTest(model=model):
                open_list(self.env[model].with_user(user))

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
