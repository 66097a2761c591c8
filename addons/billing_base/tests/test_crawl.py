"""Every menu, list, form, search, chart and wizard opens for every role."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import BillingCase
from .crawl import Screen

ROLES = ("viewer", "clerk", "manager", "admin")
#: Wizards that have nothing to show until something was selected.
ASKS_FIRST = (UserError,)


class CrawlCase(BillingCase):
    """Crawls the screens of the add-ons named in ``modules``; others extend it."""

    modules = ()
    roles = ROLES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crawlers = {role: cls._user(role) for role in cls.roles}

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
        bound = action.sudo().binding_model_id.model or env.context.get("active_model")
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
        user = self.crawlers["viewer"] if "viewer" in self.crawlers else None
        user = user or next(iter(self.crawlers.values()))
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


@tagged("post_install", "-at_install")
class TestCrawl(CrawlCase):
    modules = ("billing_base",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.january.action_activate()
        cls.late = cls._create_agreement("LATE", 10)
        cls.late.term_ids.date_start = "2026-01-11"
        cls.env["billing.run"].create({"period_id": cls.january.id}).action_start()
        invoicer = cls.env["billing.invoicer"]
        invoicer._post(invoicer._create_invoices(cls.agreement.segment_ids))

    def test_menus(self):
        self.assertGreater(self._crawl_menus(), 100)

    def test_bound_actions(self):
        self.assertGreater(self._crawl_bound(), 20)

    def test_filters_and_groups(self):
        self._check_filters()
