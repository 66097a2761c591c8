from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import BillingCase


@tagged("post_install", "-at_install")
class TestPeriod(BillingCase):
    def test_generated_periods_cover_the_year_once(self):
        periods = self.cycle.period_ids
        self.assertEqual(len(periods), 12)
        self.assertEqual(periods[1].name, "2026-02")
        self.assertEqual(str(periods[1].date_end), "2026-02-28")
        self.assertFalse(
            self.cycle._generate_periods(periods[0].date_start, periods[-1].date_end)
        )

    @mute_logger("odoo.sql_db")
    def test_periods_of_a_cycle_do_not_overlap(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["billing.period"].create(
                {
                    "cycle_id": self.cycle.id,
                    "date_start": "2026-01-31",
                    "date_end": "2026-02-15",
                }
            )

    def test_cycles_of_any_length(self):
        """Days, weeks and quarters follow each other without gap or drift."""
        for unit, length, start, days in (
            ("days", 10, date(2026, 1, 1), ["2026-01-10", "2026-01-20", "2026-01-30"]),
            ("weeks", 2, date(2026, 1, 5), ["2026-01-18", "2026-02-01", "2026-02-15"]),
            ("months", 3, date(2026, 1, 1), ["2026-03-31", "2026-06-30", "2026-09-30"]),
            # the 31st comes back after months that have none
            (
                "months",
                1,
                date(2025, 12, 31),
                ["2026-01-30", "2026-02-27", "2026-03-30"],
            ),
        ):
            with self.subTest(unit=unit, length=length):
                cycle = self.env["billing.cycle"].create(
                    {
                        "name": unit,
                        "code": f"{unit}{length}",
                        "unit": unit,
                        "period_length": length,
                    }
                )
                third_begins = date.fromisoformat(days[1]) + timedelta(days=1)
                periods = cycle._generate_periods(start, third_begins)
                self.assertEqual([str(p.date_end) for p in periods], days)
                for before, after in zip(periods, periods[1:], strict=False):
                    self.assertEqual(before.date_end + timedelta(1), after.date_start)
        self.assertEqual(periods[0].name, "2025-12-31 – 2026-01-30")

    @freeze_time("2026-11-15")
    def test_periods_are_generated_ahead(self):
        """Each night, as many months ahead of today as the cycle says."""
        quarterly = self.env["billing.cycle"].create(
            {"name": "Quarterly", "code": "Q", "period_length": 3, "months_ahead": 6}
        )
        by_hand = self.env["billing.cycle"].create(
            {"name": "By hand", "code": "H", "months_ahead": 0}
        )
        for cycle, end in ((quarterly, "2026-12-31"), (by_hand, "2026-10-31")):
            self.env["billing.period"].create(
                {"cycle_id": cycle.id, "date_start": "2026-10-01", "date_end": end}
            )
        for _night in range(2):
            self.env["billing.cycle"]._cron_generate_periods()
        self.assertEqual(
            quarterly.period_ids.mapped("name"),
            ["2026-10/2026-12", "2027-01/2027-03", "2027-04/2027-06"],
        )
        self.assertEqual(len(by_hand.period_ids), 1)
        # the monthly cycle of the other tests reaches to December
        self.assertEqual(str(self.cycle.period_ids[-1].date_end), "2027-02-28")

    def test_days_of_a_period_with_segments_stay(self):
        self._generate()
        with self.assertRaisesRegex(UserError, "has segments already"):
            self.january.date_end = "2026-01-30"
        self.february.date_end = "2026-02-27"
        self.assertEqual(self.february.name, "2026-02-01 – 2026-02-27")

    def test_period_is_not_closed_while_a_run_is_at_work(self):
        self.env["ir.config_parameter"].set_param("billing_base.run_inline_size", 0)
        run = self.env["billing.run"].create({"period_id": self.january.id})
        run.action_start()
        with self.assertRaisesRegex(UserError, "still at work"):
            self.january.action_close()
        run.action_stop()
        self.january.action_close()
        with self.assertRaisesRegex(UserError, "closed"):
            run.action_start()

    def test_one_active_period_and_its_figures(self):
        self._invoice(self._generate())
        self.january.action_activate()
        self.assertEqual(str(self.agreement.billed_to), "2026-01-31")
        figure = self.agreement.active_figure_id
        self.assertEqual((figure.frozen_count, figure.amount), (1, 130.81))
        self.february.action_activate()
        self.assertFalse(self.january.is_active)
        figure = self.agreement.active_figure_id
        self.assertEqual(figure.period_id, self.february)
        self.assertEqual((figure.segment_count, figure.amount), (0, 0))
        self.assertEqual(str(self.agreement.billed_to), "2026-01-31")

    def test_figures_follow_what_happens(self):
        self.january.action_activate()
        figure = self.agreement.active_figure_id
        segment = self._generate()
        self.assertEqual(figure.ready_count, 1)
        self._invoice(segment)
        self.assertEqual((figure.ready_count, figure.frozen_count), (0, 1))
        self.assertEqual(figure.invoice_id, segment.invoice_id)

    def test_closed_period_is_not_billed(self):
        self.january.action_close()
        with self.assertRaisesRegex(UserError, "closed"):
            self._generate()

    def test_only_a_manager_reopens(self):
        self.january.action_close()
        with self.assertRaises(AccessError):
            self.january.with_user(self._user("clerk")).action_reopen()
        self.january.with_user(self._user("manager")).action_reopen()
        self.assertEqual(self.january.state, "open")


@tagged("post_install", "-at_install")
class TestMasterDataConstraints(BillingCase):
    @mute_logger("odoo.sql_db")
    def test_prices_of_a_charge_do_not_overlap(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["billing.tariff.price"].create(
                {
                    "item_id": self.fee_item.id,
                    "date_start": "2026-05-01",
                    "price": 6,
                }
            )

    @mute_logger("odoo.sql_db")
    def test_terms_do_not_overlap(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.agreement.term_ids.copy({"date_start": "2026-03-01"})

    def test_contract_with_agreements_is_not_in_the_recurring_invoicing(self):
        contract = self.agreement.contract_id
        contract.recurring_next_date = "2026-01-01"
        domain = contract._get_contracts_to_invoice_domain()
        self.assertFalse(contract.filtered_domain(domain))
        self.agreement.unlink()
        self.assertTrue(contract.filtered_domain(domain))

    def test_new_term_ends_the_one_in_force(self):
        self.agreement._add_term(self.february.date_start, values={self.capacity: 80})
        first, second = self.agreement.term_ids.sorted("date_start")
        self.assertEqual(str(first.date_end), "2026-01-31")
        self.assertEqual(second.value_ids.value, 80)
        self.assertEqual(second.tariff_id, self.tariff)

    def test_price_change_is_in_the_chatter(self):
        self.fee_item.price_ids.price = 7
        self.assertIn("7", self.fee_item.message_ids[0].body)
