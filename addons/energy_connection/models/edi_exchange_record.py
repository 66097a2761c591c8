import json

from odoo import fields, models
from odoo.exceptions import UserError

STATUSES = [
    ("rejected", "Rejected"),
    ("received", "Received"),
    ("invoiced", "Invoiced"),
    ("paid", "Paid"),
]
RANK = {status: place for place, (status, _label) in enumerate(STATUSES)}
STATES = {"rejected": "output_sent_and_error"}


class EdiExchangeRecord(models.Model):
    _inherit = "edi.exchange.record"

    connection_case_id = fields.Many2one(
        "connection.case", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    connection_key = fields.Char(
        readonly=True, copy=False, help="Hash of the basis and the form of the file."
    )
    connection_reference = fields.Char(
        string="Reference of the Basis",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="By which the external billing answers.",
    )
    connection_mail_id = fields.Many2one(
        "mail.mail", readonly=True, copy=False, index="btree_not_null"
    )
    connection_status = fields.Selection(
        STATUSES, string="External Billing", readonly=True, copy=False
    )
    connection_status_text = fields.Char(
        string="Answer", readonly=True, copy=False, help="Of the external billing."
    )

    # the same basis never leaves twice
    _connection_once = models.UniqueIndex(
        "(connection_case_id, connection_key) WHERE connection_case_id IS NOT NULL",
        "This basis was handed over already.",
    )

    def _is_mail_failed(self):
        # clerks have no rights on mails
        return self.connection_mail_id.sudo().state == "exception"

    def _receive_status(self, status, text=""):
        """Keep what the external billing says of a basis, and what follows from it.

        :param self: the files of one basis
        :param str status: of STATUSES
        """
        mailed = self.filtered(lambda record: record.edi_exchange_state != "new")
        (mailed or self)._keep_acknowledgement(status, text)
        self._apply_status(status, text)

    def _apply_status(self, status, text):
        """A status never goes back: what was invoiced stays so, whatever comes late."""
        known = [RANK[r.connection_status] for r in self if r.connection_status]
        last = max(known, default=-1)
        if RANK[status] < last and (status, last) != ("rejected", RANK["received"]):
            return
        self.write(
            {
                "connection_status": status,
                "connection_status_text": text,
                "edi_exchange_state": STATES.get(status, "output_sent_and_processed"),
                "exchange_error": text if status == "rejected" else False,
            }
        )
        if status == "rejected":
            self._tell_rejection(text)
        elif status == "paid":
            self.connection_case_id._release_orders()

    def _keep_acknowledgement(self, status, text):
        """The answer as an exchange record of its own, below what it answers."""
        content = json.dumps({"status": status, "text": text}, ensure_ascii=False)
        for record in self:
            record.exchange_create_ack_record(
                edi_exchange_state="input_processed",
                exchanged_on=fields.Datetime.now(),
                connection_reference=record.connection_reference,
                company_id=record.company_id.id,
            )._set_file_content(content)
            record._notify_ack_received()

    def _tell_rejection(self, text):
        case = self.connection_case_id
        case.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("External billing rejected the invoice basis"),
            note=text,
            user_id=case.user_id.id or self.env.uid,
        )

    def _retry_exchange_action(self):
        for record in self:
            if record.connection_status in ("received", "invoiced", "paid"):
                raise UserError(
                    self.env._(
                        "%(file)s was taken by the external billing; it is not sent "
                        "again.",
                        file=record.exchange_filename,
                    )
                )
        return super()._retry_exchange_action()
