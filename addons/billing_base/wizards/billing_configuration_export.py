import base64

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..settings_file import dump


class BillingConfigurationExport(models.TransientModel):
    """Settings of the company as one file."""

    _name = "billing.configuration.export"
    _description = "Export of Settings"

    line_ids = fields.One2many(
        "billing.configuration.export.line", "export_id", string="Settings"
    )
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "line_ids" in fields_list:
            values["line_ids"] = [
                Command.create(line) for line in self._prepare_lines()
            ]
        return values

    def _prepare_lines(self):
        configuration = self.env["billing.configuration"]
        configuration._check_may_travel()
        return [
            {"kind": kind, "name": record.display_name, "record_number": record.id}
            for kind, travelling in configuration._get_travelling().items()
            for record in configuration._search_records(travelling)
        ]

    def action_take_all(self):
        self.line_ids.is_taken = True
        return self._reopen()

    def action_take_none(self):
        self.line_ids.is_taken = False
        return self._reopen()

    def action_export(self):
        """Make the file and hand it to the browser."""
        self.ensure_one()
        content = self._make_file()
        self.write(
            {
                "file": base64.b64encode(content),
                "file_name": f"{self.env.company.name}.json".replace("/", "-"),
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/file"
            "?filename_field=file_name&download=true",
            "target": "download",
        }

    def _make_file(self):
        """:raises UserError: when nothing was chosen"""
        configuration = self.env["billing.configuration"]
        configuration._check_may_travel()
        taken = self.line_ids.filtered("is_taken")
        if not taken:
            raise UserError(self.env._("Choose at least one setting."))
        kinds = configuration._get_travelling()
        entries = []
        for kind, lines in taken.grouped("kind").items():
            wanted = set(lines.mapped("record_number"))
            records = configuration._search_records(kinds[kind])
            entries += configuration._make_entries(
                kind, records.filtered(lambda record, ids=wanted: record.id in ids)
            )
        return dump(entries)

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Export Settings"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


class BillingConfigurationExportLine(models.TransientModel):
    _name = "billing.configuration.export.line"
    _description = "Setting to Export"
    _order = "id"

    export_id = fields.Many2one(
        "billing.configuration.export", required=True, ondelete="cascade"
    )
    kind = fields.Selection("_selection_kind", required=True)
    name = fields.Char(string="Setting")
    record_number = fields.Integer()
    is_taken = fields.Boolean(string="Take", default=True)

    def _selection_kind(self):
        return self.env["billing.configuration"]._selection_kind()
