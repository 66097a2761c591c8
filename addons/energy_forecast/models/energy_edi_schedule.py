from odoo import models
from odoo.exceptions import UserError
from odoo.tools import email_split

from odoo.addons.edi_core_oca.utils import EDIExchangeActionResult


class EnergyEdiSchedule(models.AbstractModel):
    """Sends schedules by e-mail to the operator, with copies."""

    _name = "energy.edi.schedule"
    _inherit = "edi.oca.handler.send"
    _description = "Sending of Schedules"

    def send(self, exchange_record):
        schedule = self.env["energy.schedule"].browse(exchange_record.res_id)
        area = schedule.area_id
        if not area.operator_id.email:
            raise UserError(
                self.env._(
                    "The operator of %(area)s has no e-mail address. Enter the "
                    "operator and the address, or download the file and hand it in.",
                    area=area.name,
                )
            )
        attachment = self.env["ir.attachment"].create(
            {
                "name": exchange_record.exchange_filename,
                "raw": schedule._get_content(),
                "res_model": schedule._name,
                "res_id": schedule.id,
            }
        )
        mail = self.env["mail.mail"].create(
            {
                "subject": schedule.display_name,
                "body_html": self.env._(
                    "Schedule %(name)s of %(day)s",
                    name=schedule.display_name,
                    day=schedule.day,
                ),
                "email_from": schedule.company_id.email_formatted
                or self.env.user.email_formatted,
                "email_to": area.operator_id.email_formatted,
                "email_cc": ", ".join(email_split(area.copy_email or "")),
                "attachment_ids": [(4, attachment.id)],
                "model": schedule._name,
                "res_id": schedule.id,
            }
        )
        mail.send()
        schedule.sudo().state = "sent"
        text = self.env._("Sent to %(email)s.", email=area.operator_id.email)
        return EDIExchangeActionResult(output=text, message=text)
