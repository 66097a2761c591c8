"""Every screen opens for every role."""

from odoo.tests import Form

from odoo.addons.billing_base.tests.crawl_case import CrawlMixin

from .common import ConnectionCase


class TestScreens(CrawlMixin, ConnectionCase):
    modules = ("energy_connection",)
    roles = ("viewer", "clerk", "manager")

    def test_every_screen_opens(self):
        self._create_order()
        self._accept()
        self._crawl_menus()
        self._crawl_bound()
        self._check_filters()
        self.case.date_deadline = "2020-01-01"
        figures = self._check_overview(self.crawlers["clerk"])
        self.assertEqual(figures["cases", "late"], 1)

    def test_an_empty_list_says_what_to_do(self):
        root = self.env.ref("energy_connection.menu_connection_root")
        menus = self.env["ir.ui.menu"].search(
            [("id", "child_of", root.id), ("action", "!=", False)]
        )
        for menu in menus:
            if menu.action._name == "ir.actions.act_window":
                self.assertTrue(menu.action.help, menu.complete_name)

    def test_a_clerk_enters_a_case_on_its_form(self):
        clerk = self._user("clerk")
        form = Form(self.env["connection.case"].with_user(clerk))
        form.type_id = self.kind
        form.partner_id = self.customer
        self.assertEqual(form.payer_id, self.customer)
        with form.cost_ids.new() as cost:
            cost.name = "Crossing"
            cost.charge_type_id = self.regulated
            cost.estimate = 500
        case = form.save()
        self.assertEqual(case.contribution, 500)
        self.assertNotEqual(case.name, "/")

    def test_a_list_of_cases_costs_the_same_queries_for_any_number(self):
        names = ("name", "partner_id", "type_id", "amount", "state", "problem")
        specification = {name: {} for name in names}
        Case = self.env["connection.case"]
        for _number in range(5):
            self._create_case(costs=False)

        def count(limit):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Case.web_search_read([], specification, limit=limit)
            return self.env.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(6), count(2))
