from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingDirectDebit(models.TransientModel):
    """Due invoices with a mandate into a payment order, with a preview."""

    _name = "billing.direct.debit"
    _description = "Collect by Direct Debit"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    method_id = fields.Many2one(
        "account.payment.method.line",
        string="Direct Debit By",
        required=True,
        check_company=True,
        domain="[('payment_type', '=', 'inbound'), ('payment_order_ok', '=', True),"
        " ('company_id', '=', company_id)]",
        default=lambda self: self._default_method(),
    )
    date_due = fields.Date(
        string="Due Until", required=True, default=fields.Date.context_today
    )
    item_count = fields.Integer(string="Invoices", compute="_compute_found")
    amount = fields.Monetary(compute="_compute_found")

    @api.model
    def _default_method(self):
        return self.env["account.payment.method.line"].search(
            [
                ("payment_type", "=", "inbound"),
                ("payment_order_ok", "=", True),
                ("payment_method_id.mandate_required", "=", True),
                ("company_id", "=", self.env.company.id),
            ],
            limit=1,
        )

    @api.depends("method_id", "date_due")
    def _compute_found(self):
        for wizard in self:
            lines = wizard._get_lines()
            wizard.item_count = len(lines)
            wizard.amount = sum(lines.mapped("amount_residual"))

    def _get_lines(self):
        """Open items to collect: of valid mandates, in no other order, not promised."""
        if not self.method_id or not self.date_due:
            return self.env["account.move.line"]
        lines = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("amount_residual", ">", 0),
                ("date_maturity", "<=", self.date_due),
                ("move_id.preferred_payment_method_line_id", "=", self.method_id.id),
                ("move_id.mandate_id.state", "in", ("valid", "final")),
                (
                    "payment_line_ids",
                    "not any",
                    [("order_id.state", "in", ("draft", "open", "generated"))],
                ),
            ],
            order="date_maturity, id",
        )
        promised = self.env["billing.payment.plan.debt"].search(
            [("is_live", "=", True), ("move_line_id", "in", lines.ids)]
        )
        return lines - promised.move_line_id

    def action_collect(self):
        """Make a draft order of what is found; confirm it and make its file there."""
        self.ensure_one()
        self.env["res.users"]._check_may("collect")
        lines = self._get_lines()
        if not lines:
            raise UserError(
                self.env._(
                    "Nothing to collect: no open invoice due until that day has a "
                    "valid mandate and this method."
                )
            )
        order = self.env["account.payment.order"].create(
            {
                "payment_method_line_id": self.method_id.id,
                "payment_type": "inbound",
                "company_id": self.company_id.id,
            }
        )
        lines.create_payment_line_from_move_line(order)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account_payment_batch_oca.account_payment_order_inbound_action"
        )
        return {
            **action,
            "res_id": order.id,
            "views": [(False, "form")],
            "view_mode": "form",
        }
