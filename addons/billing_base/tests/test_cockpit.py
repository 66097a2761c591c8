"""The overview: every number is what its list holds, of one's own company and role."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import BillingCase
from .crawl_case import ROLES, CrawlMixin


@tagged("post_install", "-at_install")
@freeze_time("2026-03-05")
class TestCockpit(CrawlMixin, BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_agreement("A-2", 10)
        cls.late = cls._create_agreement("A-3", 20)
        # its terms begin too late: an error in January
        cls.late.term_ids.date_start = "2026-01-11"
        cls.unbilled = cls._create_agreement("A-4", 30)
        cls.january.action_activate()
        billed = cls.agreement | cls.other | cls.late
        segments = cls.env["billing.generator"]._generate(billed, cls.january)
        cls.segment = segments.filtered(lambda s: s.agreement_id == cls.agreement)
        invoicer = cls.env["billing.invoicer"]
        cls.move = invoicer._create_invoices(cls.segment)
        invoicer._post(cls.move)
        cls.users = {role: cls._user(role) for role in ROLES}

    def _overview(self, role="clerk", **options):
        user = self.users[role]
        self.env.invalidate_all()
        Cockpit = self.env["billing.cockpit"].with_user(user)
        return Cockpit.with_company(self.company).get_overview(options)

    def _figures(self, data):
        """``{(step, figure key): figure}``"""
        return {
            (step["key"], figure["key"]): figure
            for lane in data["lanes"]
            for step in lane["steps"]
            for figure in step["figures"]
        }

    def test_the_chain_counts_what_there_is(self):
        figures = self._figures(self._overview())
        values = {key: figure["value"] for key, figure in figures.items()}
        self.assertEqual(values["generate", "agreements"], 4)
        self.assertEqual(values["generate", "segments"], 3)
        self.assertEqual(values["generate", "nothing"], 1)
        self.assertEqual(values["check", "error"], 1)
        self.assertEqual(values["check", "ready"], 1)
        self.assertEqual(values["check", "frozen"], 1)
        self.assertEqual(values["invoice", "posted"], 1)
        self.assertEqual(values["pay", "paid"], 0)
        self.assertEqual(values["pay", "overdue"], 1)
        self.assertEqual(figures["invoice", "posted"]["amount"], self.move.amount_total)
        self.assertEqual(figures["pay", "overdue"]["amount"], self.move.amount_residual)

    def test_every_number_is_what_its_list_holds(self):
        for user in self.users.values():
            self.assertTrue(self._check_overview(user))

    def test_a_role_sees_what_it_may_read(self):
        viewer = {lane["key"] for lane in self._overview("viewer")["lanes"]}
        self.assertIn("billing", viewer)
        steps = {key for key, _figure in self._figures(self._overview("viewer"))}
        self.assertIn("check", steps)
        self.assertNotIn("invoice", steps)
        self.assertFalse(self._overview("clerk")["setup"])

    def test_nobody_without_a_role_sees_it(self):
        for login, group in (("user", "base.group_user"), ("p", "base.group_portal")):
            user = new_test_user(self.env, login=f"cockpit_{login}", groups=group)
            Cockpit = self.env["billing.cockpit"].with_user(user)
            with self.subTest(group=group):
                for method in ("get_overview", "get_slow_steps"):
                    with self.assertRaises(AccessError):
                        getattr(Cockpit, method)({})

    def test_another_company_is_not_counted(self):
        data = self.setup_other_company()
        company = data["company"]
        user = new_test_user(
            self.env,
            login="cockpit_other",
            groups="billing_base.group_billing_admin",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        Cockpit = self.env["billing.cockpit"].with_user(user).with_company(company)
        overview = Cockpit.get_overview({})
        self.assertFalse(overview["period"])
        self.assertFalse(overview["lanes"])
        self.assertEqual(overview["periods"], [])
        with self.assertRaises(AccessError):
            Cockpit.get_overview({"period_id": self.january.id})

    def test_what_is_late_is_told(self):
        late = {figure["key"]: figure["late"] for figure in self._overview()["late"]}
        self.assertEqual(
            late,
            {
                "nothing": "Agreements without a Segment",
                "error": "Segments with an Error",
                "overdue": "Debts Overdue",
            },
            "each says of what it is",
        )
        with freeze_time("2026-01-20"):
            late = {figure["key"] for figure in self._overview()["late"]}
        self.assertFalse(late & {"nothing", "error"})

    def test_periods_are_compared(self):
        self.env["billing.generator"]._generate(
            self.agreement | self.other, self.february
        )
        self.february.action_activate()
        data = self._overview(period_id=self.february.id)
        segments = data["compare"][0]
        self.assertEqual((segments["value"], segments["last"]), (2, 3))
        self.assertEqual(segments["last_percent"], -33.3)
        self.assertIsNone(segments["year"])
        amounts = data["charts"][0]
        self.assertEqual(amounts["labels"], ["2026-01", "2026-02"])
        billed = self.agreement.segment_ids | self.other.segment_ids
        february = billed.filtered(lambda s: s.period_id == self.february)
        self.assertAlmostEqual(
            amounts["sets"][0]["values"][1], sum(february.mapped("amount")), 2
        )

    def test_a_run_shows_its_progress(self):
        run = self.env["billing.run"].create({"period_id": self.january.id})
        self.env["billing.run.piece"].sudo().create(
            {
                "run_id": run.id,
                "step": "generate",
                "number": 1,
                "round_number": run.round_number,
                "groups": [[self.agreement.id, self.other.id]],
                "item_count": 2,
            }
        )
        (work,) = self._overview()["work"]
        self.assertEqual((work["state"], work["progress"]), ("running", 0))
        self.assertEqual(work["action"]["res_id"], run.id)

    def test_a_new_company_is_told_what_it_lacks(self):
        rows = {row["name"]: row["is_done"] for row in self._overview("admin")["setup"]}
        self.assertTrue(rows["Tariff with prices"])
        self.assertTrue(rows["Active period"])
        self.assertFalse(rows["First run"])
        for row in self._overview("admin")["setup"]:
            self.assertTrue(self.env.ref(row["action"]["xmlid"]))

    def test_it_takes_few_statements(self):
        self._overview("manager")
        # warm: what remains is counting
        with self.assertQueryCount(75):
            self._overview("manager")
