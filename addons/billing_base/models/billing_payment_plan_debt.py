from odoo import api, fields, models


class BillingPaymentPlanDebt(models.Model):
    _name = "billing.payment.plan.debt"
    _description = "Debt of a Payment Arrangement"
    _order = "plan_id, id"
    _log_access = False

    plan_id = fields.Many2one(
        "billing.payment.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    move_line_id = fields.Many2one(
        "account.move.line", string="Debt", required=True, ondelete="restrict"
    )
    move_id = fields.Many2one(related="move_line_id.move_id", string="Invoice")
    date_due = fields.Date(related="move_line_id.date_maturity", string="Due")
    amount_agreed = fields.Monetary(
        string="Open When Agreed", readonly=True, copy=False
    )
    amount_open = fields.Monetary(
        related="move_line_id.amount_residual_currency", string="Open"
    )
    is_live = fields.Boolean(compute="_compute_is_live", store=True)

    _one_live = models.UniqueIndex(
        "(move_line_id) WHERE is_live",
        "One of the debts is in another arrangement already. Cancel that one first.",
    )

    @api.depends("plan_id.state")
    def _compute_is_live(self):
        for debt in self:
            debt.is_live = debt.plan_id.state == "active"


class BillingPaymentPlanInstalment(models.Model):
    _name = "billing.payment.plan.instalment"
    _description = "Payment of an Arrangement"
    _order = "plan_id, date, id"

    plan_id = fields.Many2one(
        "billing.payment.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    date = fields.Date(required=True)
    amount = fields.Monetary(required=True)

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "An agreed payment is more than zero."
    )
