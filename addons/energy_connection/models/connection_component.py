from odoo import api, fields, models

from ..shares import Payer, expiry_of
from .tools import exact

LEVELS = [
    ("local", "Local distribution"),
    ("regional", "Regional grid"),
    ("transmission", "Transmission grid"),
]
METHODS = [
    ("whole", "Whole"),
    ("points", "By number of points"),
    ("capacity", "By capacity"),
]


class ConnectionComponent(models.Model):
    """A part of the grid that contributions finance: who paid it, until when others
    share it."""

    _name = "connection.component"
    _description = "Grid Component"
    _inherit = ["mail.thread"]
    _order = "code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(string="Asset Code", required=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    level = fields.Selection(
        LEVELS, string="Grid Level", required=True, default="local", tracking=True
    )
    method = fields.Selection(
        METHODS, string="Shared", required=True, default="whole", tracking=True
    )
    total = fields.Float(
        string="Among",
        digits=(12, 3),
        tracking=True,
        help="Expected points, or capacity in kW, of all who will use it.",
    )
    cost = fields.Monetary(
        string="Shared Cost",
        tracking=True,
        help="What is shared with later customers, once it is built.",
    )
    date_completed = fields.Date(string="Completed On", index=True, tracking=True)
    date_expiry = fields.Date(
        string="Shared Until", compute="_compute_date_expiry", store=True, index=True
    )
    payer_ids = fields.One2many("connection.component.payer", "component_id")
    paid = fields.Monetary(compute="_compute_paid", string="Financed by Customers")
    active = fields.Boolean(default=True)

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "There is already a component of this code."
    )
    _not_negative = models.Constraint(
        "CHECK (cost >= 0 AND total >= 0)", "Cost and total cannot be negative."
    )
    _shared_among = models.Constraint(
        "CHECK (method = 'whole' OR total > 0)",
        "Enter among how many points or kW the component is shared.",
    )

    @api.depends("date_completed", "company_id")
    def _compute_date_expiry(self):
        rules = self.env["connection.years.rule"]._get_rules(self.company_id)
        for component in self:
            day = component.date_completed
            component.date_expiry = day and expiry_of(
                day, rules.get(component.company_id.id, ())
            )

    @api.depends("payer_ids.paid")
    def _compute_paid(self):
        for component in self:
            component.paid = component.currency_id.round(
                sum(component.payer_ids.mapped("paid"))
            )

    def _get_payers(self):
        """:class:`..shares.Payer` of what was paid, net of refunds."""
        self.ensure_one()
        return [
            Payer(
                key=str(payer.id),
                name=payer.partner_id.name or "",
                weight=exact(payer.weight),
                paid=exact(payer.paid),
            )
            for payer in self.payer_ids
        ]


class ConnectionComponentPayer(models.Model):
    """Who financed a component, for how much of it."""

    _name = "connection.component.payer"
    _description = "Payer of a Component"
    _order = "date, id"
    _check_company_auto = True

    component_id = fields.Many2one(
        "connection.component",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="component_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    case_id = fields.Many2one(
        "connection.case", check_company=True, index="btree_not_null"
    )
    partner_id = fields.Many2one("res.partner", required=True, index=True)
    date = fields.Date(required=True)
    weight = fields.Float(
        string="Points or kW", digits=(12, 3), required=True, default=1.0
    )
    contribution = fields.Monetary(string="Contributed", required=True)
    refund_ids = fields.One2many("connection.refund", "payer_id")
    paid = fields.Monetary(string="Net of Refunds", compute="_compute_paid", store=True)

    # also serves "is this case's contribution registered already"
    _once = models.UniqueIndex(
        "(component_id, case_id) WHERE case_id IS NOT NULL",
        "This case is already a payer of the component.",
    )
    _positive = models.Constraint(
        "CHECK (weight > 0 AND contribution >= 0)",
        "Points or kW are above zero, the contribution not negative.",
    )
    _refund_limit = models.Constraint(
        "CHECK (paid >= 0)", "Nobody gets back more than he paid."
    )

    @api.depends("contribution", "refund_ids.amount", "refund_ids.state")
    def _compute_paid(self):
        for payer in self:
            refunds = payer.refund_ids.filtered(lambda r: r.state != "rejected")
            payer.paid = payer.currency_id.round(
                payer.contribution - sum(refunds.mapped("amount"))
            )
