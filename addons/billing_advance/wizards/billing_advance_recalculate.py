from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.billing_base.rating import to_decimal

from ..advances import level


class BillingAdvanceRecalculate(models.TransientModel):
    """New payments for what is left of plans: shown before they are written."""

    _name = "billing.advance.recalculate"
    _description = "Recalculate Advances"

    plan_ids = fields.Many2many("billing.advance.plan", required=True)
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
    line_ids = fields.One2many("billing.advance.recalculate.line", "wizard_id")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "billing.advance.plan":
            values["plan_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    def action_preview(self):
        """What each plan's remaining payments become; nothing is written yet."""
        self.ensure_one()
        self.line_ids.unlink()
        plans = self.plan_ids.filtered(lambda plan: plan.state != "ended")
        expected = self._get_expected(plans)
        left = plans.advance_ids.filtered(lambda advance: advance.state == "planned")
        by_plan = left.grouped("plan_id")
        self.env["billing.advance.recalculate.line"].create(
            [
                {
                    "wizard_id": self.id,
                    "plan_id": plan.id,
                    "old_amount": by_plan[plan][0].amount,
                    "expected_amount": float(expected[plan]),
                    "new_amount": float(
                        self._get_payment(plan, expected[plan], by_plan)
                    ),
                    "count": len(by_plan[plan]),
                }
                for plan in plans
                if plan in by_plan
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_expected(self, plans):
        """The expected amount of each plan, as Decimal."""
        if self.basis == "prices":
            return plans._get_expected_now()
        factor = 1 + to_decimal(self.percent) / 100 if self.basis == "percent" else 1
        return {plan: to_decimal(plan.expected_amount) * factor for plan in plans}

    def _get_payment(self, plan, expected, by_plan):
        if self.basis == "payment":
            return to_decimal(self.payment)
        requested = sum(
            to_decimal(advance.amount)
            for advance in plan.advance_ids - by_plan[plan]
            if advance.state not in ("dropped", "cancelled")
        )
        return level(
            expected - requested, len(by_plan[plan]), to_decimal(plan.rounding)
        )

    def action_apply(self):
        """Write what the preview shows."""
        self.ensure_one()
        if not self.line_ids:
            raise UserError(self.env._("Look at the preview first."))
        if any(line.new_amount < 0 for line in self.line_ids):
            raise UserError(self.env._("A payment is an amount above zero."))
        self.line_ids._apply()
        return {"type": "ir.actions.act_window_close"}
