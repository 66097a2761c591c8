"""Mails of invoices by the queue, to an SMTP server on the loopback address.

``--size`` is the number of invoices mailed (1,000 by default). Their PDFs are stored
before, as a run does; what is measured is one job a mail: the mail with its document,
the way to the server, and the commit after which it is never sent again. Jobs are done
one after another in this process, as one worker of the job runner does them.
"""

import logging
import socket

import fixtures

SIZE = 1000
SMALL = 3
DATABASE = True


def run(bench, size):
    from aiosmtpd.controller import Controller

    # a line for each command that arrives
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with bench.environment() as env:
            deliveries = prepare(env, size, port)
            jobs = queue(deliveries)
            with bench.measure() as sent:
                perform(jobs)
            deliveries.invalidate_recordset()
            states = set(deliveries.mapped("state"))
            if states != {"sent"} or len(inbox.recipients) != size:
                raise AssertionError(f"{states}, {len(inbox.recipients)} of {size}")
            again = deliveries.action_send()
            if again or len(set(inbox.recipients)) != size:
                raise AssertionError("an invoice was sent twice")
    finally:
        server.stop()
    bench.record(
        "send: one mail with its PDF",
        "ms",
        1000 * sent.seconds / size,
        peak_mib=sent.peak_mib,
    )
    bench.record("send: the same, CPU", "ms", 1000 * sent.all_cpu_seconds / size)


class Inbox:
    """Counts what arrives; the mails themselves are dropped."""

    def __init__(self):
        self.recipients = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        return "250 OK"


def prepare(env, size, port):
    """Posted invoices with their PDFs and deliveries; :return: billing.delivery"""
    fixture = fixtures.make(env, size, code="S")
    env = fixture.env
    env["ir.mail_server"].sudo().search([]).active = False
    env["ir.mail_server"].sudo().create(
        {
            "name": "Inbox",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_encryption": "none",
        }
    )
    env.user.email = "billing@example.com"
    mail = env.ref("account_invoice_transmit_method.mail")
    fixture.profile.with_env(env).transmit_method_id = mail
    env.cr.execute(
        "UPDATE res_partner SET email = 'c' || id || '@example.com'"
        " WHERE id IN (SELECT partner_id FROM billing_agreement WHERE id = ANY(%s))",
        [list(fixture.agreements)],
    )
    env.invalidate_all()
    made = env["account.move"]
    agreements = env["billing.agreement"].browse(fixture.agreements)
    for first in range(0, size, 200):
        piece = agreements[first : first + 200]
        segments = env["billing.generator"]._generate(piece, fixture.period)
        moves = env["billing.invoicer"]._create_invoices(segments)
        env["billing.invoicer"]._post(moves)
        moves._make_billing_documents()
        made += moves
        env.cr.commit()
    deliveries = env["billing.delivery"]._queue(made)
    env.cr.commit()
    return deliveries


def queue(deliveries):
    """Give each mail its job; :return: queue.job"""
    env = deliveries.env
    deliveries.action_send()
    env.cr.commit()
    jobs = env["queue.job"].sudo()
    return jobs.search([("channel", "=", "root.mail"), ("state", "=", "pending")])


def perform(jobs):
    """Do the jobs as the runner does: each in a transaction of its own."""
    from odoo.addons.queue_job.job import Job

    for record in jobs:
        job = Job.load(jobs.env, record.uuid)
        job.set_started()
        job.store()
        jobs.env.cr.commit()
        job.perform()
        job.set_done()
        job.store()
        jobs.env.cr.commit()
        jobs.env.invalidate_all()
