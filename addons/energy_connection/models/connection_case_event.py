from odoo import api, fields, models

EVENTS = [
    ("opened", "Case opened"),
    ("offered", "Offer sent"),
    ("accepted", "Offer accepted"),
    ("declined", "Offer declined"),
    ("released", "Work released"),
    ("completed", "Completion notified"),
    ("paid", "Invoice paid"),
    ("settled", "Settled"),
    ("withdrawn", "Withdrawn"),
]

AUDIENCE = {
    # an offer has a mail of its own to the customer, who also knows that he declined
    "offered": ("installer_id",),
    "declined": ("installer_id",),
    "paid": ("payer_id",),
}
"""Whom an event concerns, where not customer and installer."""


class ConnectionCaseEvent(models.Model):
    """What happened to a case and was told to those it concerns, once each."""

    _name = "connection.case.event"
    _description = "Event of a Case"
    _order = "id desc"
    _rec_name = "code"
    _check_company_auto = True

    case_id = fields.Many2one(
        "connection.case", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    code = fields.Selection(EVENTS, string="Event", required=True, readonly=True)
    source = fields.Char(
        required=True, readonly=True, help="The offer or invoice that it is about."
    )
    date = fields.Datetime(default=fields.Datetime.now, readonly=True)

    # nobody is told the same thing twice
    _once = models.Constraint(
        "UNIQUE (case_id, code, source)", "This event was told already."
    )


class ConnectionCase(models.Model):
    _inherit = "connection.case"

    event_ids = fields.One2many("connection.case.event", "case_id", string="Events")

    @api.model
    def _tell(self, code, sources):
        """Mail an event to those it concerns, where it was not told yet.

        The mails wait in Odoo's queue: whoever acts never waits for a mail server.

        :param str code: of EVENTS; the template has its name
        :param sources: ``{record: connection.case}``; the same record tells once
        :return: the connection.case.event that are new
        """
        # whoever acts, a customer in the portal too, tells the others
        Event = self.env["connection.case.event"].sudo()
        wanted = {
            (case.id, f"{source._name},{source.id}"): case
            for source, case in sources.items()
            if case
        }
        cases = self.browse(key[0] for key in wanted)
        known = {
            (event.case_id.id, event.source)
            for event in Event.search(
                [("case_id", "in", cases.ids), ("code", "=", code)]
            )
        }
        new = [key for key in wanted if key not in known]
        events = Event.create(
            [
                {"case_id": case_id, "code": code, "source": source}
                for case_id, source in new
            ]
        )
        template = self.env.ref(f"energy_connection.mail_template_case_{code}").sudo()
        told = events.case_id.filtered(lambda case: case._get_told(code))
        template.send_mail_batch(told.ids)
        return events

    def _get_told(self, code):
        """Who gets the mail of an event: those with an address, each once."""
        self.ensure_one()
        people = self.browse().partner_id
        for name in AUDIENCE.get(code, ("partner_id", "installer_id")):
            people |= self[name]
        return people.filtered("email")

    def _get_told_ids(self, code):
        """For the templates: ids, separated by commas."""
        return ",".join(str(partner.id) for partner in self._get_told(code))

    def action_complete(self):
        new = self.filtered(lambda case: not case.date_completion)
        result = super().action_complete()
        self._tell("completed", {case: case for case in new})
        return result

    def _release_orders(self):
        orders = super()._release_orders()
        self._tell("released", {case: case for case in orders.case_id})
        return orders

    def _release_by_hand(self, reason):
        orders = super()._release_by_hand(reason)
        self._tell("released", {case: case for case in orders.case_id})
        return orders

    def _withdraw(self, reason):
        result = super()._withdraw(reason)
        self._tell("withdrawn", {case: case for case in self})
        return result


class ConnectionNotification(models.Model):
    _inherit = "connection.notification"

    @api.model_create_multi
    def create(self, vals_list):
        notifications = super().create(vals_list)
        notifications._mail("notified")
        return notifications

    def action_reject(self):
        rejected = self.filtered(lambda n: n.state == "new")
        result = super().action_reject()
        rejected._mail("rejected")
        return result

    def action_open_case(self):
        action = super().action_open_case()
        self.env["connection.case"]._tell(
            "opened", {case: case for case in self.case_ids}
        )
        return action

    def _mail(self, event):
        template = self.env.ref(f"energy_connection.mail_template_{event}").sudo()
        to_tell = self.filtered("installer_id.email")
        template.send_mail_batch(to_tell.ids)


class ConnectionOrder(models.Model):
    _inherit = "connection.order"

    def action_stop(self):
        released = self.filtered(lambda order: order.state == "released")
        result = super().action_stop()
        template = self.env.ref("energy_connection.mail_template_order_stopped").sudo()
        template.send_mail_batch(released.filtered("partner_id.email").ids)
        return result


class ConnectionSettlement(models.Model):
    _inherit = "connection.settlement"

    def action_done(self):
        result = super().action_done()
        self.env["connection.case"]._tell("settled", {self: self.case_id})
        return result


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _tell_cases(self, code):
        cases = self.sudo().mapped("connection_case_id")
        if cases:
            cases._tell(code, {o: o.connection_case_id for o in self.sudo()})

    def action_connection_send(self):
        result = super().action_connection_send()
        self._tell_cases("offered")
        return result

    def _record_acceptance(self, *args, **kwargs):
        acceptances = super()._record_acceptance(*args, **kwargs)
        self._tell_cases("accepted")
        return acceptances

    def _mark_declined(self, reason):
        result = super()._mark_declined(reason)
        self._tell_cases("declined")
        return result


class AccountMove(models.Model):
    _inherit = "account.move"

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        # whoever registers the payment need not see cases
        ours = self.sudo().filtered(
            lambda m: m.connection_case_id and m.move_type == "out_invoice"
        )
        if ours:
            ours.connection_case_id._tell(
                "paid", {m: m.connection_case_id for m in ours}
            )
        return result
