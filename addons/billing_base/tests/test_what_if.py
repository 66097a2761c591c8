import io
from decimal import Decimal

from openpyxl import load_workbook

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models.billing_what_if_line import BANDS, band_of
from .common import BillingCase


@tagged("post_install", "-at_install")
class TestWhatIf(BillingCase):
    """January: 50 kW at 2.00 for 15 days and at 3.00 for 16, a fee of 5.00.

    50 × 2 × 15/31 = 48.39, 50 × 3 × 16/31 = 77.42, together 130.81.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls._create_agreement("A-2", 10)
        cls.clerk = cls._user("clerk")

    def _what_if(self, **values):
        return (
            self.env["billing.what.if"]
            .with_user(self.clerk)
            .create({"name": "Try", "period_id": self.january.id, **values})
        )

    def _raised(self, percent, tariff=None):
        return self._what_if(
            change_ids=[
                Command.create(
                    {
                        "tariff_id": self.tariff.id,
                        "new_tariff_id": (tariff or self.tariff).id,
                        "percent": percent,
                    }
                )
            ]
        )

    def _result(self, what_if, agreement=None):
        return what_if.line_ids.filtered(
            lambda line: line.agreement_id == (agreement or self.agreement)
        )

    def test_ten_percent_more(self):
        """2.20 and 3.30: 53.23 + 85.16, and a fee of 5.50."""
        self._generate(self.agreement | self.small)
        what_if = self._raised(10)
        what_if.action_calculate()
        line = self._result(what_if)
        self.assertEqual(
            (line.amount, line.new_amount, line.difference), (130.81, 143.89, 13.08)
        )
        # 10 kW: 9.68 + 15.48 + 5.00 = 30.16, and 10.65 + 17.03 + 5.50 = 33.18
        line = self._result(what_if, self.small)
        self.assertEqual((line.amount, line.new_amount), (30.16, 33.18))
        self.assertEqual((what_if.state, what_if.line_count), ("done", 2))
        self.assertEqual(
            (what_if.amount, what_if.new_amount, what_if.difference, what_if.percent),
            (160.97, 177.07, 16.10, 10.0),
        )

    def test_sums_by_charge(self):
        self._generate(self.agreement | self.small)
        what_if = self._raised(10)
        what_if.action_calculate()
        by_code = {c.code: (c.amount, c.new_amount) for c in what_if.charge_ids}
        self.assertEqual(by_code, {"CAPACITY": (150.97, 166.07), "FEE": (10.0, 11.0)})

    def test_nothing_changed_gives_the_same_to_the_cent(self):
        segments = self._generate(self.agreement | self.small)
        self._invoice(segments)
        self.january.action_close()
        what_if = self._raised(0)
        what_if.action_calculate()
        self.assertEqual(what_if.line_ids.mapped("difference"), [0, 0])
        self.assertEqual(what_if.line_ids.mapped("change_band"), ["f", "f"])

    def test_discounts_of_the_segment_stay(self):
        """10 % off: 43.55 + 69.68 + 4.50; raised by 10 %, 1.98 and 2.97 per kW:
        47.90 + 76.65 + 4.95."""
        self.env["billing.discount"].create(
            {
                "scope": "customer",
                "partner_id": self.agreement.partner_id.id,
                "percent": 10,
                "date_start": "2026-01-01",
            }
        )
        self._generate(self.agreement | self.small)
        what_if = self._raised(10)
        what_if.action_calculate()
        line = self._result(what_if)
        self.assertEqual((line.amount, line.new_amount), (117.73, 129.50))
        self.assertEqual(self._result(what_if, self.small).new_amount, 33.18)

    def test_another_tariff_and_a_single_price(self):
        """All by the fee: 7.00 a month, nothing for capacity."""
        self._generate()
        other = self.env["billing.tariff"].create({"name": "Flat", "code": "F"})
        item = self.env["billing.tariff.item"].create(
            {
                "tariff_id": other.id,
                "name": "Fee",
                "code": "FEE",
                "product_id": self.product.id,
                "basis": "flat",
                "time_unit": "month",
                "price_ids": [
                    Command.create({"date_start": "2026-01-01", "price": 6.0})
                ],
            }
        )
        what_if = self._raised(0, other)
        what_if.price_ids = [Command.create({"item_id": item.id, "price": 7.0})]
        what_if.action_calculate()
        self.assertEqual(self._result(what_if).new_amount, 7.0)
        self.assertEqual(self._result(what_if).change_band, "a")
        by_code = {c.code: (c.amount, c.new_amount) for c in what_if.charge_ids}
        self.assertEqual(by_code, {"CAPACITY": (125.81, 0.0), "FEE": (5.0, 7.0)})

    def test_it_writes_nothing_to_segments_and_accounts(self):
        segment = self._generate()
        self.env.invalidate_all()
        before = segment.read(), segment.line_ids.read()
        moves = self.env["account.move"].search_count([])
        self._raised(10).action_calculate()
        self.env.invalidate_all()
        self.assertEqual((segment.read(), segment.line_ids.read()), before)
        self.assertEqual(self.env["account.move"].search_count([]), moves)
        self.assertFalse(segment.is_stale)

    def test_the_snapshot_is_rated_not_the_terms_of_today(self):
        """A level corrected after billing changes nothing here."""
        self._generate()
        self.agreement.term_ids.value_ids.value = 99
        what_if = self._raised(10)
        what_if.action_calculate()
        self.assertEqual(self._result(what_if).new_amount, 143.89)

    def test_a_tariff_without_price_is_not_compared(self):
        self._generate(self.agreement | self.small)
        other = self.tariff._copy_tree("Later", "L", {})
        what_if = self._raised(0, other)
        what_if.action_calculate()
        self.assertEqual((what_if.line_count, what_if.problem_count), (0, 2))
        self.assertIn("no price", self._result(what_if).problem)
        self.assertFalse(what_if.new_amount)

    def test_agreements_with_other_tariffs_are_left_out(self):
        self._generate(self.agreement | self.small)
        other = self.env["billing.tariff"].create({"name": "Unused", "code": "U"})
        what_if = self._what_if(
            change_ids=[Command.create({"tariff_id": other.id, "percent": 5})]
        )
        what_if.action_calculate()
        self.assertFalse(what_if.line_ids)

    def test_selection(self):
        self._generate(self.agreement | self.small)
        what_if = self._raised(10)
        what_if.agreement_domain = "[('code', '=', 'A-2')]"
        what_if.action_calculate()
        self.assertEqual(what_if.line_ids.agreement_id, self.small)

    def test_jobs_go_on_where_the_last_one_ended(self):
        """One agreement a job gives what all at once gives; a repeat adds nothing."""
        self._generate(self.agreement | self.small)
        what_if = self._raised(10)
        what_if._reset()
        what_if._calculate(1)
        self.assertEqual((what_if.state, what_if.done_count), ("running", 1))
        what_if._calculate(1)
        what_if._calculate(1)
        self.assertEqual((what_if.state, what_if.done_count), ("done", 2))
        self.assertEqual((what_if.amount, what_if.new_amount), (160.97, 177.07))
        what_if._run_job()
        self.assertEqual(len(what_if.line_ids), 2)

    def test_calculating_again_replaces_the_results(self):
        self._generate()
        what_if = self._raised(10)
        what_if.action_calculate()
        what_if.action_draft()
        what_if.change_ids.percent = 20
        what_if.action_calculate()
        self.assertEqual(len(what_if.line_ids), 1)
        # 2.40 and 3.60: 58.06 + 92.90, fee 6.00
        self.assertEqual(what_if.new_amount, 156.96)

    def test_something_must_be_different(self):
        with self.assertRaisesRegex(UserError, "different"):
            self._what_if().action_calculate()

    def test_viewer_looks_only(self):
        self._generate()
        what_if = self._raised(10)
        what_if.action_calculate()
        viewer = what_if.with_user(self._user("viewer"))
        self.assertEqual(viewer.line_ids.new_amount, 143.89)
        with self.assertRaises(AccessError):
            viewer.action_calculate()

    def test_excel_holds_the_same(self):
        self._generate(self.agreement | self.small)
        what_if = self._raised(10)
        what_if.action_calculate()
        content, _kind = self.env["ir.actions.report"]._render_xlsx(
            "billing_base.what_if_xlsx", what_if.ids, {}
        )
        totals, charges, customers, agreements = load_workbook(
            io.BytesIO(content)
        ).worksheets
        self.assertEqual(totals["F2"].value, 177.07)
        self.assertEqual(charges["D2"].value, 166.07)
        self.assertEqual(customers["D2"].value, 13.08)
        self.assertEqual(
            [agreements["A2"].value, agreements["D3"].value], ["A-1", 33.18]
        )

    def test_bands_of_the_distribution(self):
        for percent, key in (
            (-60, "a"),
            (-50, "a"),
            (Decimal("-49.99"), "b"),
            (-1, "e"),
            (0, "f"),
            (1, "f"),
            (Decimal("1.01"), "g"),
            (50, "j"),
            (51, "k"),
        ):
            self.assertEqual(band_of(percent), key, percent)
        self.assertEqual(len(BANDS), 11)
