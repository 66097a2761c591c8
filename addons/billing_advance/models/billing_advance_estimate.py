from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from odoo.addons.billing_base.models.billing_generator_rater import SegmentRater
from odoo.addons.billing_base.rating import (
    Quantity,
    Span,
    round_amount,
    round_quantity,
    to_decimal,
)
from odoo.addons.billing_base.rating.spans import gaps

from ..advances import YEAR, yearly


class BillingAdvancePlan(models.Model):
    """What a customer is expected to use, and what that will cost."""

    _inherit = "billing.advance.plan"

    def _fetch_quantities(self):
        """Expected quantities from what was billed in the year before the plan."""
        types = {
            kind.code: kind
            for kind in self.env["billing.quantity.type"].search(
                [("kind", "=", "flow")]
            )
        }
        self.quantity_ids.unlink()
        used = self._get_used(list(types))
        self.env["billing.advance.quantity"]._insert(
            [
                (
                    plan.id,
                    types[code].id,
                    yearly([found], (plan.date_end - plan.date_start).days + 1),
                )
                for plan in self
                for code, found in used.get(plan.id, {}).items()
            ]
        )

    def _get_used(self, codes):
        """Flows billed in the year before each plan, and in how many days.

        :return: ``{plan id: {code: (days, Decimal)}}``
        """
        self.env["billing.segment"].flush_model()
        self.flush_model(["agreement_id", "date_start"])
        used = defaultdict(dict)
        for plan_id, code, days, value in self.env.execute_query(
            SQL(
                """
                WITH flow AS (
                    SELECT DISTINCT p.id AS plan_id, q.value->>'code' AS code,
                           (q.value->>'from')::date AS date_start,
                           (q.value->>'to')::date AS date_end,
                           (q.value->>'value')::numeric AS value, q.value->'source'
                      FROM billing_advance_plan p
                      JOIN billing_segment s ON s.agreement_id = p.agreement_id
                       AND s.date_end < p.date_start
                       AND s.date_end >= p.date_start - %(year)s
                CROSS JOIN LATERAL jsonb_array_elements(s.snapshot->'quantities') q
                     WHERE p.id = ANY(%(plans)s) AND s.is_exclusive
                       AND s.state = 'frozen' AND q.value->>'code' = ANY(%(codes)s)
                ), span AS (
                    SELECT plan_id, code, date_end - date_start + 1 AS days,
                           SUM(value) AS value
                      FROM flow
                  GROUP BY plan_id, code, date_start, date_end
                )
                SELECT plan_id, code, SUM(days)::int, SUM(value)::text
                  FROM span GROUP BY plan_id, code
                """,
                year=YEAR,
                plans=self.ids,
                codes=codes,
            )
        ):
            used[plan_id][code] = (days, Decimal(value))
        return used

    def _estimate(self):
        """Rate the expected quantities at the prices there are for the plan's days.

        Where they cannot be rated, as for want of an index, last year's bills count.
        """
        amounts, notes = {}, {}
        for plan, (amount, problem) in self._rate_all().items():
            amounts[plan.id] = amount
            notes[plan.id] = (
                self.env._(
                    "Bills of the year before, since the prices lack something: "
                    "%(problem)s",
                    problem=problem,
                )
                if problem
                else self.env._("Expected quantities at the prices entered")
            )
        self._store_expected(amounts, notes)

    def _get_expected_now(self):
        """What the plans are expected to cost at the prices there are now.

        :return: ``{plan: Decimal}``; nothing is written
        """
        return {plan: amount for plan, (amount, _problem) in self._rate_all().items()}

    def _rate_all(self):
        """``{plan: (Decimal, problem or "")}``"""
        rated = {}
        for cycle, plans in self.grouped(
            lambda plan: plan.agreement_id.cycle_id
        ).items():
            rated.update(plans._rate_expected(cycle))
        failed = self.browse([plan.id for plan in rated if rated[plan][1]])
        for plan, bills in failed._get_billed_yearly().items():
            days = (plan.date_end - plan.date_start).days + 1
            rated[plan] = yearly(bills, days), rated[plan][1]
        return rated

    def _store_expected(self, amounts, notes):
        """Write all in one statement, rounded to the currency of the company."""
        self.check_access("write")
        ids = list(amounts)
        plans = self.browse(ids)
        rounded = [
            round_amount(amounts[plan.id], to_decimal(plan.currency_id.rounding))
            for plan in plans
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_advance_plan p
                   SET expected_amount = v.amount, note = v.note
                  FROM unnest(%s::int[], %s::numeric[], %s::text[]) v(id, amount, note)
                 WHERE p.id = v.id
                """,
                ids,
                [str(amount) for amount in rounded],
                [notes[plan_id] for plan_id in ids],
            )
        )
        self.invalidate_recordset(["expected_amount", "note"])

    def _rate_expected(self, cycle):
        """``{plan: (Decimal, first problem or "")}`` of plans of one cycle."""
        agreements = self.agreement_id
        spans = {
            plan.agreement_id.id: found
            for days, plans in self.grouped(
                lambda plan: (plan.date_start, plan.date_end)
            ).items()
            for found in [_by_periods(Span(*days), cycle)]
            for plan in plans
        }
        # of what is measured nothing is there yet; levels hold as agreed
        quantities = agreements._get_agreed_quantities(spans)
        period = cycle.period_ids.sorted("date_start")[-1:]
        if not period:
            problem = self.env._(
                "the cycle %(cycle)s has no period", cycle=cycle.display_name
            )
            return dict.fromkeys(self, (Decimal(), problem))
        rater = SegmentRater(self.env, period, agreements, spans)
        checks = self.env["billing.check"].with_context(active_test=False)
        names = {check.code: check.name for check in checks.search([])}
        expected = self.env["billing.advance.quantity"]._get_by_plan(self)
        rated = {}
        for plan in self:
            agreement = plan.agreement_id
            whole = Span(plan.date_start, plan.date_end)
            known = [*quantities.get(agreement.id, ())]
            known += [
                Quantity(
                    code=kind.code,
                    span=whole,
                    value=round_quantity(to_decimal(value)),
                    unit=kind.uom_id.name,
                    quality="estimated",
                )
                for kind, value in expected.get(plan.id, ())
            ]
            costs = [rater.cost(agreement, span, known) for span in spans[agreement.id]]
            problems = [code for _amount, found in costs for code, _params in found]
            rated[plan] = (
                sum((amount for amount, _found in costs), Decimal()),
                names.get(problems[0], problems[0]) if problems else "",
            )
        return rated

    def _get_billed_yearly(self):
        """``{plan: [(days, amount), …]}`` of the year before."""
        found = defaultdict(list)
        for segment in self.env["billing.segment"].search(
            [
                ("agreement_id", "in", self.agreement_id.ids),
                ("is_exclusive", "=", True),
                ("state", "=", "frozen"),
            ]
        ):
            found[segment.agreement_id].append(segment)
        year = timedelta(days=YEAR)
        return {
            plan: [
                (
                    (segment.date_end - segment.date_start).days + 1,
                    to_decimal(segment.amount),
                )
                for segment in found[plan.agreement_id]
                if plan.date_start - year <= segment.date_end < plan.date_start
            ]
            for plan in self
        }


def _by_periods(whole, cycle):
    """The days of a plan by the periods they will be billed in.

    :return: ``[Span, …]``
    """
    periods = [Span(p.date_start, p.date_end) for p in cycle.period_ids]
    parts = [part for p in periods if (part := p.intersect(whole))]
    return sorted([*parts, *gaps(whole, parts)], key=lambda span: span.start)
