from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

MAIL = "mail"
"""Code of the channel that this model sends by itself."""


class BillingDelivery(models.Model):
    """A posted invoice, reminder or letter on its way by one channel, once.

    An e-mail is sent by a job of its own, which begins only when "Sending" is stored
    for good. A job that is killed is not repeated: whether the mail left is then known
    to the mail server alone, so the delivery is shown as uncertain, for a person to
    decide. Nothing is ever sent twice by itself.
    """

    _name = "billing.delivery"
    _description = "Delivery"
    _order = "id desc"
    _check_company_auto = True

    move_id = fields.Many2one(
        "account.move",
        string="Invoice",
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    communication_id = fields.Many2one(
        "credit.control.communication",
        string="Reminder",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    letter_id = fields.Many2one(
        "billing.terms.letter",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", compute="_compute_from_document", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_from_document",
        store=True,
        precompute=True,
    )
    invoice_date = fields.Date(string="Date", compute="_compute_figures")
    amount_total = fields.Monetary(string="Total", compute="_compute_figures")
    currency_id = fields.Many2one("res.currency", compute="_compute_figures")
    method_id = fields.Many2one(
        "transmit.method", string="Channel", required=True, readonly=True
    )
    is_mail = fields.Boolean(compute="_compute_is_mail")
    number = fields.Integer(
        default=1, required=True, readonly=True, help="2 and more: sent again."
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("sending", "Sending"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("uncertain", "Uncertain"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
    )
    message = fields.Char(string="What Happened", readonly=True)
    sent = fields.Datetime(readonly=True)
    mail_message_id = fields.Many2one("mail.message", readonly=True)
    is_bounced = fields.Boolean(
        string="Came Back",
        compute="_compute_is_bounced",
        search="_search_is_bounced",
        help="The mail server of the customer returned it.",
    )

    _once = models.Constraint(
        "UNIQUE (move_id, method_id, number)",
        "This invoice is already delivered by this channel.",
    )
    _reminder_once = models.Constraint(
        "UNIQUE (communication_id, method_id, number)",
        "This reminder is already delivered by this channel.",
    )
    _letter_once = models.Constraint(
        "UNIQUE (letter_id, method_id, number)",
        "This letter is already delivered by this channel.",
    )
    _one_document = models.Constraint(
        "CHECK (num_nonnulls(move_id, communication_id, letter_id) = 1)",
        "A delivery is that of one invoice, one reminder or one letter.",
    )

    @api.depends(
        "move_id.company_id", "move_id.partner_id", "communication_id", "letter_id"
    )
    def _compute_from_document(self):
        for delivery in self:
            delivery.company_id = delivery._get_document().company_id
            delivery.partner_id = delivery._get_recipient()

    def _get_document(self):
        return self.move_id or self.communication_id or self.letter_id

    def _get_recipient(self):
        letter = self.communication_id or self.letter_id
        return self.move_id.partner_id or letter.contact_address_id

    @api.depends("move_id", "communication_id", "letter_id")
    def _compute_figures(self):
        for delivery in self:
            move, reminder = delivery.move_id, delivery.communication_id
            delivery.invoice_date = (
                move.invoice_date or reminder.report_date or delivery.letter_id.date
            )
            delivery.amount_total = move.amount_total or reminder.amount_total
            delivery.currency_id = move.currency_id or reminder.currency_id

    @api.depends("move_id.name", "communication_id", "letter_id")
    def _compute_display_name(self):
        for delivery in self:
            delivery.display_name = delivery._get_document().display_name

    @api.depends("method_id.code")
    def _compute_is_mail(self):
        for delivery in self:
            delivery.is_mail = delivery.method_id.code == MAIL

    @api.depends("mail_message_id.notification_ids.notification_status")
    def _compute_is_bounced(self):
        for delivery in self:
            # notifications are for their recipients, this only says that one returned
            notifications = delivery.mail_message_id.sudo().notification_ids
            statuses = notifications.mapped("notification_status")
            delivery.is_bounced = "bounce" in statuses

    def _search_is_bounced(self, operator, value):
        if operator != "in":
            return NotImplemented
        notifications = self.env["mail.notification"].sudo()
        returned = notifications._search([("notification_status", "=", "bounce")])
        return [
            ("mail_message_id", "in", returned.subselect("mail_message_id")),
        ]

    # === Queue ===

    @api.model
    def _queue(self, moves):
        """Deliveries of posted invoices that have none yet, by their channels.

        :return: the billing.delivery made
        """
        wanted = moves.filtered(
            lambda move: move.state == "posted" and move.transmit_method_id
        )
        known = set(
            self.search([("move_id", "in", wanted.ids)]).mapped(
                lambda delivery: (delivery.move_id.id, delivery.method_id.id)
            )
        )
        self.env["res.users"]._check_may("send")
        made = self.sudo().create(
            [
                {"move_id": move.id, "method_id": move.transmit_method_id.id}
                for move in wanted
                if (move.id, move.transmit_method_id.id) not in known
            ]
        )
        return made.sudo(self.env.su)

    @api.model
    def _keep_mailed(self, posted):
        """Invoices that were mailed by hand have their delivery: no run mails them
        again, and what comes back is shown on it. What a job of this model sends has
        it already.

        :param posted: {account.move: mail.message that left by hand}
        """
        mail = self.env.ref("account_invoice_transmit_method.mail")
        moves = self.env["account.move"].union(*posted)
        # whoever may send an invoice by hand need not be allowed to run deliveries
        known = self.sudo().search(
            [("move_id", "in", moves.ids), ("method_id", "=", mail.id)]
        )
        mailed = known.filtered(lambda delivery: delivery.state != "sending")
        mailed.filtered(lambda delivery: delivery.state != "sent")._set_sent()
        mailed._set_messages(posted)
        self.sudo().create(
            [
                {
                    "move_id": move.id,
                    "method_id": mail.id,
                    "state": "sent",
                    "sent": fields.Datetime.now(),
                    "mail_message_id": posted[move].id,
                }
                for move in moves - known.move_id
            ]
        )

    def _set_messages(self, posted):
        """The last delivery of an invoice has its last mail, which may still come
        back; an earlier one that was sent again by hand needs no attention.

        :param posted: {account.move: mail.message}
        """
        last = {move: group[:1] for move, group in self.grouped("move_id").items()}
        self.flush_recordset(["mail_message_id"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_delivery d SET mail_message_id = v.message_id
                  FROM unnest(%s::int[], %s::int[]) v(id, message_id)
                 WHERE d.id = v.id
                """,
                [delivery.id for delivery in last.values()],
                [posted[move].id for move in last],
            )
        )
        self.invalidate_recordset()

    def action_send(self):
        """Hand the waiting e-mails to jobs; other channels wait for a person."""
        self.env["res.users"]._check_may("send")
        mails = self.sudo().filtered(
            lambda delivery: (
                delivery.method_id.code == MAIL and delivery.state == "waiting"
            )
        )
        mails.write({"state": "sending", "message": False})
        pause = self._get_pause()
        # the jobs are those of the user, who signs the mails
        for place, delivery in enumerate(mails.sudo(self.env.su)):
            delivery.with_delay(
                channel="root.mail",
                eta=int(place * pause) or None,
                max_retries=1,
                identity_key=f"billing.delivery:{delivery.id}:{fields.Datetime.now()}",
                description=self.env._(
                    "Mail of %(invoice)s", invoice=delivery.display_name
                ),
            )._job_send()
        return mails

    def _get_pause(self):
        """Seconds between two mails, by the rate limit."""
        rate = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("billing_base.mails_per_minute")
        )
        return 60 / int(rate) if (rate or "").isdigit() and int(rate) else 0

    def action_mark_sent(self):
        """A person sent it, or found out that it was sent."""
        self.env["res.users"]._check_may("send")
        self.filtered(lambda delivery: delivery.state != "sent")._set_sent()

    def action_send_again(self):
        """Send once more on purpose, as a delivery of its own."""
        self.env["res.users"]._check_may("send")
        if any(delivery.state in ("waiting", "sending") for delivery in self):
            raise UserError(
                self.env._("What still waits or is being sent is not sent again.")
            )
        again = self.sudo().create(
            [
                {
                    "move_id": delivery.move_id.id,
                    "communication_id": delivery.communication_id.id,
                    "letter_id": delivery.letter_id.id,
                    "method_id": delivery.method_id.id,
                    "number": last + 1,
                }
                for delivery, last in zip(self, self._get_last_numbers(), strict=True)
            ]
        )
        again = again.sudo(self.env.su)
        again.action_send()
        return again

    def _get_last_numbers(self):
        numbers = {
            tuple(key): number
            for *key, number in self._read_group(
                [
                    "|",
                    "|",
                    ("move_id", "in", self.move_id.ids),
                    ("communication_id", "in", self.communication_id.ids),
                    ("letter_id", "in", self.letter_id.ids),
                ],
                ["move_id", "communication_id", "letter_id", "method_id"],
                ["number:max"],
            )
        }
        return [
            numbers[
                delivery.move_id,
                delivery.communication_id,
                delivery.letter_id,
                delivery.method_id,
            ]
            for delivery in self
        ]

    # === Sending ===

    def _job_send(self):
        """Send one mail. Runs once: a second start means that the first was killed."""
        self.ensure_one()
        self.lock_for_update()
        if self.state != "sending":
            return
        if self._was_started_before():
            self._set_uncertain()
            return
        try:
            with self.env.cr.savepoint():
                mail_message = self._send_mail()
        except (MailDeliveryException, UserError) as error:
            self.sudo().write({"state": "failed", "message": str(error)})
            self.sudo().communication_id._set_failed()
            return
        self._set_sent(mail_message_id=mail_message.id)

    def _set_sent(self, **values):
        now = fields.Datetime.now()
        self.sudo().write({"state": "sent", "sent": now, "message": False, **values})
        self.move_id.with_context(skip_invoice_sync=True).is_move_sent = True
        self.sudo().communication_id._set_sent()

    def _was_started_before(self):
        """Whether the job runner found this job dead and gives it a second time."""
        uuid = self.env.context.get("job_uuid")
        if not uuid:
            return False
        self.env.cr.execute(SQL("SELECT retry FROM queue_job WHERE uuid = %s", uuid))
        row = self.env.cr.fetchone()
        return bool(row and row[0])

    def _set_uncertain(self):
        self.sudo().write(
            {
                "state": "uncertain",
                "message": self.env._(
                    "The program was stopped while it sent the mail. The mail server's "
                    "log says whether it left; then mark it as sent, or send it again."
                ),
            }
        )

    def _on_job_failed(self, **failure):
        """Called by queue_job when it gives the job up."""
        self.filtered(lambda delivery: delivery.state == "sending")._set_uncertain()

    def _post_mail(self):
        """Make the mail of the document; it is sent by ``_send_mail``.

        :return: the mail.message
        :raises UserError: without an address
        """
        document = self._get_document()
        partner = (
            self.communication_id.get_emailing_contact()
            if self.communication_id
            else self._get_recipient()
        )
        if not partner.email:
            raise UserError(
                self.env._(
                    "%(partner)s has no e-mail address. Enter one and send again.",
                    partner=partner.display_name,
                )
            )
        before = document.message_ids
        document = document.with_context(
            # Odoo would send after the commit, when nothing could be stored any more
            mail_notify_force_send=False,
            # a posted invoice stays as it is: its lines need not be made again
            skip_invoice_sync=True,
        )
        if self.move_id:
            self.env["account.move.send"]._generate_and_send_invoices(
                document, sending_methods={"email"}
            )
        elif self.letter_id:
            document._post_letter()
        else:
            document.message_post_with_source(
                document.policy_level_id.email_template_id,
                subtype_xmlid="mail.mt_comment",
            )
        return document.message_ids - before

    def _send_mail(self):
        """Post the document's mail and send it now.

        :return: the mail.message
        :raises UserError: without an address
        :raises MailDeliveryException: when the mail server refuses it
        """
        posted = self._post_mail()
        mails = (
            self.env["mail.mail"]
            .sudo()
            .search([("mail_message_id", "in", posted.ids), ("state", "=", "outgoing")])
        )
        if not mails:
            raise UserError(
                self.env._(
                    "No mail was made for %(invoice)s. See its messages.",
                    invoice=self.display_name,
                )
            )
        mail_message = mails.mail_message_id[:1]
        address = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("billing_base.delivery_test_address")
        )
        if address:
            mails.write(
                {"email_to": address, "email_cc": False, "recipient_ids": False}
            )
        if sender := self.company_id.billing_mail_sender:
            mails.write({"email_from": sender})
        mails.send(raise_exception=True)
        return mail_message

    @api.model
    def _cron_find_lost(self):
        """Deliveries whose job is gone for good are uncertain."""
        before = fields.Datetime.now() - timedelta(hours=1)
        self.env.cr.execute(
            SQL(
                """
                SELECT d.id FROM billing_delivery d
                 WHERE d.state = 'sending' AND d.write_date < %s
                   AND NOT EXISTS (
                       SELECT 1 FROM queue_job j
                        WHERE j.identity_key LIKE 'billing.delivery:' || d.id || ':%%'
                          AND j.state IN ('wait_dependencies', 'pending', 'enqueued',
                                          'started'))
                """,
                before,
            )
        )
        self.browse([row[0] for row in self.env.cr.fetchall()])._set_uncertain()
