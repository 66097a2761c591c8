from odoo import api, fields, models
from odoo.exceptions import UserError

from ..shares import round_amount
from .tools import exact, rounding_of

GUARDED = {
    "acceptance_id",
    "needs_offer",
    "release_reason",
    "released_by_id",
    "released_on",
    "started_on",
    "done_on",
    "state",
}
"""What buttons write and nobody by hand."""
WORKS = [
    ("meter", "Meter work"),
    ("transformer", "Issue of instrument transformers"),
    ("sealing", "Re-sealing"),
    ("decommissioning", "Decommissioning"),
]


class ConnectionOrder(models.Model):
    """Work for a case: a contractor's call-off, or a work order of the company.

    It is blocked until the offer is accepted, or paid where the kind of case says so.
    """

    _name = "connection.order"
    _description = "Order"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    case_id = fields.Many2one(
        "connection.case",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("call_off", "Call-off from a contractor"), ("work", "Own work order")],
        required=True,
        default="call_off",
    )
    work = fields.Selection(WORKS)
    partner_id = fields.Many2one(
        "res.partner", string="Contractor", index="btree_not_null", tracking=True
    )
    reference = fields.Char(
        string="Contractor's Number", copy=False, help="In the contractor's system."
    )
    date_deadline = fields.Date(string="Deadline", tracking=True)
    line_ids = fields.One2many("connection.order.line", "order_id", string="Lines")
    change_ids = fields.One2many("connection.order.change", "order_id")
    estimate = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        groups="billing_base.group_billing_viewer",
    )
    actual = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        groups="billing_base.group_billing_viewer",
    )
    needs_offer = fields.Boolean(readonly=True)
    needs_review = fields.Boolean(
        string="To Be Looked At",
        readonly=True,
        copy=False,
        help="Came from another system after the customer had accepted.",
    )
    acceptance_id = fields.Many2one(
        "connection.acceptance",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="By which it was released.",
    )
    released_on = fields.Datetime(readonly=True, copy=False)
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    release_reason = fields.Char(readonly=True, copy=False, tracking=True)
    started_on = fields.Datetime(readonly=True, copy=False)
    done_on = fields.Datetime(readonly=True, copy=False)
    state = fields.Selection(
        [
            ("blocked", "Blocked"),
            ("released", "Released"),
            ("started", "Started"),
            ("done", "Done"),
            ("stopped", "Stopped"),
        ],
        default="blocked",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _name_unique = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'", "This order number is already used."
    )
    # the other system may send an order again
    _reference_unique = models.UniqueIndex(
        "(company_id, partner_id, reference) WHERE reference IS NOT NULL",
        "The contractor's number is already on another order.",
    )
    _contractor = models.Constraint(
        "CHECK (kind <> 'call_off' OR partner_id IS NOT NULL)",
        "Choose the contractor.",
    )
    _released_by_acceptance = models.Constraint(
        "CHECK (state IN ('blocked', 'stopped') OR NOT needs_offer "
        "OR acceptance_id IS NOT NULL)",
        "An order is released when the customer has accepted the offer, not before.",
    )

    @api.depends("line_ids.estimate", "line_ids.actual")
    def _compute_amounts(self):
        for order in self:
            for name in ("estimate", "actual"):
                amounts = order.line_ids.mapped(name)
                order[name] = float(sum(exact(amount) for amount in amounts))

    @api.model_create_multi
    def create(self, vals_list):
        Sequence = self.env["ir.sequence"]
        Case = self.env["connection.case"]
        for vals in vals_list:
            self._check_guarded(vals)
            case = Case.browse(vals.get("case_id"))
            vals["needs_offer"] = case.type_id.needs_offer
            if vals.get("name", "/") == "/":
                vals["name"] = (
                    Sequence.with_company(case.company_id).next_by_code(
                        "connection.order"
                    )
                    or "/"
                )
        orders = super().create(vals_list)
        orders.case_id._release_orders()
        return orders

    def write(self, vals):
        self._check_guarded(vals)
        if "case_id" in vals and any(order.state != "blocked" for order in self):
            raise UserError(
                self.env._("A released order stays with its case. Enter a new one.")
            )
        return super().write(vals)

    def _check_guarded(self, vals):
        """States and releases come from the methods below, which write as superuser;
        no screen, import or remote call sets them."""
        if GUARDED & vals.keys() and not self.env.su:
            raise UserError(
                self.env._(
                    "Orders are released by acceptance or payment, or by “Release by "
                    "Hand”. Their state cannot be entered."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_released(self):
        if any(order.state not in ("blocked", "stopped") for order in self):
            raise UserError(
                self.env._("Released orders stay. Stop what has not begun instead.")
            )

    # === Release ===

    def _release(self, acceptances, reason=False):
        """Release blocked orders.

        :param acceptances: ``{case: connection.acceptance}``; a case that needs no
            offer has none
        """
        orders = self.filtered(
            lambda order: order.state == "blocked" and not order.needs_review
        )
        now = fields.Datetime.now()
        for case, some in orders.grouped("case_id").items():
            some.sudo().write(
                {
                    "state": "released",
                    "acceptance_id": acceptances.get(case) and acceptances[case].id,
                    "released_on": now,
                    "released_by_id": self.env.uid,
                    "release_reason": reason,
                }
            )
        orders._notify_contractors()
        return orders

    def action_approve(self):
        """Let orders that came late be released like the others of their case."""
        self.write({"needs_review": False})
        self.activity_feedback(["mail.mail_activity_data_todo"])
        self.case_id._release_orders()
        return True

    def _ask_for_review(self):
        for order in self:
            order.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Ordered after the acceptance: look at it"),
                user_id=order.case_id.user_id.id or self.env.uid,
            )

    def _notify_contractors(self):
        template = self.env.ref("energy_connection.mail_template_order_released")
        to_tell = self.filtered(lambda order: order.partner_id.email)
        template.sudo().send_mail_batch(to_tell.ids)

    # === Work ===

    def action_start(self):
        for order in self:
            order._check_state("released")
        self.sudo().write({"state": "started", "started_on": fields.Datetime.now()})

    def action_done(self):
        """The work is done; quantities without a report count as estimated."""
        for order in self:
            order._check_state("released", "started")
        open_lines = self.line_ids.filtered(lambda line: not line.has_actual)
        for quantity, lines in open_lines.grouped("quantity").items():
            lines.quantity_actual = quantity
        self.sudo().write({"state": "done", "done_on": fields.Datetime.now()})

    def action_stop(self):
        for order in self:
            order._check_state("blocked", "released")
        self.sudo().state = "stopped"

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "Order %(order)s is “%(state)s”. This can be done with orders "
                    "that are: %(states)s.",
                    order=self.name,
                    state=labels[self.state],
                    states=", ".join(labels[state] for state in states),
                )
            )


class ConnectionOrderLine(models.Model):
    """A service or material of an order, as ordered and as it came to."""

    _name = "connection.order.line"
    _description = "Order Line"
    _order = "order_id, sequence, id"
    _check_company_auto = True

    order_id = fields.Many2one(
        "connection.order",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    item_id = fields.Many2one(
        "connection.catalogue.item", check_company=True, ondelete="restrict", index=True
    )
    name = fields.Char(
        string="Text",
        required=True,
        compute="_compute_from_item",
        store=True,
        readonly=False,
        precompute=True,
    )
    component_id = fields.Many2one(
        "connection.component", check_company=True, ondelete="restrict"
    )
    charge_type_id = fields.Many2one(
        "connection.charge.type",
        required=True,
        check_company=True,
        compute="_compute_from_item",
        store=True,
        readonly=False,
        precompute=True,
    )
    uom_id = fields.Many2one(
        "uom.uom",
        string="Unit",
        compute="_compute_from_item",
        store=True,
        readonly=False,
        precompute=True,
    )
    quantity = fields.Float(string="Ordered", digits="Product Unit", default=1.0)
    quantity_actual = fields.Float(string="Done", digits="Product Unit")
    has_actual = fields.Boolean(string="Reported", copy=False)
    price_unit = fields.Monetary(
        string="Price",
        compute="_compute_from_item",
        store=True,
        readonly=False,
        precompute=True,
        groups="billing_base.group_billing_viewer",
    )
    estimate = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        groups="billing_base.group_billing_viewer",
    )
    actual = fields.Monetary(
        compute="_compute_amounts",
        store=True,
        groups="billing_base.group_billing_viewer",
    )
    cost_ids = fields.One2many("connection.cost", "order_line_id")

    _not_negative = models.Constraint(
        "CHECK (quantity >= 0 AND quantity_actual >= 0 AND price_unit >= 0)",
        "Quantities and prices cannot be negative.",
    )

    @api.depends("item_id")
    def _compute_from_item(self):
        for line in self:
            item = line.item_id
            line.name = item.name or line.name
            line.charge_type_id = item.charge_type_id or line.charge_type_id
            line.uom_id = item.uom_id or line.uom_id
            line.price_unit = item.price if item else line.price_unit

    @api.depends("quantity", "quantity_actual", "has_actual", "price_unit")
    def _compute_amounts(self):
        for line in self:
            rounding = rounding_of(line.currency_id or self.env.company.currency_id)
            price = exact(line.price_unit)
            line.estimate = float(round_amount(exact(line.quantity) * price, rounding))
            done = exact(line.quantity_actual) if line.has_actual else exact(0)
            line.actual = float(round_amount(done * price, rounding))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        sources = {"call_off": "call_off", "work": "work"}
        self.env["connection.cost"].sudo().create(
            [
                {
                    "case_id": line.order_id.case_id.id,
                    "order_line_id": line.id,
                    "source": sources[line.order_id.kind],
                }
                for line in lines
            ]
        )
        return lines

    def write(self, vals):
        if "quantity_actual" in vals:
            vals = {**vals, "has_actual": True}
        return super().write(vals)
