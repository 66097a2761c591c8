"""Every menu, list, form, search, chart and wizard opens for every role."""

import re

from odoo.exceptions import AccessError, UserError

from .crawl import Screen

ROLES = ("viewer", "clerk", "manager", "admin")
ACTIVE = re.compile(r"'default_(\w+)': active_id\b")
#: Wizards that have nothing to show until something was selected.
ASKS_FIRST = (UserError,)


class CrawlMixin:
    """Crawls the screens of the add-ons named in ``modules``.

    What it is mixed into has ``company`` and ``_user(role)``.
    """

    modules = ()
    roles = ROLES

    @property
    def crawlers(self):
        """``{role: user}``, made once for the test."""
        if not hasattr(self, "_crawlers"):
            self._crawlers = {role: self._user(role) for role in self.roles}
        return self._crawlers

    def _get_own(self, model):
        """Ids of the add-ons' own records of a model."""
        rows = self.env["ir.model.data"].search_read(
            [("model", "=", model), ("module", "in", self.modules)], ["res_id"]
        )
        return {row["res_id"] for row in rows}

    def _get_menus(self, user):
        """``{menu id: window or client action}`` of the menus the user sees."""
        menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
        own = self._get_own("ir.ui.menu")
        return {
            menu["id"]: self.env[menu["action_model"]].browse(menu["action_id"])
            for key, menu in menus.items()
            if key != "root" and menu["action_id"] and menu["id"] in own
        }

    def _crawl_menus(self):
        """Open all menus of each role. :return: the number of screens opened"""
        opened = 0
        for role, user in self.crawlers.items():
            env = self.env(user=user, context={"allowed_company_ids": self.company.ids})
            for menu_id, action in self._get_menus(user).items():
                if action._name != "ir.actions.act_window":
                    continue
                menu = self.env["ir.ui.menu"].browse(menu_id)
                with self.subTest(role=role, menu=menu.complete_name):
                    self._open(env, action)
                    opened += 1
        return opened

    def _crawl_bound(self):
        """Open the wizards and lists that are bound to a model or a button.

        :return: the number of screens opened
        """
        opened = 0
        on_menus = {
            action.id
            for user in self.crawlers.values()
            for action in self._get_menus(user).values()
            if action._name == "ir.actions.act_window"
        }
        actions = self.env["ir.actions.act_window"].browse(
            self._get_own("ir.actions.act_window") - on_menus
        )
        for role, user in self.crawlers.items():
            env = self.env(user=user, context={"allowed_company_ids": self.company.ids})
            for action in actions:
                groups = action.sudo().group_ids
                if groups and not groups & user.all_group_ids:
                    continue
                if not env[action.res_model].has_access("read"):
                    continue
                with self.subTest(role=role, action=action.get_external_id()):
                    self._open(env, action)
                    opened += 1
        return opened

    def _open(self, env, action):
        """Views, first page, a record in its form, an empty form."""
        action = action.sudo()
        bound = action.binding_model_id.model
        if found := ACTIVE.search(action.context or ""):
            # a button of this model opens it
            bound = env[action.res_model]._fields[found[1]].comodel_name
        active = env[bound].search([], limit=1) if bound else None
        screen = Screen(env, action, active)
        with env.cr.savepoint():
            screen.open()
            self.assertTrue(screen.archs)
            if "form" not in screen.archs:
                return
            if screen.model._transient:
                try:
                    screen.new()
                except ASKS_FIRST as error:
                    # an error of rights is no question
                    self.assertNotIsInstance(error, AccessError)
                return
            record = screen.model.search(screen.domain, limit=1)
            if record:
                screen.form(record)
            may_create = screen.archs["form"].get("create") not in ("0", "false")
            if screen.model.has_access("create") and may_create:
                screen.new()

    def _check_filters(self):
        """Each filter and group of each search view the menus lead to is accepted."""
        user = next(iter(self.crawlers.values()))
        env = self.env(user=user, context={"allowed_company_ids": self.company.ids})
        for action in self._get_menus(user).values():
            if action._name != "ir.actions.act_window" or action.view_mode == "form":
                continue
            screen = Screen(env, action)
            screen.load_views()
            for name, (domain, group) in screen.get_filters().items():
                with self.subTest(model=screen.model._name, filter=name):
                    screen.model.search(domain, limit=1)
                    if group:
                        screen.model.formatted_read_group([], [group], ["__count"])

    def _check_overview(self, user):
        """Each number of the overview is what its list holds.

        :return: ``{(step key, figure key): value}``
        """
        Cockpit = self.env["billing.cockpit"].with_user(user).with_company(self.company)
        data = Cockpit.get_overview({})
        figures = {
            (step["key"], figure["key"]): figure
            for lane in data["lanes"]
            for step in lane["steps"]
            for figure in step["figures"]
        }
        for key, slow in Cockpit.get_slow_steps({}).items():
            figures |= {(key, figure["key"]): figure for figure in slow}
        for figure in figures.values():
            target = figure["action"]
            action = self.env.ref(target["xmlid"]).sudo()
            with self.subTest(user=user.login, figure=figure["name"]):
                Model = self.env[action.res_model].with_user(user)
                if "domain" in target and figure["kind"] == "count":
                    count = Model.search_count(target["domain"])
                    self.assertEqual(count, figure["value"])
                    arch = Model.get_view(action.search_view_id.id, "search")["arch"]
                    for name in target["context"]:
                        name = name.removeprefix("search_default_")
                        self.assertIn(f'name="{name}"', arch)
        return {key: figure["value"] for key, figure in figures.items()}
