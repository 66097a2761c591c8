from odoo import fields, models


class BillingBrokerLine(models.Model):
    """A commission earned by a segment, or taken back with it."""

    _name = "billing.broker.line"
    _description = "Commission"
    _order = "date, id"
    _log_access = False

    statement_id = fields.Many2one(
        "billing.broker.statement",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    state = fields.Selection(related="statement_id.state")
    company_id = fields.Many2one(
        related="statement_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="statement_id.currency_id")
    partner_id = fields.Many2one(
        related="statement_id.partner_id",
        string="Broker",
        store=True,
        precompute=True,
        index=True,
    )
    agreement_id = fields.Many2one(
        "billing.broker.agreement",
        string="Commission Agreement",
        required=True,
        index=True,
        readonly=True,
        ondelete="restrict",
    )
    assignment_id = fields.Many2one(
        "billing.broker.assignment", required=True, readonly=True, ondelete="restrict"
    )
    segment_id = fields.Many2one(
        "billing.segment", required=True, index=True, readonly=True, ondelete="restrict"
    )
    customer_id = fields.Many2one(
        related="segment_id.partner_id", string="Customer", store=True, precompute=True
    )
    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index="btree_not_null",
        help="By which it was earned or taken back.",
    )
    kind = fields.Selection(
        [("earned", "Earned"), ("clawback", "Taken back")], required=True, readonly=True
    )
    date = fields.Date(required=True, readonly=True)
    base_amount = fields.Monetary(
        string="Counted From", readonly=True, help="Untaxed amount."
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    uom_id = fields.Many2one(related="agreement_id.uom_id")
    amount = fields.Monetary(string="Commission", required=True, readonly=True)
    number = fields.Integer(
        required=True,
        readonly=True,
        help="How many times the segment was earned or taken back before.",
    )

    _once = models.Constraint(
        "UNIQUE (assignment_id, partner_id, segment_id, number)",
        "This commission was counted already.",
    )

    def action_open_segment(self):
        self.ensure_one()
        return self.segment_id._get_records_action()
