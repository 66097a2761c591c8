from odoo import api, fields, models
from odoo.tools import SQL

from .energy_network import COMMODITIES

MARKED = "energy_marked_points"
"""Context key: the list shows nothing but marked points."""


class EnergyBillingWork(models.Model):
    """The work list of a month: each measured agreement with all that matters for its
    bill in the active period, whether a message or the calendar makes it billable."""

    _name = "energy.billing.work"
    _description = "Point to Bill"
    _auto = False
    _order = "received_on desc, id"

    agreement_id = fields.Many2one("billing.agreement", readonly=True)
    period_id = fields.Many2one("billing.period", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    point_id = fields.Many2one(
        "energy.metering.point", string="Metering Point", readonly=True
    )
    commodity = fields.Selection(COMMODITIES, readonly=True)
    network_id = fields.Many2one("energy.network", readonly=True)
    billed_on = fields.Selection(
        [("calendar", "Calendar"), ("order", "Message or order")], readonly=True
    )
    order_id = fields.Many2one("energy.billing.order", readonly=True)
    order_start = fields.Date(string="Message From", readonly=True)
    order_end = fields.Date(string="Message To", readonly=True)
    received_on = fields.Datetime(string="Received", readonly=True)
    variants = fields.Integer(
        readonly=True, aggregator=None, help="How many orders of these days came."
    )
    measurement = fields.Selection(
        [
            ("none", "Not measured"),
            ("same", "As in the message"),
            ("different", "Differs from the message"),
        ],
        readonly=True,
    )
    network_invoice_id = fields.Many2one(
        "energy.network.invoice", string="Distribution Invoice", readonly=True
    )
    due_date = fields.Date(
        string="Calendar Due",
        readonly=True,
        help="When the calendar has the next bill: the last day to bill in the active "
        "period, or the day by which the agreement type expects the next message.",
    )
    segment_id = fields.Many2one("billing.segment", readonly=True)
    segment_state = fields.Selection(related="segment_id.state")
    worst_check = fields.Selection(related="segment_id.worst_check", string="Checks")
    finding = fields.Char(related="segment_id.finding")
    waived_by_id = fields.Many2one("res.users", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    move_state = fields.Selection(related="move_id.state", string="Invoice State")
    billed_to = fields.Date(readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary(string="Untaxed Amount", readonly=True)
    network_difference = fields.Monetary(
        string="Charged less Received",
        readonly=True,
        help="Distribution charged less distribution received, of the same days.",
    )
    status = fields.Selection(
        [
            ("to_bill", "To bill now"),
            ("calendar", "Due by calendar"),
            ("different", "Message differs"),
            ("variants", "Several variants"),
            ("corrected", "Corrected after invoicing"),
            ("unordered", "Billed without message"),
            ("missing", "Missing message"),
            ("billed", "Billed"),
            ("idle", "Not due"),
        ],
        readonly=True,
    )

    @api.depends("agreement_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.agreement_id.display_name

    def _flush_sources(self):
        for model in (
            "billing.agreement",
            "billing.agreement.period",
            "billing.period",
            "billing.segment",
            "billing.segment.line",
            "energy.billing.order",
            "energy.billing.order.line",
            "energy.network.invoice.line",
            "energy.usage",
        ):
            self.env[model].flush_model()

    @property
    def _table_query(self):
        self._flush_sources()
        return SQL(
            """
            SELECT x.*, CASE
                   WHEN x.is_frozen AND (
                        x.order_state = 'cancelled' OR x.is_stale OR x.differs
                        OR (x.order_state = 'open' AND x.measurement <> 'same'))
                        THEN 'corrected'
                   WHEN x.is_frozen AND x.order_id IS NULL AND x.billed_on = 'order'
                        THEN 'unordered'
                   WHEN x.is_frozen THEN 'billed'
                   WHEN x.order_state = 'open' AND x.measurement = 'different'
                        THEN 'different'
                   WHEN x.order_state = 'open' AND x.variants > 1 THEN 'variants'
                   WHEN x.order_state = 'open' THEN 'to_bill'
                   WHEN x.billed_on = 'calendar' AND x.due_date IS NOT NULL
                        THEN 'calendar'
                   WHEN x.due_date <= x.period_end THEN 'missing'
                   ELSE 'idle' END AS status
              FROM (
                SELECT a.id, a.id AS agreement_id, f.id AS period_id,
                       f.date_end AS period_end, a.company_id, a.partner_id, a.point_id,
                       p.commodity, p.network_id, t.billed_on, o.id AS order_id,
                       o.state AS order_state, o.date_start AS order_start,
                       o.date_end AS order_end, o.received_on,
                       COALESCE(o.variants, 0) AS variants, o.measurement,
                       n.invoice_id AS network_invoice_id,
                       CASE WHEN t.billed_on = 'order'
                            THEN (COALESCE((%(billed_to)s), a.date_start - 1)
                                  + make_interval(months => t.order_months))::date
                            WHEN daterange(a.date_start, a.date_end, '[]')
                                 && daterange(f.date_start, f.date_end, '[]')
                            THEN LEAST(a.date_end, f.date_end) END AS due_date,
                       s.id AS segment_id, s.invoice_id AS move_id,
                       COALESCE(s.state = 'frozen', FALSE) AS is_frozen,
                       COALESCE(s.is_stale, FALSE) AS is_stale,
                       o.id IS NOT NULL AND COALESCE((s.date_start, s.date_end)
                        <> (GREATEST(o.date_start, a.date_start),
                            LEAST(o.date_end, a.date_end)), FALSE) AS differs,
                       w.waived_by_id, (%(billed_to)s) AS billed_to,
                       COALESCE(s.currency_id, c.currency_id) AS currency_id, s.amount,
                       d.charged - n.received AS network_difference
                  FROM billing_agreement a
                  JOIN billing_agreement_type t ON t.id = a.type_id
                  JOIN billing_segment_type k ON k.id = t.segment_type_id
                   AND k.algorithm = 'metered'
                  JOIN res_company c ON c.id = a.company_id
                  JOIN billing_period f ON f.cycle_id = a.cycle_id AND f.is_active
                  JOIN energy_metering_point p ON p.id = a.point_id
             LEFT JOIN LATERAL (%(order)s) o ON t.billed_on = 'order'
             LEFT JOIN LATERAL (
                       SELECT s.id FROM billing_segment s
                        WHERE o.id IS NULL AND s.agreement_id = a.id
                          AND s.period_id = f.id AND s.is_exclusive
                          AND s.state NOT IN ('cancelling', 'cancelled')
                     ORDER BY s.state = 'frozen' DESC, s.id DESC LIMIT 1) y ON TRUE
             LEFT JOIN LATERAL (
                       SELECT s.id FROM billing_segment s
                        WHERE o.id IS NOT NULL AND s.agreement_id = a.id
                          AND s.is_exclusive
                          AND s.state NOT IN ('cancelling', 'cancelled')
                          AND daterange(s.date_start, s.date_end, '[]')
                              && daterange(o.date_start, o.date_end, '[]')
                     ORDER BY s.state = 'frozen' DESC, s.id DESC LIMIT 1) z ON TRUE
             LEFT JOIN billing_segment s ON s.id = COALESCE(z.id, y.id)
             LEFT JOIN LATERAL (
                       SELECT max(r.waived_by_id) AS waived_by_id
                         FROM billing_check_result r
                        WHERE r.segment_id = s.id) w ON TRUE
             LEFT JOIN LATERAL (
                       SELECT max(l.invoice_id) AS invoice_id, sum(l.amount) AS received
                         FROM energy_network_invoice_line l
                        WHERE l.point_id = a.point_id
                          AND l.date_start >= COALESCE(o.date_start, s.date_start)
                          AND l.date_end <= COALESCE(o.date_end, s.date_end)
                       ) n ON TRUE
             LEFT JOIN LATERAL (
                       SELECT COALESCE(sum(sl.amount), 0) AS charged
                         FROM billing_segment_line sl
                        WHERE sl.segment_id = s.id AND sl.product_id IN (
                              SELECT product_id
                                FROM energy_network_component_product_rel)) d ON TRUE
                 WHERE a.active
              ) x
            """,
            order=self._order_query(),
            # asked for row by row, and only where it is shown or decides
            billed_to=SQL(
                "SELECT max(s.date_end) FROM billing_segment s"
                " WHERE s.agreement_id = a.id AND s.state = 'frozen'"
            ),
        )

    @api.model
    def _order_query(self):
        """The latest order of an agreement's point, with its variants and how the
        stored measurement compares with it."""
        return SQL(
            """
            SELECT o.id, o.state, o.date_start, o.date_end, o.received_on,
                   (SELECT count(*) FROM energy_billing_order v
                     WHERE v.point_id = o.point_id
                       AND daterange(v.date_start, v.date_end, '[]')
                           && daterange(o.date_start, o.date_end, '[]')) AS variants,
                   (SELECT CASE WHEN bool_and(EXISTS (
                                SELECT 1 FROM energy_usage u
                                 WHERE u.point_id = o.point_id AND u.is_current
                                   AND u.quantity_type_id = k.quantity_type_id
                                   AND u.date_start = l.date_start
                                   AND u.date_end = l.date_end AND u.value = l.value))
                                THEN 'same'
                                WHEN bool_or(EXISTS (
                                SELECT 1 FROM energy_usage u
                                 WHERE u.point_id = o.point_id AND u.is_current
                                   AND daterange(u.date_start, u.date_end, '[]')
                                       && daterange(l.date_start, l.date_end, '[]')))
                                THEN 'different' ELSE 'none' END
                      FROM energy_billing_order_line l
                 LEFT JOIN energy_register_kind k ON k.id = l.register_kind_id
                     WHERE l.order_id = o.id HAVING count(*) > 0) AS measurement
              FROM energy_billing_order o
             WHERE o.point_id = a.point_id AND o.state <> 'replaced'
               AND daterange(o.date_start, o.date_end, '[]')
                   && daterange(a.date_start, a.date_end, '[]')
          ORDER BY o.received_on DESC, o.id DESC LIMIT 1
            """
        )

    # === What is done from the list ===

    def action_generate(self):
        """Make, or make anew, the segments of the marked points.

        :return: the list of these points alone, with what was made
        """
        for period, rows in self.grouped("period_id").items():
            self.env["billing.generator"]._generate(rows.agreement_id, period)
        return self._show_marked()

    def action_write_measurement(self):
        self.order_id.action_write_measurement()
        self.invalidate_model()

    def action_rebill(self):
        """Cancel what is listed as corrected after invoicing and bill it anew."""
        ordered = self.filtered("order_id")
        others = (self - ordered).filtered(lambda row: row.status == "corrected")
        if ordered or not others:
            ordered.order_id.action_rebill()
        if others:
            reason = self.env.ref("energy_billing.reason_cancel_message")
            others.segment_id._cancel(reason)
            for period, rows in others.grouped("period_id").items():
                self.env["billing.generator"]._generate(rows.agreement_id, period)
        return self._show_marked()

    def action_waive(self):
        """Ask for the reason to waive the errors of the marked points."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_waive_action"
        )
        action["context"] = {
            "active_model": "billing.segment",
            "active_ids": self.segment_id.ids,
        }
        return action

    def action_invoice(self):
        """Invoice the marked points that are ready, and stay in the list."""
        segments = self.segment_id
        before = segments.invoice_id.filtered(lambda move: move.state == "posted")
        result = segments.action_invoice()
        self.invalidate_model()
        made = segments.invoice_id - before
        if not made:
            return result
        return segments._notify(
            self.env._(
                "Invoices posted: %(names)s.",
                names=", ".join(made[:5].mapped("name")) + (" …" * (len(made) > 5)),
            )
        )

    def action_open_order(self):
        self.ensure_one()
        return self.order_id.get_formview_action()

    def action_open_point(self):
        self.ensure_one()
        return self.point_id.get_formview_action()

    def action_open_segment(self):
        self.ensure_one()
        return self.segment_id.get_formview_action()

    def action_open_segments(self):
        """The segments of the marked points."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("id", "in", self.segment_id.ids)]
        action["context"] = {}
        return action

    def _show_marked(self):
        """These points alone; where they are shown alone already, what is new of
        them."""
        self.invalidate_model()
        if self.env.context.get(MARKED):
            return {"type": "ir.actions.client", "tag": "soft_reload"}
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_billing_work_action"
        )
        action.pop("path", None)
        name = self.env._("Marked Points")
        return {
            **action,
            "name": name,
            "display_name": name,
            "domain": [("id", "in", self.ids)],
            "context": {MARKED: True},
        }
