from odoo import models
from odoo.exceptions import UserError

from odoo.addons.edi_core_oca.utils import EDIExchangeActionResult


class EnergyEdiAnswer(models.AbstractModel):
    """Sends answers to market messages by e-mail to the distributor."""

    _name = "energy.edi.answer"
    _inherit = "edi.oca.handler.send"
    _description = "Sending of Answers to Market Messages"

    def send(self, exchange_record):
        message = exchange_record.energy_message_id
        partner = message.network_id.partner_id
        if not partner.email:
            raise UserError(
                self.env._(
                    "Distributor %(name)s has no e-mail address. Enter it, then send "
                    "the answer again.",
                    name=partner.display_name or message.display_name,
                )
            )
        with exchange_record._open_energy_file() as fileobj:
            content = fileobj.read()
        message.message_post(
            subject=exchange_record.exchange_filename,
            body=self.env._("Answer to %(message)s", message=message.name),
            partner_ids=partner.ids,
            attachments=[(exchange_record.exchange_filename, content)],
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        text = self.env._("Sent to %(email)s.", email=partner.email)
        return EDIExchangeActionResult(output=text, message=text)
