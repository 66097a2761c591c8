"""The basis of a case: costs, shares, deduction, what-if."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form
from odoo.tools import mute_logger

from .common import ConnectionCase


class TestBasis(ConnectionCase):
    def test_costs_become_a_contribution_and_contractual_work(self):
        self.assertEqual(self.case.contribution, 30000)
        self.assertEqual(self.case.contractual, 4000)
        self.assertEqual(self.case.amount, 34000)
        self.assertEqual(self.case.state, "basis")

    def test_a_cost_on_a_component_brings_its_share(self):
        share = self.case.share_ids
        self.assertEqual(share.component_id, self.cable)
        self.assertEqual((share.method, share.part, share.total), ("points", 1, 8))
        self.assertEqual(share.amount, 10000)

    def test_shared_by_capacity(self):
        self.cable.write({"method": "capacity", "total": 200})
        case = self._create_case(costs=False)
        self._add_cost(case, "Cable", 100000, component_id=self.cable.id)
        self.assertEqual(case.contribution, 31500)

    def test_the_deduction_goes_by_the_start_of_the_case(self):
        before = self._create_case(date_start="2018-12-31")
        self.assertEqual((before.deduction, before.contribution), (20000, 10000))
        after = self._create_case(date_start="2019-01-01")
        self.assertEqual((after.deduction, after.contribution), (0, 30000))

    def test_a_reduction_of_the_grid_level(self):
        self.env["connection.reduction.rule"].create(
            {
                "name": "Regional",
                "level": "regional",
                "date_start": "2019-01-01",
                "percent": 50,
                "minimum_kw": 1000,
            }
        )
        line = self.env["connection.component"].create(
            {"name": "Line", "code": "L-1", "level": "regional"}
        )
        small = self._create_case(costs=False)
        self._add_cost(small, "Line", 100000, component_id=line.id)
        self.assertEqual(small.contribution, 0)
        large = self._create_case(costs=False, capacity_kw=2000)
        self._add_cost(large, "Line", 100000, component_id=line.id)
        self.assertEqual(large.contribution, 50000)

    def test_what_the_company_pays_is_not_charged(self):
        self.case.cost_ids.filtered(lambda c: c.name == "Crossing").payer = "company"
        self.assertEqual(self.case.contribution, 10000)

    def test_every_krone_is_explained(self):
        text = self.case.explanation_html
        self.assertIn("1.0 of 8.0 points: 10000.00", text)
        self.assertIn("Contribution: 30000.00", text)
        parts = self.case.explanation
        self.assertEqual(parts[-1]["amount"], "30000.00")

    def test_impossible_shares_are_told_and_not_offered(self):
        self.case.share_ids.before = 8
        self.assertIn("Cable", self.case.problem)
        with self.assertRaisesRegex(UserError, "Cable"):
            self.case.action_create_offer()
        self.case.share_ids.before = 0
        self.assertFalse(self.case.problem)
        self.assertEqual(self.case.contribution, 30000)

    def test_what_if_changes_nothing_until_taken_over(self):
        wizard = Form(
            self.env["connection.what.if"].with_context(default_case_id=self.case.id)
        )
        self.assertEqual(wizard.contribution, 30000)
        with wizard.line_ids.edit(0) as line:
            line.total = 4
        self.assertEqual(wizard.contribution, 40000)
        wizard = wizard.save()
        self.assertEqual(self.case.contribution, 30000)
        wizard.action_apply()
        self.assertEqual(self.case.contribution, 40000)

    def test_deductions_of_a_company_never_overlap(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["connection.deduction.rule"].create(
                {"name": "x", "date_start": "2018-06-01", "amount": 1}
            )
            self.env.flush_all()

    def test_a_charge_type_has_taxes_or_is_outside_vat(self):
        with self.assertRaises(ValidationError):
            self.work.tax_ids = False
