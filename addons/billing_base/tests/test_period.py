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
