from odoo import api, fields, models
from odoo.exceptions import UserError

from .connection_order import WORKS


class ConnectionNotification(models.Model):
    """What an installer notifies: who wants which work where. A case comes of it."""

    _name = "connection.notification"
    _description = "Notification"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    installer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        default=lambda self: self.env.user.partner_id.commercial_partner_id,
    )
    customer_name = fields.Char(required=True)
    customer_email = fields.Char()
    customer_phone = fields.Char()
    customer_vat = fields.Char(string="Organisation Number")
    street = fields.Char(required=True)
    zip = fields.Char(string="ZIP", required=True)
    city = fields.Char(required=True)
    property_name = fields.Char(string="Property")
    point_code = fields.Char(string="Metering Point")
    type_id = fields.Many2one(
        "connection.case.type", string="Kind", required=True, check_company=True
    )
    point_count = fields.Integer(string="New Points", default=1)
    capacity_kw = fields.Float(string="Capacity (kW)", digits=(12, 3))
    wants_meter = fields.Boolean(string="Meter Work")
    wants_transformer = fields.Boolean(string="Issue of Instrument Transformers")
    wants_sealing = fields.Boolean(string="Re-Sealing")
    wants_decommissioning = fields.Boolean(string="Decommissioning")
    note = fields.Text(string="Remarks")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", help="Empty: a new customer is entered."
    )
    candidate_ids = fields.Many2many(
        "res.partner",
        string="Known Customers",
        compute="_compute_candidate_ids",
        help="By name, number, address or metering point.",
    )
    case_ids = fields.One2many("connection.case", "notification_id")
    case_id = fields.Many2one(
        "connection.case", string="Opened Case", compute="_compute_case_id"
    )
    state = fields.Selection(
        [("new", "New"), ("case", "Case Opened"), ("rejected", "Rejected")],
        default="new",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
    )

    _not_negative = models.Constraint(
        "CHECK (point_count >= 0 AND capacity_kw >= 0)",
        "Points and capacity cannot be negative.",
    )

    def _compute_case_id(self):
        for notification in self:
            notification.case_id = notification.case_ids[:1]

    def _compute_candidate_ids(self):
        for notification in self:
            found = self.env["res.partner"]._find_customers(
                notification.company_id,
                name=notification.customer_name,
                number=notification.customer_vat,
                street=notification.street,
                point=notification.point_code,
            )
            notification.candidate_ids = found

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = (
                    self.env["ir.sequence"]
                    .with_company(company)
                    .next_by_code("connection.notification")
                    or "/"
                )
        return super().create(vals_list)

    def action_open_case(self):
        """Open a case with the work orders that the notification asks for."""
        self.ensure_one()
        if self.state != "new":
            raise UserError(
                self.env._("Notification %(name)s is closed.", name=self.name)
            )
        customer = self.partner_id or self._create_customer()
        case = self.env["connection.case"].create(
            {
                "type_id": self.type_id.id,
                "company_id": self.company_id.id,
                "partner_id": customer.id,
                "installer_id": self.installer_id.id,
                "notification_id": self.id,
                "point_id": self._find_point().id,
                "street": self.street,
                "zip": self.zip,
                "city": self.city,
                "property_name": self.property_name,
                "point_count": self.point_count,
                "capacity_kw": self.capacity_kw,
            }
        )
        self.env["connection.order"].create(
            [
                {"case_id": case.id, "kind": "work", "work": work, "line_ids": lines}
                for work, lines in self._prepare_works()
            ]
        )
        self.write({"state": "case", "partner_id": customer.id})
        return case._get_records_action(name=self.env._("Case"))

    def _prepare_works(self):
        """Kinds of work wanted, each with its fee of the price list, if there is one:
        an item whose code is the kind."""
        wanted = [code for code, _label in WORKS if self[f"wants_{code}"]]
        items = self.env["connection.catalogue.item"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", False),
                ("code", "in", wanted),
            ]
        )
        fees = {item.code: item for item in items}
        return [
            (
                code,
                [fields.Command.create({"item_id": fees[code].id})]
                if code in fees
                else [],
            )
            for code in wanted
        ]

    def _create_customer(self):
        return self.env["res.partner"].create(
            {
                "name": self.customer_name,
                "email": self.customer_email,
                "phone": self.customer_phone,
                "vat": self.customer_vat,
                "street": self.street,
                "zip": self.zip,
                "city": self.city,
            }
        )

    def _find_point(self):
        if not self.point_code:
            return self.env["energy.metering.point"]
        return self.env["energy.metering.point"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("code", "=", self.point_code.strip()),
            ],
            limit=1,
        )

    def action_reject(self):
        self.filtered(lambda n: n.state == "new").state = "rejected"
