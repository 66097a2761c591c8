import base64

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.billing_configuration_plan import CHANGED, NEW, REFUSED, SAME
from ..settings_file import FileError, load


class BillingConfigurationImport(models.TransientModel):
    """Settings from a file: what it would change is shown before it is done."""

    _name = "billing.configuration.import"
    _description = "Import of Settings"

    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("draft", "File"), ("preview", "Preview"), ("done", "Imported")],
        default="draft",
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many(
        "billing.configuration.import.line", "import_id", readonly=True
    )
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    same_count = fields.Integer(string="Unchanged", readonly=True)
    refused_count = fields.Integer(string="Refused", readonly=True)

    def action_preview(self):
        """Show what the file would change; nothing is changed."""
        self.ensure_one()
        steps = self._read()
        self.env["billing.configuration"]._try(steps)
        self._show(steps)
        self.state = "preview"
        return self._reopen()

    def action_import(self):
        """Do it as a whole or not at all."""
        self.ensure_one()
        if self.state == "done":
            raise UserError(self.env._("The settings are imported already."))
        steps = self._read()
        self.env["billing.configuration"]._apply(steps)
        self._show(steps)
        self.state = "done"
        return self._reopen()

    def action_back(self):
        """Choose another file."""
        self.line_ids.unlink()
        self.write({"state": "draft", "file": False, "file_name": False})
        return self._reopen()

    def _read(self):
        configuration = self.env["billing.configuration"]
        configuration._check_may_travel()
        if not self.file:
            raise UserError(self.env._("Choose the file with the settings."))
        try:
            entries = load(base64.b64decode(self.file))
        except FileError as error:
            # pylint: disable=translation-not-lazy
            raise UserError(self.env._(error.template, **error.params)) from error
        return configuration._plan(entries)

    def _show(self, steps):
        titles = dict(self.env["billing.configuration"]._selection_kind())
        first = [REFUSED, NEW, CHANGED, SAME]
        self.line_ids.unlink()
        self.write(
            {
                "line_ids": [
                    Command.create(
                        {
                            "state": step.state,
                            "number": step.entry.number,
                            "kind": titles.get(step.entry.kind, step.entry.kind),
                            "name": step.name,
                            "text": "\n".join(step.texts),
                        }
                    )
                    for step in sorted(steps, key=lambda s: first.index(s.state))
                ],
                **{
                    f"{state}_count": sum(step.state == state for step in steps)
                    for state in first
                },
            }
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import Settings"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


class BillingConfigurationImportLine(models.TransientModel):
    _name = "billing.configuration.import.line"
    _description = "Setting to Import"
    _order = "id"

    import_id = fields.Many2one(
        "billing.configuration.import", required=True, ondelete="cascade"
    )
    state = fields.Selection(
        [
            (REFUSED, "Refused"),
            (NEW, "New"),
            (CHANGED, "Changed"),
            (SAME, "Unchanged"),
        ],
        required=True,
    )
    number = fields.Integer(string="Record", help="Its place in the file.")
    kind = fields.Char()
    name = fields.Char(string="Setting")
    text = fields.Text(string="What")
