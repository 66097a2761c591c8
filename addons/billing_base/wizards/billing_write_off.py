from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_amount, split_every

ITEMS = 500
"""Items of one journal entry."""


class BillingWriteOff(models.TransientModel):
    """Write off open cents, some items or all of a company, after a look at them."""

    _name = "billing.write.off"
    _description = "Write Off Small Amounts"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    limit_id = fields.Many2one(
        "billing.write.off.limit",
        string="In Currency",
        required=True,
        check_company=True,
        domain="[('company_id', '=', company_id)]",
        default=lambda self: self._default_limit(),
    )
    currency_id = fields.Many2one(related="limit_id.currency_id")
    limit = fields.Monetary(related="limit_id.amount", string="At Most")
    date = fields.Date(required=True, default=fields.Date.context_today)
    reason_id = fields.Many2one(
        "billing.reason", required=True, domain="[('kind', '=', 'write_off')]"
    )
    line_ids = fields.Many2many(
        "account.move.line",
        string="Items",
        default=lambda self: self._default_lines(),
    )
    amount = fields.Monetary(string="Written Off", compute="_compute_amount")

    @api.model
    def _default_lines(self):
        # a debt has the number of its open item
        if self.env.context.get("active_model") == "billing.debt":
            return self.env.context.get("active_ids")
        return None

    @api.model
    def _default_limit(self):
        return self.env["billing.write.off.limit"].search(
            [
                ("company_id", "=", self.env.company.id),
                ("currency_id", "=", self.env.company.currency_id.id),
            ],
            limit=1,
        )

    @api.depends("line_ids")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = sum(wizard.line_ids.mapped("amount_residual_currency"))

    def action_find(self):
        """Show all open rests up to the limit that are due."""
        self.ensure_one()
        limit = self.limit_id.amount
        self.line_ids = self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("currency_id", "=", self.currency_id.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
                ("reconciled", "=", False),
                ("amount_residual_currency", "!=", 0),
                ("amount_residual_currency", "<=", limit),
                ("amount_residual_currency", ">=", -limit),
                ("date_maturity", "<=", self.date),
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_write_off(self):
        """Book the rests against the limit's account; the items are settled."""
        self.ensure_one()
        self.env["res.users"]._check_may("write_off")
        self._check_items()
        moves = self.env["account.move"]
        for piece in split_every(ITEMS, self.line_ids.ids):
            moves |= self._write_off(self.line_ids.browse(piece))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write-Offs"),
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", moves.ids)],
        }

    def _check_items(self):
        if not self.line_ids:
            raise UserError(self.env._("There is nothing to write off."))
        self.line_ids.lock_for_update()
        for line in self.line_ids:
            rest = line.amount_residual_currency
            known = line.currency_id == self.currency_id
            wrong = (
                line.account_id.account_type != "asset_receivable"
                or line.parent_state != "posted"
                or line.company_id != self.company_id
            )
            too_much = self.currency_id.compare_amounts(abs(rest), self.limit) > 0
            if wrong or not known or too_much or not rest:
                raise UserError(
                    self.env._(
                        "%(item)s: %(rest)s is not written off; the limit is "
                        "%(limit)s. Take it out of the list.",
                        item=line.move_id.name,
                        rest=format_amount(self.env, rest, line.currency_id),
                        limit=format_amount(self.env, self.limit, self.currency_id),
                    )
                )

    def _write_off(self, lines):
        values = []
        for line in lines:
            name = self.env._(
                "%(reason)s: %(item)s",
                reason=self.reason_id.name,
                item=line.move_id.name,
            )
            common = {
                "name": name,
                "partner_id": line.partner_id.id,
                "currency_id": line.currency_id.id,
            }
            values += [
                {
                    **common,
                    "account_id": line.account_id.id,
                    "balance": -line.amount_residual,
                    "amount_currency": -line.amount_residual_currency,
                },
                {
                    **common,
                    "account_id": self.limit_id.account_id.id,
                    "balance": line.amount_residual,
                    "amount_currency": line.amount_residual_currency,
                },
            ]
        move = self.env["account.move"].create(
            {
                "journal_id": self.limit_id.journal_id.id,
                "company_id": self.company_id.id,
                "date": self.date,
                "ref": self.reason_id.name,
                "line_ids": [Command.create(vals) for vals in values],
            }
        )
        move.action_post()
        booked = move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).sorted("id")
        self.env["account.move.line"]._reconcile_plan(
            [line + own for line, own in zip(lines, booked, strict=True)]
        )
        return move
