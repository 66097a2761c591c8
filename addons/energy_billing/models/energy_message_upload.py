from odoo import models
from odoo.exceptions import UserError


class EnergyMessage(models.Model):
    """Files dropped onto the list, with the uploader of account."""

    _inherit = "energy.message"

    def create_document_from_attachment(self, attachment_ids):
        """Import uploaded files; the name is the uploader's.

        :param list attachment_ids: of attachments that the user uploaded a moment ago
        :return: action that shows what became of them
        """
        self.check_access("create")
        attachments = (
            self.env["ir.attachment"]
            .browse(attachment_ids)
            .filtered(lambda a: not a.res_model and a.create_uid == self.env.user)
        )
        if not attachments:
            raise UserError(self.env._("Choose the files to import."))
        wizard = self.env["energy.import.wizard"].create(
            {"attachment_ids": attachments.ids}
        )
        wizard.action_import()
        messages = wizard.line_ids.message_id
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_message_action"
        )
        action["domain"] = [("id", "in", messages.ids)]
        action["context"] = {
            "notifications": {line.name: line.text for line in wizard.line_ids}
        }
        if len(messages) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = messages.id
        return action
