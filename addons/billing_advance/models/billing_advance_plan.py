from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.billing_base.rating import to_decimal

from ..advances import due_dates, level
from .billing_agreement_type import DOCUMENTS

PAYMENT = {"date_start", "date_end", "interval", "day", "rounding", "agreement_id"}
"""What the dates and amounts of instalments are made of."""


@dataclass(frozen=True)
class Payments:
    """Of a plan: the sum requested, how many are only planned, and one of those."""

    requested: Decimal
    count: int
    amount: Decimal


class BillingAdvancePlan(models.Model):
    """Levelled payments of an agreement over some days, until the real bill."""

    _name = "billing.advance.plan"
    _description = "Advance Plan"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "billing.agreement",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        related="agreement_id.partner_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_start = fields.Date(string="From", required=True, tracking=True)
    date_end = fields.Date(string="To", required=True, tracking=True)
    interval = fields.Selection(
        [("1", "Month"), ("2", "2 months"), ("3", "3 months"), ("6", "6 months")],
        string="Paid Every",
        default="1",
        required=True,
    )
    day = fields.Integer(string="On Day", default=15, required=True)
    rounding = fields.Float(
        string="In Steps Of",
        digits=(12, 2),
        default=1.0,
        required=True,
        help="Payments are rounded to a multiple of it.",
    )
    document = fields.Selection(
        DOCUMENTS,
        string="Requested By",
        compute="_compute_document",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    quantity_ids = fields.One2many(
        "billing.advance.quantity", "plan_id", string="Expected Quantities"
    )
    expected_amount = fields.Monetary(
        tracking=True,
        help="Untaxed, for the days of the plan, at the prices there are for them.",
    )
    note = fields.Char(string="How It Was Estimated", readonly=True)
    advance_ids = fields.One2many("billing.advance", "plan_id", string="Advances")
    recalculation_ids = fields.One2many(
        "billing.advance.recalculation.line",
        "plan_id",
        string="Recalculations",
        domain=[("state", "=", "applied")],
        readonly=True,
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("ended", "Ended")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    amount_billed = fields.Monetary(
        string="Advances Billed",
        compute="_compute_amounts",
        help="Untaxed, less what was cancelled.",
    )
    amount_real = fields.Monetary(
        string="Real Bills",
        compute="_compute_amounts",
        help="Untaxed, of the days of the plan.",
    )
    difference = fields.Monetary(
        compute="_compute_amounts",
        help="Above zero: the advances are not enough. Below: they are too high.",
    )

    _days_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "A plan ends on or after its first day."
    )
    _day_of_month = models.Constraint(
        "CHECK (day BETWEEN 1 AND 28)", "Choose a day of the month from 1 to 28."
    )
    _steps_positive = models.Constraint(
        "CHECK (rounding > 0)", "Payments are rounded to a step above zero."
    )
    _one_a_day = models.Constraint(
        "EXCLUDE USING gist (agreement_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&)",
        "The agreement has an advance plan for some of these days already.",
    )

    @api.depends("agreement_id")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = self.env._(
                "Advances of %(agreement)s", agreement=plan.agreement_id.display_name
            )

    @api.depends("agreement_id")
    def _compute_document(self):
        for plan in self:
            plan.document = (
                plan.agreement_id.type_id.advance_document or plan.document or "invoice"
            )

    @api.depends("advance_ids.state", "advance_ids.amount")
    def _compute_amounts(self):
        billed = {
            plan: amount
            for plan, amount in self.env["billing.advance"]._read_group(
                [("plan_id", "in", self.ids), ("state", "in", ("billed", "settled"))],
                ["plan_id"],
                ["amount:sum"],
            )
        }
        real = self._get_real_amounts()
        for plan in self:
            plan.amount_billed = billed.get(plan, 0)
            plan.amount_real = real.get(plan.id, 0)
            plan.difference = plan.amount_real - plan.amount_billed

    def _get_real_amounts(self):
        """Untaxed amount of the frozen segments that end in the days of a plan."""
        if not self.ids:
            return {}
        self.env["billing.segment"].flush_model()
        self.flush_model(["agreement_id", "date_start", "date_end"])
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    SELECT p.id, SUM(s.amount)::float8
                      FROM billing_advance_plan p
                      JOIN billing_segment s ON s.agreement_id = p.agreement_id
                       AND s.date_end BETWEEN p.date_start AND p.date_end
                     WHERE p.id = ANY(%s) AND s.is_exclusive AND s.state = 'frozen'
                  GROUP BY p.id
                    """,
                    self.ids,
                )
            )
        )

    @api.constrains("agreement_id")
    def _check_product(self):
        for agreement_type in self.agreement_id.type_id:
            if not agreement_type.advance_product_id:
                raise ValidationError(
                    self.env._(
                        "Agreements of type %(type)s have no product for advances. "
                        "Enter one at the type.",
                        type=agreement_type.display_name,
                    )
                )

    def write(self, vals):
        requested = PAYMENT & vals.keys() and self.advance_ids.filtered(
            lambda advance: advance.state not in ("planned", "dropped")
        )
        if requested:
            raise UserError(
                self.env._(
                    "Advances of %(agreement)s were requested already. Recalculate "
                    "what is left, or end the plan and make another one.",
                    agreement=requested[0].agreement_id.display_name,
                )
            )
        return super().write(vals)

    # === Making plans ===

    @api.model
    def _plan(self, agreements, start):
        """Draft plans of a year from ``start`` on, estimated, with their instalments.

        :return: the billing.advance.plan made; agreements with a plan for some of the
            days are left out
        """
        end = start + relativedelta(years=1, days=-1)
        taken = self.search(
            [
                ("agreement_id", "in", agreements.ids),
                ("date_start", "<=", end),
                ("date_end", ">=", start),
            ]
        )
        plans = self._insert(agreements - taken.agreement_id, start, end)
        plans._fetch_quantities()
        plans._estimate()
        plans._make_instalments()
        return plans

    @api.model
    def _insert(self, agreements, start, end):
        """Draft plans of many agreements by one statement, with the usual defaults.

        :return: the billing.advance.plan made; agreements that end before ``start``
            are left out, those that end before ``end`` have a shorter one
        """
        agreements.check_access("read")
        self.env.flush_all()
        defaults = self.default_get(["interval", "day", "rounding"])
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO billing_advance_plan (
                       agreement_id, partner_id, company_id, date_start, date_end,
                       interval, day, rounding, document, state,
                       create_uid, create_date, write_uid, write_date)
                SELECT a.id, a.partner_id, a.company_id, %(start)s,
                       LEAST(%(end)s, a.date_end), %(interval)s, %(day)s, %(rounding)s,
                       COALESCE(t.advance_document, 'invoice'), 'draft',
                       %(uid)s, now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC'
                  FROM billing_agreement a
                  JOIN billing_agreement_type t ON t.id = a.type_id
                 WHERE a.id = ANY(%(agreements)s)
                   AND (a.date_end IS NULL OR a.date_end >= %(start)s)
              ORDER BY a.id
             RETURNING id
                """,
                start=start,
                end=end,
                uid=self.env.uid,
                agreements=agreements.ids,
                **defaults,
            )
        )
        plans = self.browse([plan_id for (plan_id,) in rows])
        plans.check_access("create")
        plans._check_product()
        return plans

    def action_fetch_quantities(self):
        self._fetch_quantities()
        self.action_estimate()

    def action_estimate(self):
        """Expected amount from the expected quantities, then the instalments."""
        self._estimate()
        self._make_instalments()

    def action_make_instalments(self):
        self._make_instalments()

    def _make_instalments(self):
        """Instalments of what is not requested yet, all anew.

        The last ones of a plan whose first ones were requested carry what is left.
        """
        self._check_access_to_plan()
        kept = self.advance_ids.filtered(lambda advance: advance.state != "planned")
        (self.advance_ids - kept).unlink()
        last = {
            plan: max(advances.mapped("date"))
            for plan, advances in kept.grouped("plan_id").items()
        }
        payments = self._get_payments()
        schedules = self._get_schedules()
        columns = [], [], []
        for plan in self:
            dates = [due for due in schedules[plan] if due > last.get(plan, date.min)]
            requested = payments[plan.id].requested if plan.id in payments else 0
            amount = level(
                to_decimal(plan.expected_amount) - requested,
                len(dates),
                to_decimal(plan.rounding),
            )
            if amount:
                columns[0].extend([plan.id] * len(dates))
                columns[1].extend(dates)
                columns[2].extend([str(amount)] * len(dates))
        self.env["billing.advance"]._insert(*columns)

    def _get_schedules(self):
        """``{plan: [day, …]}``; most plans share a few."""
        return {
            plan: dates
            for (start, end, interval, day), plans in self.grouped(
                lambda plan: (plan.date_start, plan.date_end, plan.interval, plan.day)
            ).items()
            for dates in [due_dates(start, end, int(interval), day)]
            for plan in plans
        }

    def _get_payments(self):
        """What was requested of each plan, and what is left.

        :return: ``{plan id: Payments}``
        """
        self.env["billing.advance"].flush_model()
        return {
            plan_id: Payments(Decimal(requested), count, Decimal(amount))
            for plan_id, requested, count, amount in self.env.execute_query(
                SQL(
                    """
                    SELECT plan_id,
                           COALESCE(SUM(amount) FILTER (WHERE state IN (
                               'requested', 'billed', 'settled')), 0)::text,
                           COUNT(*) FILTER (WHERE state = 'planned'),
                           COALESCE(MIN(amount) FILTER (WHERE state = 'planned'),
                                    0)::text
                      FROM billing_advance WHERE plan_id = ANY(%s)
                  GROUP BY plan_id
                    """,
                    self.ids,
                )
            )
        }

    def _check_access_to_plan(self):
        self.check_access("write")
        ended = self.filtered(lambda plan: plan.state == "ended")
        if ended:
            raise UserError(
                self.env._(
                    "The plan of %(agreement)s has ended. Make another one.",
                    agreement=ended[0].agreement_id.display_name,
                )
            )

    # === Life ===

    def action_activate(self):
        """From now on its advances are requested when they are due."""
        empty = self.filtered(lambda plan: not plan.advance_ids)
        if empty:
            raise UserError(
                self.env._(
                    "The plan of %(agreement)s has no advances. Enter the expected "
                    "quantities or amount, and make the instalments.",
                    agreement=empty[0].agreement_id.display_name,
                )
            )
        self.filtered(lambda plan: plan.state == "draft").state = "active"

    def action_recalculate(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_advance.billing_advance_recalculation_action"
        )
        action["context"] = {"active_model": self._name, "active_ids": self.ids}
        return action

    def action_end(self):
        """Nothing more is requested; what was billed is settled with the next bill."""
        self.check_access("write")
        planned = self.advance_ids.filtered(lambda advance: advance.state == "planned")
        planned.is_dropped = True
        self.state = "ended"

    def action_request(self):
        """Request what is due until today, without waiting for the night."""
        return self.advance_ids._request(fields.Date.context_today(self))

    def action_view_advances(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_advance.billing_advance_action"
        )
        action["domain"] = [("plan_id", "in", self.ids)]
        action["context"] = {}
        return action

    @api.ondelete(at_uninstall=False)
    def _unlink_except_requested(self):
        if any(self.advance_ids.charge_ids):
            raise UserError(
                self.env._("A plan whose advances were requested stays. End it.")
            )
