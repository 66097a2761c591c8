import base64

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..sheets import ERROR, Finding, read_file, sentence, write_file

SHOWN = 500
"""More lines than anybody reads; the counts are of all of them."""


class _Undo(Exception):
    """Ends a rehearsal: what it wrote is rolled back."""


class BillingListImport(models.TransientModel):
    """A list from a workbook: what it would change is shown before it is done.

    Known codes are changed, new ones added, none is doubled; what the file does not
    name stays. With one error nothing is imported.
    """

    _name = "billing.list.import"
    _description = "Import of a List"

    list_code = fields.Selection(
        selection="_selection_list", string="List", required=True
    )
    tariff_id = fields.Many2one(
        "billing.tariff",
        help="The tariff the workbook below is made from; empty: an empty one.",
    )
    template = fields.Binary(compute="_compute_template", string="Workbook")
    template_name = fields.Char(compute="_compute_template")
    file = fields.Binary(attachment=False)
    file_name = fields.Char()
    state = fields.Selection(
        [("draft", "File"), ("preview", "Preview"), ("done", "Imported")],
        default="draft",
        required=True,
        readonly=True,
    )
    line_ids = fields.One2many("billing.list.import.line", "import_id", readonly=True)
    error_count = fields.Integer(string="Errors", readonly=True)
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    unchanged_count = fields.Integer(string="Unchanged", readonly=True)
    more_count = fields.Integer(
        string="Not Shown", readonly=True, help="Lines that are not shown here."
    )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "billing.tariff":
            values["tariff_id"] = self.env.context.get("active_id")
            values["list_code"] = "tariff"
        return values

    def _selection_list(self):
        return self.env["billing.list"]._selection_list()

    @api.depends("list_code", "tariff_id")
    @api.depends_context("lang", "company")
    def _compute_template(self):
        lists = self.env["billing.list"]._get_lists()
        for wizard in self:
            found = lists.get(wizard.list_code)
            wizard.template = wizard.template_name = False
            if not found:
                continue
            is_tariff = wizard.list_code == "tariff"
            records = wizard.tariff_id if is_tariff else None
            name = wizard.tariff_id.code if records else found.get_title(self.env)
            content = write_file(found.get_tables(self.env, records))
            wizard.template = base64.b64encode(content)
            wizard.template_name = f"{name}.xlsx".replace("/", "-")

    def _get_list(self):
        return self.env["billing.list"]._get_lists()[self.list_code]

    def action_download(self):
        """The workbook to fill in, as the browser's download."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/template"
            "?filename_field=template_name&download=true",
            "target": "download",
        }

    def action_preview(self):
        """Read the file and show what it would change; nothing is changed."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose the workbook with the list."))
        plan, findings = self._read()
        if not _errors(findings):
            findings += self._rehearse(plan)
        self._show(plan, findings)
        self.state = "preview"
        return self._reopen()

    def action_import(self):
        """Write the list, as a whole or not at all."""
        self.ensure_one()
        if self.state == "done":
            raise UserError(self.env._("The list is imported already."))
        plan, findings = self._read()
        if _errors(findings):
            self._show(plan, findings)
            return self._reopen()
        plan.apply()
        self._show(plan, findings)
        self.state = "done"
        return self._reopen()

    def action_back(self):
        """Choose another file."""
        self.line_ids.unlink()
        self.write({"state": "draft", "file": False, "file_name": False})
        return self._reopen()

    def _read(self):
        """``(plan, findings of the file and of its rows)``"""
        found = self._get_list()
        self.env[found.model].check_access("write")
        self.env[found.model].check_access("create")
        reading = read_file(
            base64.b64decode(self.file),
            self.file_name or "",
            self._get_sheets(found),
        )
        plan = found.plan(self.env, reading)
        findings = reading.findings + plan.findings
        if not findings and not any(reading.records.values()):
            text = self.env._("The file has headings but no rows.")
            findings.append(Finding("own", text=text))
        return plan, findings

    def _get_sheets(self, found):
        """The sheets of a list, with their headings in every language in use."""
        sheets = found.get_sheets(self.env)
        for code, _name in self.env["res.lang"].get_installed():
            if code != self.env.lang:
                others = found.get_sheets(self.with_context(lang=code).env)
                sheets = [
                    own.also_read(other)
                    for own, other in zip(sheets, others, strict=True)
                ]
        return sheets

    def _rehearse(self, plan):
        """Do it and undo it: what the database or a rule refuses is a finding."""
        try:
            with self.env.cr.savepoint():
                plan.apply()
                self.env.flush_all()
                raise _Undo
        except _Undo:
            found = []
        except (UserError, ValidationError) as error:
            found = [Finding("own", text=str(error))]
        except IntegrityError as error:
            model = self.env[self._get_list().model]
            found = [Finding("own", text=model._sql_error_to_message(error))]
        self.env.invalidate_all(flush=False)
        return found

    def _show(self, plan, findings):
        lines = [
            {
                "kind": finding.level,
                "place": finding.place,
                "text": finding.text or sentence(finding, self.env._),
            }
            for finding in sorted(findings, key=lambda f: f.level != ERROR)
        ]
        lines += [
            {
                "kind": "new" if change.is_new else "changed",
                "place": change.place,
                "text": change.text,
            }
            for change in plan.changes
        ]
        self.line_ids.unlink()
        self.write(
            {
                "line_ids": [Command.create(line) for line in lines[:SHOWN]],
                "error_count": len(_errors(findings)),
                "new_count": sum(change.is_new for change in plan.changes),
                "changed_count": sum(not change.is_new for change in plan.changes),
                "unchanged_count": plan.unchanged,
                "more_count": max(0, len(lines) - SHOWN),
            }
        )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import a List"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


def _errors(findings):
    return [finding for finding in findings if finding.level == ERROR]
