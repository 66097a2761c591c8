from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class BillingDebt(models.Model):
    """What customers owe: open receivable items with their age today."""

    _name = "billing.debt"
    _description = "Debt"
    _auto = False
    _order = "date_due, id"

    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    account_id = fields.Many2one(
        "billing.account", string="Billing Account", readonly=True
    )
    contract_id = fields.Many2one("contract.contract", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(
        "res.currency", related="company_id.currency_id", readonly=True
    )
    date = fields.Date(readonly=True)
    date_due = fields.Date(string="Due", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    age = fields.Selection(
        [
            ("0", "Not due"),
            ("1", "1–30 days"),
            ("2", "31–60 days"),
            ("3", "61–90 days"),
            ("4", "Over 90 days"),
        ],
        readonly=True,
    )
    amount = fields.Monetary(string="Invoiced", readonly=True)
    amount_open = fields.Monetary(string="Open", readonly=True)

    @api.depends("move_id", "date_due")
    def _compute_display_name(self):
        for debt in self:
            debt.display_name = debt.move_id.name or ""

    @property
    def _table_query(self):
        self.env["account.move.line"].flush_model()
        self.env["billing.segment"].flush_model(
            ["invoice_id", "account_id", "contract_id"]
        )
        return SQL(
            """
            SELECT l.id, l.move_id, l.partner_id, l.company_id, l.date,
                   l.date_maturity AS date_due, l.balance AS amount,
                   l.amount_residual AS amount_open,
                   s.account_id, s.contract_id,
                   GREATEST(d.late, 0) AS days_overdue,
                   CASE WHEN d.late <= 0 THEN '0' WHEN d.late <= 30 THEN '1'
                        WHEN d.late <= 60 THEN '2' WHEN d.late <= 90 THEN '3'
                        ELSE '4' END AS age
              FROM account_move_line l
              JOIN account_account a ON a.id = l.account_id
        CROSS JOIN LATERAL (
                SELECT %(today)s::date - COALESCE(l.date_maturity, l.date) AS late) d
         LEFT JOIN LATERAL (
                SELECT CASE WHEN min(s.account_id) = max(s.account_id)
                            THEN min(s.account_id) END AS account_id,
                       CASE WHEN min(s.contract_id) = max(s.contract_id)
                            THEN min(s.contract_id) END AS contract_id
                  FROM billing_segment s WHERE s.invoice_id = l.move_id) s ON TRUE
             WHERE a.account_type = 'asset_receivable' AND l.parent_state = 'posted'
               AND l.amount_residual <> 0
            """,
            today=fields.Date.context_today(self),
        )

    def _get_items(self):
        """The open items; a debt has the number of its item."""
        return self.env["account.move.line"].browse(self.ids)

    def action_offset(self):
        """Settle what the customers owe with what is in their favour, as far as it
        goes: overpayments, credit notes and returned deposits."""
        self.env["res.users"]._check_may("write_off")
        groups = self._get_items().grouped(
            lambda item: (
                item.company_id,
                item.partner_id.commercial_partner_id,
                item.account_id,
                item.currency_id,
            )
        )
        wanted = [
            items
            for items in groups.values()
            if len({item.amount_residual > 0 for item in items}) == 2
        ]
        if not wanted:
            raise UserError(
                self.env._(
                    "Select what a customer owes together with what is in his favour, "
                    "in one currency."
                )
            )
        self.env["account.move.line"]._reconcile_plan(
            [
                items.sorted(lambda item: (item.date_maturity, item.id))
                for items in wanted
            ]
        )

    def action_refund(self):
        """Pay back what is in the customers' favour."""
        self.env["res.users"]._check_may("write_off")
        items = self._get_items()
        if any(item.amount_residual >= 0 for item in items):
            raise UserError(self.env._("Select only what is in the customers' favour."))
        return items.action_register_payment()

    def action_view_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }
