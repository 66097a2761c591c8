from odoo import api, fields, models
from odoo.tools import SQL

from ..bulk import as_table


class EnergyBillingOrder(models.Model):
    """What makes a point billable for a span of its own: the data to bill of a market
    message, or an order by hand.

    A later order of the same days replaces an earlier one; a cancelled one bills
    nothing. The active period selects orders, it doesn't cut them. How messages become
    orders stands in energy_billing_order_receive.py, what is measured and billed by
    them in energy_billing_order_measure.py and energy_billing_order_bill.py.
    """

    _name = "energy.billing.order"
    _description = "Billing Order"
    _inherit = ["mail.thread"]
    _order = "received_on desc, id desc"
    _check_company_auto = True

    point_id = fields.Many2one(
        "energy.metering.point",
        string="Metering Point",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="point_id.company_id", store=True, index=True)
    commodity = fields.Selection(related="point_id.commodity", store=True)
    network_id = fields.Many2one(related="point_id.network_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_billing"
    )
    agreement_id = fields.Many2one(
        "billing.agreement",
        compute="_compute_billing",
        help="The metered agreement of the point in these days.",
    )
    message_id = fields.Many2one(
        "energy.message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="To", required=True)
    received_on = fields.Datetime(
        string="Received", default=fields.Datetime.now, required=True, readonly=True
    )
    reason = fields.Char(help="Why it is to be billed, as the message says.")
    rate = fields.Char(string="Distribution Rate", readonly=True)
    breaker_phases = fields.Integer(string="Phases", readonly=True, aggregator=None)
    breaker_amps = fields.Float(
        string="Main Circuit-Breaker (A)",
        digits=(8, 1),
        readonly=True,
        aggregator=None,
    )
    reserved_capacity = fields.Float(
        string="Reserved Capacity (kW)", digits=(12, 3), readonly=True, aggregator=None
    )
    quantity = fields.Float(digits="Product Unit", min_display_digits=2, readonly=True)
    state = fields.Selection(
        [("open", "Valid"), ("replaced", "Replaced"), ("cancelled", "Cancelled")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        copy=False,
        index=True,
    )
    variant = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        aggregator=None,
        help="Which order of these days it is.",
    )
    replaces_id = fields.Many2one(
        "energy.billing.order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        check_company=True,
    )
    tax_date_rule = fields.Selection(
        [
            ("calendar", "Last day of the billing period"),
            ("network", "Date of the received distribution invoice"),
            ("issue", "Invoice date"),
            ("reading", "Last day of what is billed"),
            ("fixed", "A date of its own"),
        ],
        string="Tax Date",
        tracking=True,
        help="The date of taxable supply of the bill. Empty: as the customer's billing "
        "profile says, whose shift of days is counted from the end of the period.",
    )
    tax_date = fields.Date(string="Date of Supply", tracking=True)
    line_ids = fields.One2many(
        "energy.billing.order.line", "order_id", string="Registers", readonly=True
    )
    measurement = fields.Selection(
        [
            ("none", "Not measured"),
            ("same", "As measured"),
            ("different", "Differs"),
            ("ordered", "By order"),
        ],
        compute="_compute_measurement",
        help="Whether the stored measurement of these days is what the message says.",
    )
    segment_id = fields.Many2one("billing.segment", compute="_compute_billing")
    segment_state = fields.Selection(
        selection="_selection_segment_state",
        string="Billing",
        compute="_compute_billing",
    )
    is_to_rebill = fields.Boolean(
        string="Corrected After Invoicing",
        compute="_compute_billing",
        help="Days of it are invoiced on data that are not valid any more.",
    )

    _dates_ordered = models.Constraint(
        "CHECK (date_start <= date_end)", "An order ends on or after its first day."
    )
    _tax_date_given = models.Constraint(
        "CHECK (tax_date_rule IS DISTINCT FROM 'fixed' OR tax_date IS NOT NULL)",
        "Enter the date of supply of an order with a tax date of its own.",
    )
    # valid orders of a point never overlap; also serves "the orders of these points"
    _one_valid = models.Constraint(
        "EXCLUDE USING gist (point_id WITH =,"
        " daterange(date_start, date_end, '[]') WITH &&) WHERE (state = 'open')",
        "The point already has a valid billing order for some of these days.",
    )

    @api.depends("point_id", "date_start", "date_end")
    def _compute_display_name(self):
        for order in self:
            order.display_name = (
                f"{order.point_id.code or ''} {order.date_start} – {order.date_end}"
            )

    def _compute_measurement(self):
        states = self._get_measurement_states()
        for order in self:
            order.measurement = states.get(order.id, "ordered")

    def _selection_segment_state(self):
        segments = self.env["billing.segment"]
        return segments._fields["state"]._description_selection(self.env)

    def _compute_billing(self):
        Agreement, Segment = self.env["billing.agreement"], self.env["billing.segment"]
        found = self._get_billing()
        states = self._get_measurement_states()
        for order in self:
            row = found.get(order.id, {})
            order.agreement_id = Agreement.browse(row.get("agreement_id"))
            order.partner_id = order.agreement_id.partner_id
            order.segment_id = Segment.browse(row.get("segment_id"))
            order.segment_state = order.segment_id.state
            order.is_to_rebill = row.get("is_wrong", False) or (
                row.get("is_frozen", False)
                and order.state == "open"
                and states.get(order.id, "same") != "same"
            )

    # === Entered ===

    @api.model_create_multi
    def create(self, vals_list):
        """An order replaces the valid ones of its days."""
        rows = [
            {
                "point_id": vals["point_id"],
                "date_start": fields.Date.to_date(vals["date_start"]),
                "date_end": fields.Date.to_date(vals["date_end"]),
                "received_on": vals.setdefault("received_on", fields.Datetime.now()),
            }
            for vals in vals_list
        ]
        replaced, later = self._replace(rows)
        for number, vals in enumerate(vals_list):
            if number in replaced:
                order_id, variant = replaced[number]
                vals |= {"replaces_id": order_id, "variant": variant + 1}
            if number in later:
                # an older message that came late: kept, but not billed by
                vals["state"] = "replaced"
        orders = super().create(vals_list)
        orders._show_ended()
        return orders

    def _show_ended(self):
        """Give agreements that ended before the active period their row of figures:
        they have something to bill in it again."""
        points = self.filtered(lambda order: order.state == "open").point_id
        ended = self.env["billing.agreement"].search(
            [
                ("point_id", "in", points.ids),
                ("type_id.billed_on", "=", "order"),
                ("date_end", "!=", False),
            ]
        )
        for cycle, agreements in ended.grouped("cycle_id").items():
            period = cycle.period_ids.filtered("is_active")
            if period:
                self.env["billing.agreement.period"]._refresh(period, agreements)

    @api.model
    def _replace(self, rows):
        """Make the valid orders of these days replaced ones, unless they are younger.

        :param rows: dictionaries with point_id, date_start, date_end and received_on
        :return: by the number of the row: ``(id, variant)`` of the latest order it
            replaces, and the set of rows that a younger order stands against
        """
        self.flush_model()
        numbered = [
            row
            | {
                "number": number,
                "received_on": fields.Datetime.to_string(row["received_on"]),
            }
            for number, row in enumerate(rows)
        ]
        columns = {
            "number": "int",
            "point_id": "int",
            "date_start": "date",
            "date_end": "date",
            "received_on": "text",
        }
        overlapping = SQL(
            "o.point_id = v.point_id AND o.state = 'open'"
            " AND daterange(o.date_start, o.date_end, '[]')"
            " && daterange(v.date_start, v.date_end, '[]')"
        )
        given = as_table("v", columns, numbered)
        later = {
            number
            for (number,) in self.env.execute_query(
                SQL(
                    """
                    SELECT DISTINCT v.number FROM %s
                      JOIN energy_billing_order o ON %s
                       AND o.received_on > v.received_on::timestamp
                    """,
                    given,
                    overlapping,
                )
            )
        }
        latest = {}
        for number, order_id, variant in self.env.execute_query(
            SQL(
                """
                UPDATE energy_billing_order o
                   SET state = 'replaced', write_uid = %s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM %s
                 WHERE %s AND NOT v.number = ANY(%s::int[])
             RETURNING v.number, o.id, o.variant
                """,
                self.env.uid,
                given,
                overlapping,
                list(later),
            )
        ):
            latest[number] = max(latest.get(number, (0, 0)), (order_id, variant))
        self.invalidate_model(["state"])
        return latest, later

    def action_cancel(self):
        """Take orders back; what is invoiced is listed for cancellation."""
        self.filtered(lambda order: order.state == "open").state = "cancelled"
