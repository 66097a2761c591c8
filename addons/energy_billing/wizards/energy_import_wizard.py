from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class EnergyImportWizard(models.TransientModel):
    """Upload of one or many files."""

    _name = "energy.import.wizard"
    _description = "Import Files"

    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    profile_id = fields.Many2one(
        "energy.table.profile",
        domain="[('company_id', 'in', allowed_company_ids)]",
        help="Empty: found for each file by its name or its first rows.",
    )
    line_ids = fields.One2many(
        "energy.import.wizard.line", "wizard_id", string="Results", readonly=True
    )
    is_done = fields.Boolean(compute="_compute_is_done")

    @api.depends("line_ids")
    def _compute_is_done(self):
        for wizard in self:
            wizard.is_done = bool(wizard.line_ids)

    def action_import(self):
        """Import the files one after the other and show what became of each."""
        self.ensure_one()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose the files to import."))
        self.line_ids = [
            Command.clear(),
            *(
                Command.create(self._import_attachment(attachment))
                for attachment in self.attachment_ids
            ),
        ]
        # the file is kept with its delivery
        self.attachment_ids.unlink()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Files"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _import_attachment(self, attachment):
        """Values of the result line of one file."""
        with attachment._open_energy_stream() as fileobj:
            profile = self.profile_id or self.env["energy.table.profile"]._guess(
                self.env.company, attachment.name, fileobj
            )
            fileobj.seek(0)
            delivery = self.env["energy.message"]._deliver(
                profile, attachment.name, fileobj
            )
        message = delivery.energy_message_id
        return {
            "name": attachment.name,
            "message_id": message.id,
            "is_repeated": delivery.is_energy_repeated,
            "text": self.env._(
                "Already imported as %(message)s, nothing changed.",
                message=message.display_name,
            )
            if delivery.is_energy_repeated
            else message._get_summary(),
        }

    def action_view_messages(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_message_action"
        )
        action["domain"] = [("id", "in", self.line_ids.message_id.ids)]
        action["context"] = {}
        return action


class EnergyImportWizardLine(models.TransientModel):
    """What became of one file."""

    _name = "energy.import.wizard.line"
    _description = "Result of an Import"

    wizard_id = fields.Many2one(
        "energy.import.wizard", required=True, ondelete="cascade"
    )
    name = fields.Char(string="File")
    message_id = fields.Many2one("energy.message")
    state = fields.Selection(related="message_id.state")
    is_repeated = fields.Boolean()
    text = fields.Text(string="Result")

    def action_open_message(self):
        self.ensure_one()
        return self.message_id.get_formview_action()
