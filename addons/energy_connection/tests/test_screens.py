"""Every screen opens for every role."""

from lxml import etree

from odoo.tests import Form

from .common import ConnectionCase


class TestScreens(ConnectionCase):
    def _get_actions(self):
        root = self.env.ref("energy_connection.menu_connection_root")
        menus = self.env["ir.ui.menu"].search(
            [("id", "child_of", root.id), ("action", "!=", False)]
        )
        return [(menu, menu.action) for menu in menus]

    def test_every_menu_opens_for_every_role(self):
        self._create_order()
        self._accept()
        for role in ("viewer", "clerk", "manager"):
            user = self._user(role)
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            for menu, action in self._get_actions():
                if menu.id not in visible:
                    continue
                with self.subTest(role=role, menu=menu.complete_name):
                    action = action.sudo()
                    model = self.env[action.res_model].with_user(user)
                    views = [(view_id, mode) for view_id, mode in action.views]
                    loaded = model.get_views([*views, (False, "search")])["views"]
                    for mode in {"list", "kanban", "form"} & set(loaded):
                        names = self._get_names(loaded[mode]["arch"])
                        own = [("company_id", "=", self.company.id)]
                        model.web_search_read(
                            own if "company_id" in model._fields else [],
                            {name: {} for name in names},
                            limit=80,
                        )
                    self.assertTrue(action.help, "the empty list helps")

    def _get_names(self, arch):
        tree = etree.fromstring(arch)
        return {
            node.get("name") for node in tree.xpath("//field[not(ancestor::field)]")
        }

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
