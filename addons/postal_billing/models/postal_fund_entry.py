from odoo import api, fields, models
from odoo.exceptions import UserError


class PostalFundEntry(models.Model):
    """Money of a principal that passes through the counters; never revenue."""

    _name = "postal.fund.entry"
    _description = "Principal's Funds"
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Principal", required=True, index=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, default=fields.Date.context_today)
    kind = fields.Selection(
        [
            ("received", "Received"),
            ("paid", "Paid out"),
            ("returned", "Returned"),
        ],
        required=True,
        default="received",
    )
    amount = fields.Monetary(required=True)
    balance = fields.Monetary(
        string="Effect on the Balance",
        compute="_compute_balance",
        store=True,
        help="Received is added, paid out and returned are taken off.",
    )
    note = fields.Char()
    specification_id = fields.Many2one(
        "postal.specification",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "Enter the amount without a sign; the kind gives it."
    )
    _paid_once = models.UniqueIndex(
        "(specification_id) WHERE specification_id IS NOT NULL",
        "The money of a payout is booked once.",
    )

    @api.depends("kind", "amount")
    def _compute_balance(self):
        for entry in self:
            entry.balance = entry.amount if entry.kind == "received" else -entry.amount

    @api.model
    def _add_paid(self, specifications):
        """The money of checked payouts is paid out."""
        self.create(
            [
                {
                    "partner_id": specification.partner_id.id,
                    "company_id": specification.company_id.id,
                    "date": specification.period_id.date_end,
                    "kind": "paid",
                    "amount": specification.money,
                    "note": specification.name,
                    "specification_id": specification.id,
                }
                for specification in specifications
                if specification.kind == "payout" and specification.money
            ]
        )

    @api.model
    def _drop_paid(self, specifications):
        """Reopened payouts are not paid out until they are checked again."""
        entries = self.search([("specification_id", "in", specifications.ids)])
        entries.with_context(postal_reopened=True).unlink()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_paid(self):
        paid = self.filtered("specification_id")
        if paid and not self.env.context.get("postal_reopened"):
            raise UserError(
                self.env._(
                    "This was paid out by %(specification)s. Reopen that instead.",
                    specification=paid[0].specification_id.display_name,
                )
            )
