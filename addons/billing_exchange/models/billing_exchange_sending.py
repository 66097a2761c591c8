from contextlib import contextmanager

from odoo import fields, models

from odoo.addons.billing_base.streams import get_attachment, open_attachment


class BillingExchangeSending(models.AbstractModel):
    """A batch that leaves for a folder, by one edi.exchange.record.

    The file leaves in a job of its own, after the batch is stored for good. A job that
    was killed is not repeated blindly: a file that is there with the same content
    counts as sent, else a person decides.
    """

    _name = "billing.exchange.sending"
    _description = "Sending of a Batch"

    exchange_record_id = fields.Many2one(
        "edi.exchange.record",
        string="Exchange",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    exchange_state = fields.Selection(
        related="exchange_record_id.edi_exchange_state", string="Delivery"
    )
    exchange_error = fields.Text(
        related="exchange_record_id.exchange_error", string="What Happened"
    )
    is_uncertain = fields.Boolean(
        readonly=True,
        copy=False,
        help="Whether the file arrived is not known; it is not sent again by itself.",
    )
    exchanged_on = fields.Datetime(
        related="exchange_record_id.exchanged_on", string="Delivered On"
    )

    def _hand_over(self):
        """Queue the file for the folder of its profile, once."""
        for batch in self:
            if not batch.profile_id.storage_id or batch.exchange_record_id:
                continue
            # clerks export but don't administer exchanges
            record = (
                self.env["edi.exchange.record"]
                .sudo()
                .with_context(edi__skip_quick_exec=True)
                .create(
                    {
                        "type_id": self.env.ref("billing_exchange.edi_type_batch").id,
                        "backend_id": self.env.ref(
                            "billing_exchange.edi_backend_billing"
                        ).id,
                        "company_id": batch.company_id.id,
                        "model": batch._name,
                        "res_id": batch.id,
                        "exchange_filename": batch.filename,
                        # the file itself stays with the batch
                        "exchange_file": b"LQ==",
                        "edi_exchange_state": "output_pending",
                    }
                )
            )
            batch.exchange_record_id = record
            batch._delay_sending()

    def _delay_sending(self):
        for batch in self:
            batch.with_delay(
                max_retries=1,
                identity_key=f"{batch._name}:{batch.id}",
                description=self.env._("File %(name)s", name=batch.filename),
            )._job_send_file()

    def _job_send_file(self):
        """Put the file into its folder; a second start means the first was killed."""
        self.ensure_one()
        again = self.env["billing.delivery"]._was_started_before()
        self._send_file(is_uncertain=again)

    def _send_file(self, is_uncertain=False):
        record = self.exchange_record_id.sudo()
        record.lock_for_update()
        if record.edi_exchange_state not in ("output_pending", "output_error_on_send"):
            return
        record = record.with_context(billing_exchange_uncertain=is_uncertain)
        record.backend_id.exchange_send(record)
        failed = record.edi_exchange_state == "output_error_on_send"
        self.sudo().is_uncertain = is_uncertain and failed

    def _may_retry(self):
        return self.state == "done" and not self.is_uncertain

    def _on_sent(self):
        """The file is where it belongs."""

    def _on_acknowledged(self, is_accepted, text):
        """The receiver answered."""

    def action_send_again(self):
        """A person sends what failed."""
        self.env["res.users"]._check_may("send")
        for batch in self:
            batch._send_file()

    def action_check_answers(self):
        self._check_answers()

    def _check_answers(self):
        """Look for the receivers' answers."""
        for batch in self:
            record = batch.exchange_record_id.sudo()
            if record.edi_exchange_state in ("output_sent", "output_sent_and_error"):
                record.backend_id._exchange_output_check_state(record)

    @contextmanager
    def _open_file(self):
        """The batch's file, opened for reading."""
        self.ensure_one()
        attachment = get_attachment(self, "file")
        with open_attachment(attachment) as fileobj:
            yield fileobj

    @contextmanager
    def _open_files(self):
        """What goes into the folder: iterator of ``(name, binary file object)``."""
        self.ensure_one()
        with self._open_file() as fileobj:
            yield iter([(self.filename, fileobj)])
