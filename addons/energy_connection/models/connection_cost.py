from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .tools import exact

SOURCES = [
    ("notification", "Notification"),
    ("work", "Work order"),
    ("call_off", "Call-off order"),
    ("later", "Share of an earlier component"),
    ("manual", "Entered by hand"),
]


class ConnectionCost(models.Model):
    """One cost of a case: what it is, where it comes from, who pays it."""

    _name = "connection.cost"
    _description = "Cost"
    _order = "case_id, sequence, id"
    _check_company_auto = True

    case_id = fields.Many2one(
        "connection.case",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    name = fields.Char(
        string="Text",
        required=True,
        compute="_compute_from_order_line",
        store=True,
        readonly=False,
        precompute=True,
    )
    source = fields.Selection(SOURCES, required=True, default="manual", readonly=True)
    order_line_id = fields.Many2one(
        "connection.order.line",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    order_id = fields.Many2one(related="order_line_id.order_id", string="Order")
    component_id = fields.Many2one(
        "connection.component",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        compute="_compute_from_order_line",
        store=True,
        readonly=False,
        precompute=True,
        help="The grid part it builds. Empty: for this customer alone.",
    )
    charge_type_id = fields.Many2one(
        "connection.charge.type",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
        compute="_compute_from_order_line",
        store=True,
        readonly=False,
        precompute=True,
    )
    is_regulated = fields.Boolean(
        related="charge_type_id.is_regulated", string="Regulated", store=True
    )
    payer = fields.Selection(
        [("customer", "Customer"), ("company", "Grid company")],
        string="Paid By",
        required=True,
        default="customer",
    )
    estimate = fields.Monetary(
        compute="_compute_from_order_line", store=True, readonly=False, precompute=True
    )
    actual = fields.Monetary(
        compute="_compute_from_order_line", store=True, readonly=False, precompute=True
    )
    has_actual = fields.Boolean(
        string="Actual Known",
        compute="_compute_from_order_line",
        store=True,
        readonly=False,
        precompute=True,
    )
    caused = fields.Monetary(
        string="Caused by Customer",
        help="Part of the actual cost above the estimate that the customer caused; "
        "it is outside the cap.",
    )

    # a line of an order is one cost
    _line_once = models.UniqueIndex(
        "(order_line_id) WHERE order_line_id IS NOT NULL",
        "This line of the order is already a cost of the case.",
    )
    _not_negative = models.Constraint(
        "CHECK (estimate >= 0 AND actual >= 0 AND caused >= 0)",
        "Costs cannot be negative.",
    )

    @api.depends(
        "order_line_id.name",
        "order_line_id.component_id",
        "order_line_id.charge_type_id",
        "order_line_id.estimate",
        "order_line_id.actual",
        "order_line_id.has_actual",
    )
    def _compute_from_order_line(self):
        for cost in self:
            line = cost.order_line_id or cost
            cost.name = line.name
            cost.component_id = line.component_id
            cost.charge_type_id = line.charge_type_id
            cost.estimate = line.estimate
            cost.actual = line.actual
            cost.has_actual = line.has_actual

    @api.constrains("caused", "actual", "estimate", "has_actual")
    def _check_caused(self):
        for cost in self:
            if exact(cost.caused) > exact(cost._get_final()):
                raise ValidationError(
                    self.env._(
                        "%(cost)s: the customer cannot have caused more than it cost.",
                        cost=cost.name,
                    )
                )

    def _get_final(self):
        """The actual amount where it is known, else the estimate."""
        self.ensure_one()
        return self.actual if self.has_actual else self.estimate

    def _get_key(self):
        return f"cost:{self.id or self._origin.id}"

    @api.model_create_multi
    def create(self, vals_list):
        costs = super().create(vals_list)
        costs.case_id._ensure_shares()
        return costs

    def write(self, vals):
        result = super().write(vals)
        if {"component_id", "charge_type_id"} & vals.keys():
            self.case_id._ensure_shares()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ordered(self):
        for cost in self:
            if cost.order_line_id:
                raise UserError(
                    self.env._(
                        "%(cost)s comes from order %(order)s. Change it there.",
                        cost=cost.name,
                        order=cost.order_id.name,
                    )
                )
