from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.billing_base.rating import to_decimal

from ..advances import level


class BillingAdvanceRecalculation(models.Model):
    """New payments for what is left of plans: shown before they are written, and kept
    as the trace of who changed them."""

    _name = "billing.advance.recalculation"
    _description = "Recalculation of Advances"
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    plan_ids = fields.Many2many(
        "billing.advance.plan", string="Plans", check_company=True, required=True
    )
    note = fields.Char(string="Reason")
    state = fields.Selection(
        [("draft", "Preview"), ("applied", "Applied")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    basis = fields.Selection(
        [
            ("prices", "The expected quantities at the prices there are now"),
            ("percent", "The expected amount, changed by a percentage"),
            ("payment", "A payment the customer asks for"),
        ],
        string="From",
        default="prices",
        required=True,
    )
    percent = fields.Float(string="Change in %")
    payment = fields.Float(string="Each Payment", digits=(12, 2))
    line_ids = fields.One2many(
        "billing.advance.recalculation.line", "recalculation_id", string="Payments"
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "billing.advance.plan":
            values["plan_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    @api.depends("create_date", "create_uid")
    def _compute_display_name(self):
        for record in self:
            day = record.create_date and format_date(self.env, record.create_date)
            record.display_name = f"{day or ''} {record.create_uid.name or ''}".strip()

    def action_preview(self):
        """What each plan's remaining payments become; nothing else is written yet."""
        self.ensure_one()
        self._check_draft()
        self.line_ids.unlink()
        plans = self.plan_ids.filtered(lambda plan: plan.state != "ended")
        expected = self._get_expected(plans)
        payments = plans._get_payments()
        self.line_ids._insert(
            self,
            [
                (
                    plan,
                    expected[plan],
                    self._get_payment(plan, expected[plan], payments[plan.id]),
                    payments[plan.id],
                )
                for plan in plans
                if plan.id in payments and payments[plan.id].count
            ],
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _check_draft(self):
        if self.state != "draft":
            raise UserError(
                self.env._("This was applied already. Make another recalculation.")
            )

    def _get_expected(self, plans):
        """The expected amount of each plan, as Decimal."""
        if self.basis == "prices":
            return plans._get_expected_now()
        factor = 1 + to_decimal(self.percent) / 100 if self.basis == "percent" else 1
        return {plan: to_decimal(plan.expected_amount) * factor for plan in plans}

    def _get_payment(self, plan, expected, payments):
        if self.basis == "payment":
            return to_decimal(self.payment)
        return level(
            expected - payments.requested, payments.count, to_decimal(plan.rounding)
        )

    def action_apply(self):
        """Write what the preview shows."""
        self.ensure_one()
        self._check_draft()
        if not self.line_ids:
            raise UserError(self.env._("Look at the preview first."))
        if any(line.new_amount < 0 for line in self.line_ids):
            raise UserError(self.env._("A payment is an amount above zero."))
        self.line_ids._apply()
        self.state = "applied"
        return {"type": "ir.actions.act_window_close"}

    @api.ondelete(at_uninstall=False)
    def _unlink_except_applied(self):
        for record in self:
            record._check_draft()
