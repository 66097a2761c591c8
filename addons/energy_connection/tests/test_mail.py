"""Who is told what by mail, once."""

from odoo.fields import Command
from odoo.tools import mute_logger

from .common import ConnectionCase


class TestMail(ConnectionCase):
    def _get_mails(self, subject):
        """Names of those who got mails of this subject, one entry for each mail."""
        mails = self.env["mail.mail"].search([("subject", "like", subject)], order="id")
        return [sorted(mail.recipient_ids.mapped("name")) for mail in mails]

    def test_of_a_notification(self):
        notifications = self.env["connection.notification"].create(
            [
                {
                    "installer_id": self.installer.id,
                    "customer_name": "Ola Hansen",
                    "customer_email": "ola@example.com",
                    "street": "Storgata 1",
                    "zip": "0155",
                    "city": "Oslo",
                    "type_id": self.kind.id,
                }
            ]
            * 2
        )
        self.assertEqual(
            self._get_mails("We have your notification"),
            [["Fjord Installation"], ["Fjord Installation"]],
        )
        notifications[0].action_open_case()
        self.assertEqual(
            self._get_mails(f"Case {notifications[0].case_id.name} is open"),
            [["Fjord Installation", "Ola Hansen"]],
        )
        notifications[1].action_reject()
        notifications[1].action_reject()
        self.assertEqual(self._get_mails("was rejected"), [["Fjord Installation"]])

    def test_from_the_offer_to_the_settlement(self):
        both = [["Fjord Installation", "Kari Nordmann"]]
        self._create_order()
        offer = self._offer(sent=False)
        offer.action_connection_send()
        self.assertEqual(self._get_mails("offer was sent"), [["Fjord Installation"]])
        self._sign(offer)
        self.assertEqual(self._get_mails("offer was accepted"), both)
        self.assertEqual(self._get_mails("work can begin"), both)
        order = self.case.order_ids
        self.assertEqual(self._get_mails(f"{order.name} is released"), [["Digger Ltd"]])
        self._create_order()
        self.assertEqual(self._get_mails("work can begin"), both, "once for a case")
        self.case.order_ids.action_done()
        self.case.action_complete()
        self.case.action_complete()
        self.assertEqual(self._get_mails("completion was notified"), both)
        self.case.action_invoice()
        self._pay(self.case.invoice_ids)
        self.assertEqual(self._get_mails("payment has arrived"), [["Kari Nordmann"]])
        self.case.invoice_ids._invoice_paid_hook()
        self.assertEqual(len(self._get_mails("payment has arrived")), 1)
        self.case.action_settle()
        self.case.settlement_ids.action_done()
        self.assertEqual(self._get_mails("is settled"), both)
        # a change that is accepted later is told again
        self._add_cost(self.case, "Second crossing", 7000)
        self._accept()
        self.assertEqual(self._get_mails("offer was accepted"), both * 2)

    def test_of_declining_and_withdrawing(self):
        both = [["Fjord Installation", "Kari Nordmann"]]
        order = self._create_order()
        offer = self._offer()
        offer._action_cancel()
        offer._mark_declined("Too expensive")
        self.assertEqual(self._get_mails("was declined"), [["Fjord Installation"]])
        self._accept()
        self.case._withdraw("moves away")
        self.assertEqual(self._get_mails("was withdrawn"), both)
        self.assertEqual(self._get_mails(f"{order.name} is stopped"), [["Digger Ltd"]])

    def test_mails_to_others_name_no_price(self):
        self._create_order()
        offer = self._offer(sent=False)
        offer.action_connection_send()
        self._sign(offer)
        mails = self.env["mail.mail"].search(
            [("recipient_ids", "in", (self.installer | self.contractor).ids)]
        )
        self.assertTrue(mails)
        for mail in mails:
            self.assertFalse(mail.attachment_ids)
            for amount in ("35,000", "34,000", "30,000"):
                self.assertNotIn(amount, mail.body_html)

    def test_nobody_without_an_address_gets_in_the_way(self):
        (self.customer | self.installer).email = False
        self._accept()
        self.assertFalse(self._get_mails("offer was accepted"))
        self.assertEqual(self.case.event_ids.mapped("code"), ["accepted"])

    def test_the_basis_goes_to_the_external_billing_by_mail(self):
        """With its file, and to nobody else."""
        self.case.message_subscribe((self.customer | self.contractor).ids)
        billing = self.env["res.partner"].create(
            {"name": "Billing", "email": "billing@example.com"}
        )
        self.kind.write({"billing_partner_id": billing.id, "billing_form": "xml"})
        self._accept()
        self.case.action_hand_over()
        backend = self.env.ref("energy_connection.edi_backend_connection")
        before = self.env["mail.mail"].search([])
        backend._check_output_exchange_sync()
        backend._check_output_exchange_sync()
        mail = self.env["mail.mail"].search([]) - before
        self.assertEqual(len(mail), 1)
        told = mail.mail_message_id.notified_partner_ids | mail.recipient_ids
        self.assertEqual(told, billing)
        self.assertEqual(mail.attachment_ids.mapped("name"), [f"{self.case.name}.xml"])
        self.assertIn(b"35000.00", mail.attachment_ids.raw)

    def test_a_basis_without_an_address_waits_and_is_sent_when_there_is_one(self):
        billing = self.env["res.partner"].create(
            {"name": "Billing", "email": "billing@example.com"}
        )
        self.kind.billing_partner_id = billing
        self._accept()
        self.case.action_hand_over()
        billing.email = False
        backend = self.env.ref("energy_connection.edi_backend_connection")
        with mute_logger("odoo.addons.edi_core_oca.models.edi_backend"):
            backend._check_output_exchange_sync()
        record = self.case.edi_record_ids.filtered("exchange_error")
        self.assertEqual(record.edi_exchange_state, "output_error_on_send")
        self.assertIn("e-mail address", record.exchange_error)
        billing.email = "billing@example.com"
        backend._check_output_exchange_sync()
        self.assertEqual(record.edi_exchange_state, "output_sent")
        self.assertFalse(record.exchange_error)
        self._test_failed_mail(backend, record.connection_mail_id)

    def _test_failed_mail(self, backend, mail):
        """The mail server refuses it: the same mail is tried again, and only that."""
        count = self.env["mail.mail"].search_count([])
        self.assertIn(b"35000.00", mail.attachment_ids.raw)
        backend._check_output_exchange_sync()
        self.assertEqual(mail.state, "outgoing", "not failed, nothing to do")
        mail.write({"state": "exception", "failure_reason": "no such mailbox"})
        backend._check_output_exchange_sync()
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(self.env["mail.mail"].search_count([]), count)

    def test_offers_of_many_cases_in_the_background(self):
        cases = self.case | self._create_case() | self._create_case(costs=False)
        cases.action_send_offers()
        jobs = self.env["queue.job"].sudo().search([("channel", "=", "root.mail")])
        self.assertTrue(jobs.filtered(lambda job: job.name == "Offers of 3 cases"))
        offers = cases._job_send_offers()
        self.assertEqual(offers.connection_case_id, cases[:2])
        self.assertEqual(set(offers.mapped("state")), {"sent"})
        self.assertEqual(len(self._get_mails("offer S")), 2)
        self.assertIn("could not", cases[2].activity_ids.summary.lower())
        cases[:2]._job_send_offers()
        self.assertEqual(len(cases.offer_ids), 2, "done again, nothing is made twice")

    def test_a_released_order_is_told_once_in_a_batch(self):
        self.kind.release_on = "payment"
        self._create_order(
            line_ids=[
                Command.create({"name": "x", "charge_type_id": self.regulated.id})
            ]
        )
        self._create_order()
        offer = self._offer()
        self._sign(offer)
        offer.action_confirm()
        self.case._release_by_hand("guarantee letter")
        self.assertEqual(len(self._get_mails("is released")), 2)
