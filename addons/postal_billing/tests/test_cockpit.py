"""The overview of the post office: every number is what its list holds."""

from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.billing_base.tests.crawl_case import CrawlMixin

from .common import PostalCase


@tagged("post_install", "-at_install")
@freeze_time("2026-03-05")
class TestCockpit(CrawlMixin, PostalCase):
    def _payout(self, **values):
        """3 cheques of 900 at Podgorica, and what the principal says."""
        return self._specification(
            (
                self.commission,
                {"cost_centre_id": self.centre_a.id, "quantity": 3, "money": 900},
            ),
            kind="payout",
            cost_centre_id=False,
            **{"total_cheques": 3, "total_money": 900, **values},
        )

    def test_each_step_counts_its_specifications(self):
        self.january.action_activate()
        self._letters().action_check()
        self._letters(cost_centre_id=self.centre_b.id)
        self._specification(kind="hybrid")
        self._payout()
        self._payout(partner_id=self._partner("Fund", "FUND").id, total_money=950)
        user = self._user("clerk")
        figures = self._check_overview(user)
        expected = {
            ("centres", "b_draft"): 2,
            ("entries", "unlike"): 1,
            ("entries", "draft"): 4,
            ("entries", "checked"): 1,
            ("entries", "invoiced"): 0,
            ("mailings", "hybrid"): 1,
            ("mailings", "no_mailing"): 1,
        }
        self.assertEqual({key: figures[key] for key in expected}, expected)
        data = self._overview(user)
        late = {figure["key"]: figure["late"] for figure in data["late"]}
        self.assertEqual(late["b_draft"], "Cost Centres Not All Checked")
        self.assertEqual(late["draft"], "Specifications Not Checked")

    def _overview(self, user, **options):
        Cockpit = self.env["billing.cockpit"].with_user(user)
        return Cockpit.with_company(self.company).get_overview(
            {"business": "post", **options}
        )

    def test_a_period_is_compared_with_the_last_one(self):
        self.january.action_activate()
        self._letters(10)
        self._letters(15, period_id=self.february.id)
        data = self._overview(self._user("clerk"), period_id=self.february.id)
        self.assertEqual([lane["key"] for lane in data["lanes"]], ["post"])
        count, amount, _money = data["compare"]
        self.assertEqual((count["value"], count["last"]), (1, 1))
        self.assertEqual((amount["value"], amount["last"]), (9.0, 6.0))
        self.assertEqual(amount["last_percent"], 50.0)
        self.assertEqual(data["charts"][0]["sets"][0]["values"], [6.0, 9.0])

    def test_what_is_unlike_the_list_is_found_in_one_statement(self):
        """The search says what each specification says."""
        ordered = {"cost_centre_id": self.centre_a.id, "cheques": 2, "money": 900}
        found = self._payout(total_cheques=4)
        names = ("A", "B", "C", "D")
        partners = [self._partner(name, f"P-{name}").id for name in names]
        alike = self._payout(partner_id=partners[0])
        by_centre = self._payout(
            partner_id=partners[1], centre_ids=[Command.create(ordered)]
        )
        agreed = Command.create({**ordered, "cheques": 3})
        same_list = self._payout(partner_id=partners[2], centre_ids=[agreed])
        empty = self._specification(
            kind="payout", cost_centre_id=False, partner_id=partners[3], total_cheques=1
        )
        letters = self._letters()
        everything = found | alike | by_centre | same_list | empty | letters
        Specification = self.env["postal.specification"]
        own = ("id", "in", everything.ids)
        unlike = Specification.search([own, ("has_difference", "=", True)])
        self.assertEqual(unlike, found | by_centre | empty)
        self.assertEqual(unlike, everything.filtered("has_difference"))
        self.assertEqual(
            Specification.search([own, ("has_difference", "=", False)]),
            everything - unlike,
        )
        found._waive("Agreed")
        self.assertNotIn(
            found, Specification.search([own, ("has_difference", "=", True)])
        )
