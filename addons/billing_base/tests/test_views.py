"""Every screen opens for every role and shows names, not codes."""

from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import BillingCase
from .crawl_case import ROLES, CrawlMixin


@tagged("post_install", "-at_install")
class TestScreens(CrawlMixin, BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {role: cls._user(role) for role in ROLES}
        installed = cls.env["ir.module.module"].search([("state", "=", "installed")])
        own = installed.filtered(lambda m: m.author == cls._get_author())
        # the screens of every add-on of ours; theirs crawl again with records
        cls.modules = tuple(own.mapped("name"))
        cls.january.action_activate()
        cls.env["billing.run"].create({"period_id": cls.january.id}).action_start()
        cls.segment = cls.agreement.segment_ids

    @classmethod
    def _get_author(cls):
        module = cls.env["ir.module.module"]._get("billing_base")
        return module.author

    @property
    def crawlers(self):
        return self.users

    def test_menus(self):
        self.assertGreater(self._crawl_menus(), 200)

    def test_actions_of_buttons_and_lists(self):
        self.assertGreater(self._crawl_bound(), 40)

    def test_filters_and_groups(self):
        self._check_filters()

    def test_every_list_has_filters_and_says_what_to_do_when_it_is_empty(self):
        """Lists of the daily work can be grouped, too."""
        Action = self.env["ir.actions.act_window"]
        work = self._get_lists_of_work()
        checked = 0
        for action in Action.browse(self._get_own(Action._name)):
            Model = self.env[action.res_model]
            if Model._transient or "list" not in action.view_mode.split(","):
                continue
            view = Model.get_view(action.search_view_id.id, "search")
            filters = etree.fromstring(view["arch"]).xpath("//filter")
            grouped = [n for n in filters if "group_by" in n.get("context", "")]
            with self.subTest(action=action.get_external_id()[action.id]):
                self.assertTrue(action.help, "no help in the empty list")
                self.assertTrue(filters, "no filter")
                if action in work:
                    self.assertTrue(grouped, "nothing to group by")
                    self.assertGreater(len(filters), len(grouped), "no filter")
            checked += 1
        self.assertGreater(checked, 100)

    def _get_lists_of_work(self):
        """Window actions of the menus outside the configuration."""
        menus = self.env["ir.ui.menu"].browse(self._get_own("ir.ui.menu"))
        actions = menus.filtered(
            lambda menu: menu.action and "/Configuration/" not in menu.complete_name
        ).mapped("action")
        return {action for action in actions if action._name.endswith("act_window")}

    def test_viewer_changes_nothing(self):
        viewer = self.users["viewer"]
        for record in (
            self.agreement,
            self.agreement.account_id,
            self.tariff,
            self.fee_item,
            self.january,
            self.segment,
            self.profile,
            self.cycle,
        ):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(viewer).write({"create_uid": viewer.id})
        with self.assertRaises(AccessError):
            self.february.with_user(viewer).action_bill()
        with self.assertRaises(AccessError):
            self.env["billing.cancel"].with_user(viewer).create({})
        with self.assertRaises(AccessError):
            self.env["billing.waive"].with_user(viewer).create({})

    def test_manager_enters_a_customer_from_profile_to_agreement(self):
        manager = self.users["manager"]
        env = self.env(user=manager)
        with Form(env["billing.profile"]) as form:
            form.name = "Business"
        profile = form.record
        with Form(env["billing.account"]) as form:
            form.code = "ACC-9"
            form.partner_id = self.env["res.partner"].create({"name": "Bakery"})
            form.profile_id = profile
        account = form.record
        self.assertEqual(account.name, "Bakery")
        self.assertEqual(account.invoice_partner_id, account.partner_id)
        contract = self.env["contract.contract"].create(
            {
                "name": "C 9",
                "partner_id": account.partner_id.id,
                "company_id": self.company.id,
            }
        )
        with Form(env["billing.agreement"]) as form:
            form.code = "A-9"
            form.account_id = account
            form.contract_id = contract
            form.type_id = self.agreement_type
            form.date_start = "2026-01-01"
            with form.term_ids.new() as term:
                term.date_start = "2026-01-01"
                term.tariff_id = self.tariff
                with term.value_ids.new() as value:
                    value.quantity_type_id = self.capacity
                    value.value = 12.5
        agreement = form.record
        self.assertEqual(agreement.name, "Supply, Bakery")
        self.assertEqual(agreement.tariff_id, self.tariff)
        self.assertEqual(agreement.term_ids.value_text, "Capacity 12.5 Units")
        self.assertEqual(account.agreement_count, 1)
        self.assertEqual(account.partner_id.billing_agreement_count, 1)

    def test_manager_enters_cycle_tariff_and_check(self):
        env = self.env(user=self.users["manager"])
        with Form(env["billing.cycle"]) as form:
            form.name = "Water"
            form.code = "W"
            form.period_length = 3
            with form.period_ids.new() as period:
                period.date_start = "2026-01-01"
                period.date_end = "2026-03-31"
        form.record.action_generate_periods()
        self.assertEqual(len(form.record.period_ids), 5)
        with Form(env["billing.tariff"]) as form:
            form.name = "Water"
            form.code = "WAT"
        tariff = form.record
        with Form(env["billing.tariff.item"]) as form:
            form.tariff_id = tariff
            form.kind = "category"
            form.name = "Supply"
            form.code = "SUP"
        category = form.record
        with Form(env["billing.tariff.item"]) as form:
            form.tariff_id = tariff
            form.parent_id = category
            form.name = "Water"
            form.code = "W1"
            form.product_id = self.product
            form.basis = "flat"
            with form.price_ids.new() as price:
                price.date_start = "2026-01-01"
                price.date_end = "2026-03-31"
                price.price = 1.25
            with form.price_ids.new() as price:
                price.date_start = "2026-05-01"
                price.price = 1.5
        charge = form.record
        self.assertEqual(charge.tree_name, "\u2003Water")
        self.assertEqual(charge.price_gap, "04/01/2026 – 04/30/2026")
        priced = charge.with_context(price_date="2026-02-01")
        self.assertEqual(priced.current_price, 1.25)
        self.assertEqual(
            self.env["billing.tariff.price"].search(
                [("item_id", "=", charge.id), ("valid_on", "=", "2026-06-01")]
            ),
            charge.price_ids[-1],
        )
        with Form(env["billing.check"]) as form:
            form.name = "Over a hundred"
            form.code = "over_hundred"
            form.domain = "[('amount', '>', 100)]"
            form.message = "Over a hundred."
        self.assertFalse(form.record.active)

    def test_period_counts_and_opens_its_run(self):
        period = self.january.with_user(self.users["clerk"])
        self.assertEqual(
            (period.figure_count, period.ready_count, period.error_count), (1, 1, 0)
        )
        run = self.env["billing.run"].browse(period.action_bill()["res_id"])
        self.assertEqual(run, self.january.run_ids)
        self.assertIn("fa-check-circle", run.step_html)
        run.action_continue()
        run.action_continue()
        another = self.env["billing.run"].browse(period.action_bill()["res_id"])
        self.assertNotEqual(another, run)
        self.assertEqual(another.state, "draft")

    def test_invoice_leads_back_to_its_segments(self):
        move = self._invoice(self.segment)
        self.assertEqual(move.segment_count, 1)
        action = move.action_view_billing_segments()
        self.assertEqual(
            self.env["billing.segment"].search(action["domain"]), self.segment
        )
        contract = self.agreement.contract_id
        action = contract.action_view_agreements()
        self.assertEqual(
            self.env["billing.agreement"].search(action["domain"]), self.agreement
        )

    def test_source_is_shown_with_names(self):
        html = self.segment.source_html
        self.assertIn("Basic", html)
        self.assertIn("Capacity", html)
        self.assertIn("Terms of the agreement", html)
        self.assertNotIn("test_capacity", html)
        self.assertNotIn("{", html)

    def test_list_of_segments_needs_no_query_per_row(self):
        specification = {
            "agreement_id": {"fields": {"display_name": {}}},
            "partner_id": {"fields": {"display_name": {}}},
            "finding": {},
            "quantity_uom_id": {"fields": {"display_name": {}}},
            "amount": {},
            "invoice_id": {"fields": {"display_name": {}}},
        }
        Segment = self.env["billing.segment"].with_user(self.users["clerk"])

        def count(domain):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            Segment.web_search_read(domain, specification, limit=80)
            return self.env.cr.sql_log_count - before

        agreements = self.agreement
        for number in range(2, 12):
            agreements |= self._create_agreement(f"A-{number}", 10)
        self._generate(agreements)
        count([("agreement_id", "=", self.agreement.id)])
        one = count([("agreement_id", "=", self.agreement.id)])
        many = count([("agreement_id", "in", agreements.ids)])
        self.assertLessEqual(many, one + 2)
