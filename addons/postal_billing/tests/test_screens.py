"""Every screen opens with each of its filters and groups."""

from odoo.tests import tagged

from odoo.addons.billing_base.tests.crawl_case import CrawlMixin

from .common import PostalCase


@tagged("post_install", "-at_install")
class TestScreens(CrawlMixin, PostalCase):
    modules = ("postal_billing",)
    roles = ("viewer", "clerk", "centre")

    @classmethod
    def _user(cls, role):
        if role == "centre":
            return cls._centre_clerk("crawl")
        return super()._user(role)

    def test_every_screen_opens(self):
        self.january.action_activate()
        self._specification((self.letter, {"quantity": 3}))
        self._crawl_menus()
        self._crawl_bound()
        self._check_filters()
        figures = self._check_overview(self.crawlers["clerk"])
        self.assertEqual(figures["entries", "draft"], 1)
