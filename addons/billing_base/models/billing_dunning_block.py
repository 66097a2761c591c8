from odoo import api, fields, models
from odoo.tools import format_date


class BillingDunningBlock(models.Model):
    """No reminders from a day to a day, for a customer, an account or an invoice."""

    _name = "billing.dunning.block"
    _description = "Dunning Block"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index="btree_not_null",
        check_company=True,
        domain="[('parent_id', '=', False)]",
    )
    account_id = fields.Many2one(
        "billing.account",
        string="Billing Account",
        index="btree_not_null",
        check_company=True,
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        index="btree_not_null",
        check_company=True,
        domain="[('move_type', '=', 'out_invoice'), ('state', '=', 'posted')]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_start = fields.Date(
        string="From", required=True, default=fields.Date.context_today, tracking=True
    )
    date_end = fields.Date(
        string="To",
        tracking=True,
        help="The last day without reminders. Empty: until it is ended by hand.",
    )
    reason_id = fields.Many2one(
        "billing.reason",
        required=True,
        domain="[('kind', '=', 'dunning')]",
        tracking=True,
    )
    note = fields.Char(tracking=True)

    _one_target = models.Constraint(
        "CHECK (num_nonnulls(partner_id, account_id, move_id) = 1)",
        "A dunning block is for one customer, or one billing account, or one invoice.",
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_end >= date_start)",
        "A dunning block ends on its first day or later.",
    )

    @api.depends("partner_id", "account_id", "move_id", "date_end", "reason_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for block in self:
            target = block.partner_id or block.account_id or block.move_id
            names = {"target": target.display_name, "reason": block.reason_id.name}
            if block.date_end:
                block.display_name = self.env._(
                    "%(target)s: %(reason)s, until %(date)s",
                    date=format_date(self.env, block.date_end),
                    **names,
                )
            else:
                block.display_name = self.env._("%(target)s: %(reason)s", **names)

    def action_end(self):
        """Reminders go on from tomorrow."""
        today = fields.Date.context_today(self)
        for block in self:
            block.date_end = max(today, block.date_start)
