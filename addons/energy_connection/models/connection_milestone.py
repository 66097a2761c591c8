from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .tools import exact

EVENTS = [
    ("acceptance", "The offer is accepted"),
    ("release", "Orders are released"),
    ("completion", "Completion is notified"),
    ("manual", "Confirmed by the case handler"),
]
FIXED = {"name", "event", "percent", "order_id", "type_id"}
"""What the customer signed."""


class ConnectionMilestone(models.Model):
    """A part of an offer that is invoiced when something is reached.

    A kind of case keeps the plan that new offers copy; each offer has its own, which
    the customer signs with it. A milestone is a down payment of Odoo's: the final
    invoice takes them all off.
    """

    _name = "connection.milestone"
    _description = "Milestone"
    _order = "type_id, order_id, sequence, id"
    _check_company_auto = True

    type_id = fields.Many2one("connection.case.type", index=True, ondelete="cascade")
    order_id = fields.Many2one(
        "sale.order", string="Offer", index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Milestone", required=True, translate=True)
    event = fields.Selection(EVENTS, string="Due When", required=True)
    percent = fields.Float(
        string="Part (%)", digits=(5, 2), required=True, help="Of the accepted offer."
    )
    amount = fields.Monetary(string="Amount with Tax", compute="_compute_amount")
    reached_on = fields.Date(string="Confirmed On", readonly=True, copy=False)
    invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    state = fields.Selection(
        [("waiting", "Waiting"), ("due", "To Invoice"), ("invoiced", "Invoiced")],
        compute="_compute_state",
    )

    _one_plan = models.Constraint(
        "CHECK ((type_id IS NULL) <> (order_id IS NULL))",
        "A milestone belongs to a kind of case or to an offer.",
    )
    _part = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "A milestone is a part above 0 and up to 100 % of the offer.",
    )

    @api.depends("type_id.company_id", "order_id.company_id")
    def _compute_company_id(self):
        for milestone in self:
            owner = milestone.order_id or milestone.type_id
            milestone.company_id = owner.company_id

    @api.depends("percent", "order_id.amount_total")
    def _compute_amount(self):
        for milestone in self:
            total = exact(milestone.order_id.amount_total)
            milestone.amount = milestone.currency_id.round(
                float(total * exact(milestone.percent) / 100)
            )

    @api.depends(
        "reached_on",
        "invoice_id.state",
        "order_id.state",
        "order_id.connection_case_id.date_completion",
        "order_id.connection_case_id.order_ids.state",
    )
    def _compute_state(self):
        for milestone in self:
            invoice = milestone.sudo().invoice_id
            if invoice and invoice.state != "cancel":
                milestone.state = "invoiced"
            else:
                milestone.state = "due" if milestone._is_reached() else "waiting"

    def _is_reached(self):
        self.ensure_one()
        case = self.order_id.connection_case_id
        if self.order_id.state != "sale" or case.withdrawn_on:
            return False
        if self.event == "release":
            going = {"released", "started", "done"}
            return bool(going & set(case.order_ids.mapped("state")))
        if self.event == "completion":
            return bool(case.date_completion)
        return self.event == "acceptance" or bool(self.reached_on)

    @api.constrains("percent", "type_id", "order_id")
    def _check_sum(self):
        for owner in (*self.type_id, *self.order_id):
            total = sum((exact(m.percent) for m in owner.milestone_ids), exact(0))
            if total > 100:
                raise ValidationError(
                    self.env._(
                        "The milestones of %(owner)s add up to %(total)s %%. Together "
                        "they are at most 100 %%; what is left comes with the final "
                        "invoice.",
                        owner=owner.display_name,
                        total=total,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        milestones = super().create(vals_list)
        milestones._check_unsigned()
        return milestones

    def write(self, vals):
        if FIXED & vals.keys():
            self._check_unsigned()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        self._check_unsigned()

    def _check_unsigned(self):
        for offer in self.order_id:
            if offer.state not in ("draft", "sent") or offer.signature:
                raise UserError(
                    self.env._(
                        "Offer %(offer)s was signed or closed with its milestones; "
                        "they stay.",
                        offer=offer.name,
                    )
                )

    def action_confirm(self):
        """The case handler confirms that milestones are reached."""
        waiting = self.filtered(lambda m: m.event == "manual" and not m.reached_on)
        waiting.reached_on = fields.Date.context_today(self)
        waiting.order_id.connection_case_id._trigger_invoicing()
        return True

    def _invoice(self):
        """Draft a down payment invoice for each milestone that is due."""
        moves = self.env["account.move"]
        # two clicks at once would both find it without an invoice
        for milestone in self._lock_due():
            wizard = self.env["sale.advance.payment.inv"].create(
                {
                    "sale_order_ids": [fields.Command.set(milestone.order_id.ids)],
                    "advance_payment_method": "percentage",
                    "amount": milestone.percent,
                }
            )
            named = wizard.with_context(connection_milestone=milestone.name)
            move = named._create_invoices(milestone.order_id)
            milestone.invoice_id = move
            moves |= move
        return moves

    def _lock_due(self):
        """Those of these milestones that are due, locked until the transaction ends."""
        locked = self.try_lock_for_update()
        locked.invalidate_recordset(["invoice_id", "state"])
        return locked.filtered(lambda milestone: milestone.state == "due")
