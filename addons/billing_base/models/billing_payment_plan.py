from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_amount, format_date

from ..rating import round_amount, to_decimal


class BillingPaymentPlan(models.Model):
    """What a customer promised to pay and when; reminders stop while he keeps it.

    The days and amounts are compared with what was paid on the debts since the
    agreement. Whether it is kept or broken is decided by ``_evaluate``, for all
    arrangements in one statement.
    """

    _name = "billing.payment.plan"
    _description = "Payment Arrangement"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [("promise", "Promise"), ("instalments", "Instalments")],
        default="promise",
        required=True,
        help="A promise may be for a part of the debts; instalments cover them wholly.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        check_company=True,
        domain="[('parent_id', '=', False)]",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    date = fields.Date(
        string="Agreed On",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        required=True,
        default=lambda self: self.env.user,
        help="Has a task when the arrangement is broken.",
    )
    tolerance_days = fields.Integer(
        string="Days of Patience",
        default=3,
        required=True,
        help="So many days after an agreed date the money may still arrive.",
    )
    note = fields.Text()
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Agreed"),
            ("kept", "Kept"),
            ("broken", "Broken"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    debt_ids = fields.One2many(
        "billing.payment.plan.debt", "plan_id", string="Debts", copy=False
    )
    instalment_ids = fields.One2many(
        "billing.payment.plan.instalment", "plan_id", string="Payments", copy=True
    )
    amount = fields.Monetary(
        string="Agreed Amount", compute="_compute_amounts", store=True
    )
    amount_open = fields.Monetary(
        string="Open Debts", compute="_compute_amounts", store=True
    )
    next_date = fields.Date(compute="_compute_next_date", store=True)
    # for instalments in equal parts
    first_date = fields.Date(string="First Payment")
    parts = fields.Integer(string="Number of Payments", default=3)
    every_months = fields.Integer(string="Months Between", default=1)

    _patience = models.Constraint(
        "CHECK (tolerance_days >= 0)", "Days of patience are zero or more."
    )

    @api.depends("instalment_ids.amount", "debt_ids.amount_open")
    def _compute_amounts(self):
        for plan in self:
            plan.amount = sum(plan.instalment_ids.mapped("amount"))
            plan.amount_open = sum(plan.debt_ids.mapped("amount_open"))

    @api.depends("instalment_ids.date", "state")
    def _compute_next_date(self):
        for plan in self:
            dates = plan.instalment_ids.mapped("date")
            plan.next_date = min(dates) if dates else False

    @api.depends("partner_id", "date", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for plan in self:
            plan.display_name = self.env._(
                "%(customer)s, agreed on %(date)s",
                customer=plan.partner_id.name or "",
                date=format_date(self.env, plan.date),
            )

    @api.onchange("partner_id", "currency_id", "company_id")
    def _onchange_partner_id(self):
        """Offer all that is overdue."""
        self.debt_ids = [Command.clear()] + [
            Command.create({"move_line_id": line.id})
            for line in self._get_overdue_lines()
        ]

    def _get_overdue_lines(self):
        if not self.partner_id:
            return self.env["account.move.line"]
        return self.env["account.move.line"].search(
            [
                ("partner_id", "child_of", self.partner_id.commercial_partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("account_id.account_type", "=", "asset_receivable"),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("amount_residual", ">", 0),
                ("date_maturity", "<", self.date or fields.Date.context_today(self)),
            ],
            order="date_maturity, id",
        )

    # === Life ===

    def action_split(self):
        """Divide the open debts into equal payments; the last takes the cents."""
        for plan in self:
            plan._check_draft()
            if not plan.first_date or plan.parts < 1 or plan.every_months < 0:
                raise UserError(
                    self.env._(
                        "Enter the day of the first payment and how many payments "
                        "there are."
                    )
                )
            rounding = to_decimal(plan.currency_id.rounding)
            total = to_decimal(sum(plan.debt_ids.mapped("amount_open")))
            part = round_amount(total / plan.parts, rounding)
            amounts = [part] * (plan.parts - 1)
            amounts.append(round_amount(total - sum(amounts), rounding))
            plan.instalment_ids = [Command.clear()] + [
                Command.create(
                    {
                        "date": plan.first_date
                        + relativedelta(months=number * plan.every_months),
                        "amount": float(amount),
                    }
                )
                for number, amount in enumerate(amounts)
            ]

    def action_agree(self):
        """From now on no reminders for these debts, as long as it is kept."""
        self.env["res.users"]._check_may("collect")
        for plan in self:
            plan._check_draft()
            plan._check_amounts()
            for debt in plan.debt_ids:
                debt.amount_agreed = debt.amount_open
        self.state = "active"
        self.env.flush_all()

    def _check_draft(self):
        if self.state != "draft":
            raise UserError(
                self.env._(
                    "%(plan)s is no draft any more. Cancel it and agree a new one.",
                    plan=self.display_name,
                )
            )

    def _check_amounts(self):
        if not self.debt_ids or not self.instalment_ids:
            raise UserError(
                self.env._(
                    "%(plan)s: enter the debts and the agreed days with their amounts.",
                    plan=self.display_name,
                )
            )
        agreed = to_decimal(sum(self.instalment_ids.mapped("amount")))
        owed = to_decimal(sum(self.debt_ids.mapped("amount_open")))
        compared = self.currency_id.compare_amounts(float(agreed), float(owed))
        if compared > 0 or (compared and self.kind == "instalments"):
            raise UserError(
                self.env._(
                    "%(plan)s: the payments come to %(agreed)s, the debts to %(owed)s. "
                    "Correct the payments.",
                    plan=self.display_name,
                    agreed=format_amount(self.env, float(agreed), self.currency_id),
                    owed=format_amount(self.env, float(owed), self.currency_id),
                )
            )

    def action_cancel(self):
        self.filtered(
            lambda plan: plan.state in ("draft", "active")
        ).state = "cancelled"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_agreed(self):
        if any(plan.state != "draft" for plan in self):
            raise UserError(
                self.env._("An arrangement that was agreed stays. Cancel it instead.")
            )

    @api.model
    def _evaluate(self, company, day):
        """Mark what is kept or broken; who is responsible gets a task for the latter.

        :param day: an instalment is late when its date and the days of patience lie
            before this day
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT plan.id,
                       CASE WHEN paid.open = 0 OR paid.amount >= agreed.total
                            THEN 'kept' ELSE 'broken' END
                  FROM billing_payment_plan plan
                  JOIN LATERAL (
                       SELECT sum(d.amount_agreed - l.amount_residual_currency)
                                  AS amount,
                              sum(l.amount_residual_currency) AS open
                         FROM billing_payment_plan_debt d
                         JOIN account_move_line l ON l.id = d.move_line_id
                        WHERE d.plan_id = plan.id) paid ON TRUE
                  JOIN LATERAL (
                       SELECT sum(i.amount) AS total,
                              COALESCE(sum(i.amount) FILTER (
                                  WHERE i.date + plan.tolerance_days < %(day)s), 0)
                                  AS due
                         FROM billing_payment_plan_instalment i
                        WHERE i.plan_id = plan.id) agreed ON TRUE
                 WHERE plan.state = 'active' AND plan.company_id = %(company)s
                   AND (paid.open = 0 OR paid.amount >= agreed.total
                        OR paid.amount < agreed.due)
              ORDER BY plan.id
                """,
                day=day,
                company=company.id,
            )
        )
        kept = self.browse([row[0] for row in rows if row[1] == "kept"])
        broken = self.browse([row[0] for row in rows if row[1] == "broken"])
        kept.state = "kept"
        broken.state = "broken"
        for plan in broken:
            plan.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=plan.user_id.id,
                summary=self.env._("Payment arrangement broken"),
            )
        self.env.flush_all()
        return kept, broken

    @api.model
    def _cron_evaluate(self):
        today = fields.Date.context_today(self)
        for company in self.search([("state", "=", "active")]).company_id:
            self.with_company(company)._evaluate(company, today)
