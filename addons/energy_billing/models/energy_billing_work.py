from odoo import api, fields, models

from .energy_network import COMMODITIES

MARKED = "energy_marked_points"
"""Context key: the list shows nothing but marked points."""


class EnergyBillingWork(models.Model):
    """The work list of a month: each measured agreement with all that matters for its
    bill in the active period, whether a message or the calendar makes it billable.

    What it reads stands in energy_billing_work_query.py.
    """

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

    @api.model
    def search_fetch(self, domain, field_names=None, offset=0, limit=None, order=None):
        """Find the page by what decides it alone, then read its rows."""
        rows = super().search_fetch(domain, [], offset, limit, order)
        if rows and field_names != []:
            rows.fetch(field_names)
        return rows

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
