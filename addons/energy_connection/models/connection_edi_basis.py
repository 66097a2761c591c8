import base64
import json

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.edi_core_oca.utils import EDIExchangeActionResult

from .edi_exchange_record import RANK


class ConnectionEdiBasis(models.AbstractModel):
    """Sends the invoice basis by e-mail to who bills it in another system.

    The scheduled action checks what did not leave and tries it again; what was
    rejected waits for a person.
    """

    _name = "connection.edi.basis"
    _inherit = ["edi.oca.handler.send", "edi.oca.handler.check"]
    _description = "Sending of Invoice Bases"

    def send(self, exchange_record):
        case = exchange_record.connection_case_id
        partner = case.type_id.billing_partner_id
        if not partner.email:
            raise UserError(
                self.env._(
                    "%(kind)s: enter who bills it externally, with an e-mail address, "
                    "then send the basis again.",
                    kind=case.type_id.name,
                )
            )
        name = exchange_record.exchange_filename
        # the followers of a case get no figures
        message = case.message_notify(
            subject=name,
            body=self.env._("Invoice basis of case %(case)s", case=case.name),
            partner_ids=partner.ids,
            attachments=[(name, base64.b64decode(exchange_record.exchange_file))],
        )
        # who sends follows the mail but has no rights on mails
        exchange_record.connection_mail_id = (
            self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        )
        text = self.env._("Sent to %(email)s.", email=partner.email)
        return EDIExchangeActionResult(output=text, message=text)

    def check(self, exchange_record):
        state = exchange_record.edi_exchange_state
        if state == "output_error_on_send":
            exchange_record.action_exchange_send()
        elif state == "output_sent" and exchange_record._is_mail_failed():
            # the same mail again: the reader knows the basis by its reference
            exchange_record.connection_mail_id.sudo().mark_outgoing()
        return EDIExchangeActionResult()


class ConnectionEdiAnswer(models.AbstractModel):
    """Takes an answer that came as a file, below the exchange record it answers."""

    _name = "connection.edi.answer"
    _inherit = "edi.oca.handler.process"
    _description = "Answers to Invoice Bases"

    def process(self, exchange_record):
        try:
            answer = json.loads(exchange_record._get_file_content())
            status, text = answer["status"], str(answer.get("text") or "")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                self.env._(
                    "%(file)s is no JSON object with “status” and “text”.",
                    file=exchange_record.exchange_filename,
                )
            ) from error
        if status not in RANK:
            raise UserError(
                self.env._(
                    "%(file)s: “status” must be one of %(known)s.",
                    file=exchange_record.exchange_filename,
                    known=", ".join(RANK),
                )
            )
        exchange_record.parent_id._apply_status(status, text)
        return EDIExchangeActionResult(output=status, message=status)
