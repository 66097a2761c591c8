import email
import socket
from contextlib import contextmanager
from unittest.mock import patch

from aiosmtpd.controller import Controller
from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server
from odoo.addons.queue_job.tests.common import trap_jobs

from .common import BillingCase


class Inbox:
    """What a real SMTP server on the loopback address received."""

    def __init__(self):
        self.mails = []
        self.refused = ()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(
            (envelope.rcpt_tos, email.message_from_bytes(envelope.content))
        )
        return "250 OK"


@tagged("post_install", "-at_install")
class TestDelivery(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail = cls.env.ref("account_invoice_transmit_method.mail")
        cls.post = cls.env.ref("account_invoice_transmit_method.post")
        cls.profile.transmit_method_id = cls.mail
        cls.agreement.partner_id.email = "customer@example.com"
        cls.inbox = Inbox()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        cls.server = Controller(cls.inbox, hostname="127.0.0.1", port=port)
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.env["ir.mail_server"].search([]).active = False
        cls.env["ir.mail_server"].create(
            {
                "name": "Inbox",
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
                "smtp_encryption": "none",
            }
        )

    def setUp(self):
        super().setUp()
        self.inbox.mails.clear()
        self.inbox.refused = ()

    @contextmanager
    def _jobs(self):
        """Jobs are done at the end of the block, over the network."""
        with (
            patch.object(IrMail_Server, "_disable_send", return_value=False),
            trap_jobs() as trap,
        ):
            yield trap
            trap.perform_enqueued_jobs()

    def _queue(self, agreements=None):
        moves = self._invoice(self._generate(agreements))
        moves._make_billing_documents()
        return self.env["billing.delivery"]._queue(moves)

    def test_mail_arrives_once_with_its_document(self):
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
            self.assertEqual(delivery.state, "sending")
        self.assertEqual(delivery.state, "sent", delivery.message)
        ((recipients, message),) = self.inbox.mails
        self.assertEqual(recipients, ["customer@example.com"])
        names = [part.get_filename() for part in message.walk() if part.get_filename()]
        self.assertIn(delivery.move_id._get_invoice_report_filename(), names)
        self.assertTrue(delivery.move_id.is_move_sent)
        # once more: nothing waits
        with self._jobs():
            self.assertFalse(self.env["billing.delivery"]._queue(delivery.move_id))
            self.assertFalse(delivery.action_send())
        self.assertEqual(len(self.inbox.mails), 1)

    def test_reminder_arrives_once_as_pdf(self):
        policy = self.env.ref("account_credit_control.credit_control_3_time")
        moves = self._invoice(self._generate())
        run = self.env["credit.control.run"].create(
            {
                "date": fields.Date.add(moves.invoice_date_due, days=10),
                "policy_ids": [Command.set(policy.ids)],
            }
        )
        moves.sudo().credit_policy_id = policy
        run.action_preview()
        run.action_remind()
        reminder = run.communication_ids
        delivery = reminder.delivery_ids
        with (
            patch.object(IrMail_Server, "_disable_send", return_value=False),
            trap_jobs(),
        ):
            run.action_send()
            delivery.with_context(force_report_rendering=True)._job_send()
        self.assertEqual(delivery.state, "sent", delivery.message)
        self.assertEqual(reminder.credit_control_line_ids.state, "sent")
        ((recipients, message),) = self.inbox.mails
        self.assertEqual(recipients, ["customer@example.com"])
        (letter,) = (
            part for part in message.walk() if part.get_content_type().endswith("pdf")
        )
        self.assertEqual(letter.get_payload(decode=True)[:4], b"%PDF")
        with self._jobs():
            run.action_send()
        self.assertEqual(len(self.inbox.mails), 1)

    def test_run_sends(self):
        run = self.env["billing.run"].create(
            {"period_id": self.january.id, "last_step": "send"}
        )
        with self._jobs():
            run.action_start()
        self.assertEqual(run.state, "done")
        moves = self.agreement.segment_ids.invoice_id
        deliveries = self.env["billing.delivery"].search([("move_id", "in", moves.ids)])
        self.assertEqual(deliveries.mapped("state"), ["sent"])
        self.assertEqual(len(self.inbox.mails), 1)

    def test_killed_while_sending_is_uncertain_and_not_repeated(self):
        delivery = self._queue()
        with patch.object(type(delivery), "_was_started_before", return_value=True):
            with self._jobs():
                delivery.action_send()
        self.assertEqual(delivery.state, "uncertain")
        self.assertFalse(self.inbox.mails)
        with self._jobs():
            self.assertFalse(delivery.action_send())
            again = delivery.action_send_again()
        self.assertEqual((again.number, again.state), (2, "sent"))

    def test_job_given_a_second_time_knows_it(self):
        delivery = self._queue()
        job = delivery.with_delay()._job_send()
        own = delivery.with_context(job_uuid=job.uuid)
        self.assertFalse(own._was_started_before())
        # as the job runner marks a job that it found dead
        self.env.cr.execute(
            "UPDATE queue_job SET retry = 1 WHERE uuid = %s", (job.uuid,)
        )
        self.assertTrue(own._was_started_before())

    def test_lost_job_is_found(self):
        delivery = self._queue()
        delivery.sudo().state = "sending"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE billing_delivery SET write_date = now() - interval '3 hours'"
        )
        self.env["billing.delivery"]._cron_find_lost()
        delivery.invalidate_recordset()
        self.assertEqual(delivery.state, "uncertain")

    def test_without_an_address_it_fails_and_says_so(self):
        self.agreement.partner_id.email = False
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
        self.assertEqual(delivery.state, "failed")
        self.assertIn("no e-mail address", delivery.message)

    @mute_logger("odoo.addons.base.models.ir_mail_server")
    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_refused_by_the_server(self):
        self.inbox.refused = ("customer@example.com",)
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
        self.assertEqual(delivery.state, "failed")
        self.assertFalse(self.inbox.mails)
        self.assertFalse(delivery.move_id.is_move_sent)

    def test_other_channels_wait_for_a_person(self):
        self.profile.transmit_method_id = self.post
        delivery = self._queue()
        with self._jobs():
            self.assertFalse(delivery.action_send())
        self.assertEqual(delivery.state, "waiting")
        delivery.action_mark_sent()
        self.assertEqual(delivery.state, "sent")

    def test_in_test_mode_all_mail_goes_to_one_address(self):
        self.env["ir.config_parameter"].set_param(
            "billing_base.delivery_test_address", "me@example.com"
        )
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
        ((recipients, _message),) = self.inbox.mails
        self.assertEqual(recipients, ["me@example.com"])

    def test_the_sender_is_that_of_the_company(self):
        self.company.billing_mail_sender = "Billing <billing@example.com>"
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
        ((_recipients, message),) = self.inbox.mails
        self.assertIn("billing@example.com", message["From"])

    def test_rate_limit_spreads_the_jobs(self):
        self.env["ir.config_parameter"].set_param("billing_base.mails_per_minute", "2")
        other = self._create_agreement("A-2", 1)
        third = self._create_agreement("A-3", 1)
        deliveries = self._queue(self.agreement | other | third)
        with trap_jobs() as trap:
            deliveries.action_send()
        etas = [job.eta for job in trap.enqueued_jobs]
        self.assertIsNone(etas[0])
        self.assertAlmostEqual((etas[2] - etas[1]).total_seconds(), 30, delta=2)

    @mute_logger("odoo.sql_db")
    def test_database_refuses_a_second_delivery(self):
        delivery = self._queue()
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.env["billing.delivery"].sudo().create(
                {"move_id": delivery.move_id.id, "method_id": self.mail.id}
            )

    def test_not_again_what_still_waits(self):
        with self.assertRaises(UserError):
            self._queue().action_send_again()

    def test_a_returned_mail_is_shown(self):
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
        notifications = delivery.mail_message_id.sudo().notification_ids
        notifications.notification_status = "bounce"
        self.assertTrue(delivery.is_bounced)
        found = self.env["billing.delivery"].search([("is_bounced", "=", True)])
        self.assertEqual(found, delivery)

    def _send_by_hand(self, moves):
        """:return: the delivery of each invoice, in their order"""
        self.env["account.move.send"]._generate_and_send_invoices(
            moves, sending_methods={"email"}
        )
        deliveries = self.env["billing.delivery"].search([("move_id", "in", moves.ids)])
        return deliveries.sorted(lambda delivery: moves.ids.index(delivery.move_id.id))

    def _bounce(self, message):
        """As Odoo does when the customer's server returns a mail."""
        self.env["mail.thread"]._routing_handle_bounce(
            None,
            {
                "bounced_email": "customer@example.com",
                "bounced_partner": self.agreement.partner_id,
                "bounced_message": message,
                "bounced_msg_ids": [message.message_id],
                "email_from": "mailer-daemon@example.com",
                "to": "bounce@example.com",
                "message_id": "<bounce@example.com>",
                "body": "no such mailbox",
            },
        )

    def test_a_returned_mail_sent_by_hand_is_shown(self):
        moves = self._invoice(self._generate(self.agreement))
        moves |= self._invoice(self._generate(self._create_agreement("A-2", 1)))
        # two customers who read their mail in one place
        moves.partner_id.email = "customer@example.com"
        moves._make_billing_documents()
        own, other = self._send_by_hand(moves)
        self.assertEqual(own.mail_message_id.res_id, own.move_id.id)
        self.assertFalse(own.is_bounced)
        self._bounce(own.mail_message_id)
        self.assertEqual((own.is_bounced, other.is_bounced), (True, False))
        deliveries = self.env["billing.delivery"]
        self.assertEqual(deliveries.search([("is_bounced", "=", True)]), own)

    def test_a_mail_sent_again_by_hand_takes_the_place_of_the_first(self):
        delivery = self._queue()
        with self._jobs():
            delivery.action_send()
        first = delivery.mail_message_id
        self._bounce(first)
        self.assertTrue(delivery.is_bounced)
        self.assertEqual(self._send_by_hand(delivery.move_id), delivery)
        self.assertGreater(delivery.mail_message_id.id, first.id)
        self.assertFalse(delivery.is_bounced)
        self._bounce(delivery.mail_message_id)
        self.assertTrue(delivery.is_bounced)

    def test_roles(self):
        delivery = self._queue()
        viewer, clerk = self._user("viewer"), self._user("clerk")
        for user in (viewer, clerk):
            with self.assertRaises(AccessError):
                delivery.with_user(user).write({"state": "sent"})
        with self.assertRaises(AccessError):
            delivery.with_user(viewer).action_send()
        delivery.with_user(clerk).action_mark_sent()
        self.assertEqual(delivery.state, "sent")
