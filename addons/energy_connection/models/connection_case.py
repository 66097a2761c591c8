from urllib.parse import quote_plus

from odoo import api, fields, models
from odoo.exceptions import UserError

STATES = [
    ("basis", "Basis"),
    ("offer_sent", "Offer Sent"),
    ("declined", "Declined"),
    ("accepted", "Accepted"),
    ("released", "Released"),
    ("invoice_sent", "Invoice Sent"),
    ("invoice_paid", "Invoice Paid"),
    ("settled", "Settled"),
    ("withdrawn", "Withdrawn"),
]


class ConnectionCase(models.Model):
    """Ordered grid work from the first notification to the final settlement.

    Its state follows from facts: offers, acceptances, orders, invoices.
    """

    _name = "connection.case"
    _description = "Case"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _rec_names_search = ["name", "partner_id", "street", "city"]
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    type_id = fields.Many2one(
        "connection.case.type",
        string="Kind",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, tracking=True
    )
    payer_id = fields.Many2one(
        "res.partner",
        string="Invoice To",
        compute="_compute_payer_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        help="Who pays, where it isn't the customer.",
    )
    installer_id = fields.Many2one("res.partner", index="btree_not_null", tracking=True)
    user_id = fields.Many2one(
        "res.users",
        string="Case Handler",
        default=lambda self: self.env.user,
        index=True,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    notification_id = fields.Many2one(
        "connection.notification", readonly=True, copy=False, index="btree_not_null"
    )
    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Empty while it is to be built.",
    )
    property_name = fields.Char(
        string="Property", help="Number in the land register, or name."
    )
    street = fields.Char(
        compute="_compute_address", store=True, readonly=False, precompute=True
    )
    zip = fields.Char(
        string="ZIP",
        compute="_compute_address",
        store=True,
        readonly=False,
        precompute=True,
    )
    city = fields.Char(
        compute="_compute_address", store=True, readonly=False, precompute=True
    )
    map_url = fields.Char(string="Map", compute="_compute_map_url")
    point_count = fields.Integer(string="New Points", default=1, tracking=True)
    capacity_kw = fields.Float(
        string="Requested Capacity (kW)", digits=(12, 3), tracking=True
    )
    date_start = fields.Date(
        string="Started On",
        required=True,
        default=fields.Date.context_today,
        index=True,
        tracking=True,
        help="Decides which deduction and reductions apply.",
    )
    date_deadline = fields.Date(string="Deadline", index=True, tracking=True)
    date_completion = fields.Date(
        string="Completion Notified",
        readonly=True,
        copy=False,
        tracking=True,
        help="Day of the installer's completion notification.",
    )
    withdrawn_on = fields.Date(readonly=True, copy=False, tracking=True)
    withdraw_reason = fields.Char(readonly=True, copy=False, tracking=True)
    note = fields.Html(string="Notes")

    cost_ids = fields.One2many("connection.cost", "case_id", string="Costs")
    share_ids = fields.One2many("connection.share", "case_id", string="Shares")
    order_ids = fields.One2many("connection.order", "case_id", string="Orders")
    offer_ids = fields.One2many("sale.order", "connection_case_id", string="Offers")
    acceptance_ids = fields.One2many("connection.acceptance", "case_id")
    invoice_ids = fields.One2many(
        "account.move", "connection_case_id", string="Invoices"
    )
    settlement_ids = fields.One2many("connection.settlement", "case_id")
    refund_ids = fields.One2many("connection.refund", "case_id", string="Refunds")

    state = fields.Selection(
        STATES,
        compute="_compute_state",
        store=True,
        index=True,
        tracking=True,
        group_expand=True,
        help="Follows from offers, acceptance, orders and invoices.",
    )
    offer_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    order_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    invoice_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    settlement_count = fields.Integer(compute="_compute_counts", compute_sudo=True)

    _name_unique = models.UniqueIndex(
        "(company_id, name) WHERE name <> '/'", "This case number is already used."
    )
    _not_negative = models.Constraint(
        "CHECK (point_count >= 0 AND capacity_kw >= 0)",
        "Points and capacity cannot be negative.",
    )

    @api.depends("partner_id")
    def _compute_payer_id(self):
        for case in self:
            case.payer_id = case.partner_id

    @api.depends("point_id")
    def _compute_address(self):
        for case in self:
            point = case.point_id
            case.street = point.street or case.street
            case.zip = point.zip or case.zip
            case.city = point.city or case.city

    @api.depends("street", "zip", "city")
    def _compute_map_url(self):
        for case in self:
            parts = filter(None, (case.street, case.zip, case.city))
            place = quote_plus(", ".join(parts))
            case.map_url = (
                place and f"https://www.openstreetmap.org/search?query={place}"
            )

    def _compute_access_url(self):
        for case in self:
            case.access_url = f"/my/connections/{case.id}"

    @api.depends("offer_ids", "order_ids", "invoice_ids", "settlement_ids")
    def _compute_counts(self):
        for case in self:
            case.offer_count = len(case.offer_ids)
            case.order_count = len(case.order_ids)
            case.invoice_count = len(case.invoice_ids)
            case.settlement_count = len(case.settlement_ids)

    @api.depends(
        "withdrawn_on",
        "offer_ids.state",
        "offer_ids.connection_declined_on",
        "acceptance_ids",
        "order_ids.state",
        "invoice_ids.state",
        "invoice_ids.payment_state",
        "settlement_ids.state",
    )
    def _compute_state(self):
        for case in self:
            case.state = case._get_state()

    def _get_state(self):
        """The state that the facts add up to."""
        self.ensure_one()
        if self.withdrawn_on:
            return "withdrawn"
        is_settled = "done" in self.settlement_ids.mapped("state")
        if is_settled and not self._is_unpaid() and not self._has_drafts():
            return "settled"
        going = {"released", "started", "done"} & set(self.order_ids.mapped("state"))
        if self._is_invoiced() and (going or not self.order_ids):
            return "invoice_sent" if self._is_unpaid() else "invoice_paid"
        if going:
            return "released"
        if self.acceptance_ids:
            return "accepted"
        if "sent" in self.offer_ids.mapped("state"):
            return "offer_sent"
        if any(offer.connection_declined_on for offer in self.offer_ids):
            return "declined"
        return "basis"

    def _is_invoiced(self):
        return "posted" in self.invoice_ids.mapped("state")

    def _is_unpaid(self):
        """Whether a posted invoice is not paid."""
        return any(
            move.state == "posted"
            and move.payment_state not in ("paid", "in_payment", "reversed")
            for move in self.invoice_ids
        )

    def _has_drafts(self):
        return "draft" in self.invoice_ids.mapped("state")

    @api.model_create_multi
    def create(self, vals_list):
        Sequence = self.env["ir.sequence"]
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = (
                    Sequence.with_company(company).next_by_code("connection.case")
                    or "/"
                )
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_offered(self):
        for case in self:
            if case.offer_ids or case.order_ids:
                raise UserError(
                    self.env._(
                        "Case %(case)s has offers or orders and stays. Withdraw it.",
                        case=case.name,
                    )
                )

    def _get_accepted_offers(self):
        """Offers with a recorded acceptance that stand."""
        return self.acceptance_ids.order_id.filtered(lambda o: o.state == "sale")

    # === Buttons ===

    def action_complete(self):
        """The installer, or the clerk for him, notifies completion."""
        today = fields.Date.context_today(self)
        self.filtered(lambda case: not case.date_completion).date_completion = today
        return True

    def _open(self, records, name):
        self.ensure_one()
        action = records._get_records_action(name=name)
        action["context"] = {"default_connection_case_id": self.id}
        return action

    def action_open_offers(self):
        return self._open(self.offer_ids, self.env._("Offers"))

    def action_open_orders(self):
        action = self._open(self.order_ids, self.env._("Orders"))
        action["context"] = {"default_case_id": self.id}
        return action

    def action_open_invoices(self):
        return self._open(self.invoice_ids, self.env._("Invoices"))

    def action_open_settlements(self):
        return self._open(self.settlement_ids, self.env._("Settlements"))
