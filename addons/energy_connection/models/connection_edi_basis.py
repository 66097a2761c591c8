import base64

from odoo import models
from odoo.exceptions import UserError

from odoo.addons.edi_core_oca.utils import EDIExchangeActionResult


class ConnectionEdiBasis(models.AbstractModel):
    """Sends the invoice basis by e-mail to who bills it in another system."""

    _name = "connection.edi.basis"
    _inherit = "edi.oca.handler.send"
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
        case.message_post(
            subject=name,
            body=self.env._("Invoice basis of case %(case)s", case=case.name),
            partner_ids=partner.ids,
            attachments=[(name, base64.b64decode(exchange_record.exchange_file))],
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        text = self.env._("Sent to %(email)s.", email=partner.email)
        return EDIExchangeActionResult(output=text, message=text)
