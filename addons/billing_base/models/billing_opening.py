import base64

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tools import SQL

from ..sheets import read_file, sentence, write_file


class BillingOpening(models.Model):
    """The balances of the system before this one, brought in once.

    A file is read into lines, looked at, and imported as a whole or not at all. What
    was imported by an earlier file is known by its key and left alone. The proof sets
    what stands in the ledger against the totals of the old one.
    """

    _name = "billing.opening"
    _description = "Go-Live Import"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("Go-live"))
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(
        string="Balances As Of",
        required=True,
        help="The opening entries have this date, usually the last day before the "
        "start.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', '=', 'general')]",
        default=lambda self: self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.env.company.id)],
            limit=1,
        ),
    )
    balance_account_id = fields.Many2one(
        "account.account",
        string="Opening Balance Account",
        check_company=True,
        help="The other side of every opening entry.",
    )
    deposit_account_id = fields.Many2one(
        "account.account",
        string="Deposits Received",
        check_company=True,
        help="The liability to give security deposits back.",
    )
    advance_account_id = fields.Many2one(
        "account.account",
        string="Advances Received",
        check_company=True,
        help="Empty: the receivable account of the customer, as an open credit.",
    )
    file = fields.Binary(attachment=True, copy=False)
    file_name = fields.Char(copy=False)
    csv_kind = fields.Selection(
        selection="_selection_kind",
        string="Text File Holds",
        default="open_item",
        help="A text file has one sheet; say which. A workbook has a sheet for each.",
    )
    is_text_file = fields.Boolean(compute="_compute_is_text_file")
    template = fields.Binary(compute="_compute_template", string="Empty Workbook")
    template_name = fields.Char(compute="_compute_template")
    line_ids = fields.One2many("billing.opening.line", "opening_id", readonly=True)
    finding_ids = fields.One2many(
        "billing.opening.finding", "opening_id", readonly=True
    )
    total_ids = fields.One2many("billing.opening.total", "opening_id")
    error_count = fields.Integer(compute="_compute_counts", string="Errors")
    new_count = fields.Integer(compute="_compute_counts", string="New")
    known_count = fields.Integer(compute="_compute_counts", string="Known Before")
    state = fields.Selection(
        [("draft", "File"), ("read", "Preview"), ("done", "Imported")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )

    def _selection_kind(self):
        return (
            self.env["billing.opening.line"]
            ._fields["kind"]
            ._description_selection(self.env)
        )

    @api.depends("file_name")
    def _compute_is_text_file(self):
        for opening in self:
            name = (opening.file_name or "").lower()
            opening.is_text_file = name.endswith((".csv", ".txt"))

    @api.depends_context("lang")
    def _compute_template(self):
        content = base64.b64encode(
            write_file((sheet, ()) for sheet in self._get_sheets())
        )
        for opening in self:
            opening.template = content
            opening.template_name = self.env._("Opening balances.xlsx")

    @api.depends("line_ids.state", "finding_ids.level")
    def _compute_counts(self):
        for opening in self:
            states = opening.line_ids.mapped("state")
            opening.new_count = states.count("new")
            opening.known_count = states.count("known")
            opening.error_count = len(
                opening.finding_ids.filtered(lambda found: found.level == "error")
            )

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if "total_ids" in fields_list:
            values["total_ids"] = [
                Command.create({"kind": kind})
                for kind, _label in self._selection_kind()
            ]
        return values

    @api.model
    def _get_sheets(self):
        """The sheets of the file, one for each kind of line that is read."""
        Line = self.env["billing.opening.line"]
        return [Line._get_sheet(kind, label) for kind, label in self._selection_kind()]

    # === Reading ===

    def action_read(self):
        """Read the file into lines and findings; nothing is imported yet."""
        self.ensure_one()
        if self.state == "done":
            raise UserError(
                self.env._("This file is imported. Make a new go-live import.")
            )
        if not self.file:
            raise UserError(self.env._("Choose the file with the opening balances."))
        self.line_ids.unlink()
        self.finding_ids.unlink()
        sheets = self._get_sheets()
        # a text file is read as the first sheet
        sheets.sort(key=lambda sheet: sheet.key != self.csv_kind)
        reading = read_file(
            base64.b64decode(self.file), self.file_name or "file", sheets
        )
        found, vals_list = list(reading.findings), []
        for kind, records in reading.records.items():
            prepared, problems = self._prepare_lines(kind, records)
            vals_list += prepared
            found += problems
        self.env["billing.opening.line"].create(vals_list)
        self.finding_ids = [
            Command.create(
                {
                    "place": finding.place,
                    "level": finding.level,
                    "message": finding.text or sentence(finding, self.env._),
                }
            )
            for finding in found
        ]
        if not vals_list and not found:
            self.finding_ids = [
                Command.create(
                    {"level": "error", "message": self.env._("The file has no rows.")}
                )
            ]
        self.state = "read"
        return True

    def _prepare_lines(self, kind, records):
        """Values of the lines of one sheet, and the findings about its rows.

        What an earlier import brought in is known by its key. A known key with
        another amount is an error: it would have to be corrected, not added.
        """
        Line = self.env["billing.opening.line"]
        vals_list, findings = [], []
        prepared = Line._prepare(self, kind, records)
        keys = [vals["content_key"] for _record, vals, _problem in prepared if vals]
        known = {
            line.content_key: line
            for line in Line.search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("kind", "=", kind),
                    ("state", "=", "imported"),
                    ("content_key", "in", keys),
                ]
            )
        }
        seen = {}
        for record, vals, problem in prepared:
            before = vals and known.get(vals["content_key"])
            if vals and vals["content_key"] in seen:
                problem = (
                    self.env._(
                        "The same is in row %(row)s.", row=seen[vals["content_key"]]
                    ),
                    "",
                )
            elif before and not before._is_same(vals):
                problem = (
                    self.env._(
                        "Already imported with another value, by %(import)s: "
                        "%(before)s. Correct that record instead.",
                        **{"import": before.opening_id.display_name},
                        before=before._describe(),
                    ),
                    "",
                )
            if problem:
                findings.append(record.finding(*problem))
                continue
            seen[vals["content_key"]] = record.row
            vals.update(
                opening_id=self.id,
                company_id=self.company_id.id,
                kind=kind,
                sheet=record.sheet,
                row=record.row,
                state="known" if before else "new",
                move_line_id=before.move_line_id.id if before else False,
            )
            vals_list.append(vals)
        return vals_list, findings

    # === Import ===

    def action_import(self):
        """Import every new line in one transaction.

        The file is read again first: what another import brought in meanwhile is
        known now, and the unique key of the lines refuses what slips through.
        """
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT id FROM billing_opening WHERE id = %s FOR UPDATE", self.id)
        )
        self.action_read()
        if self.error_count:
            raise UserError(
                self.env._(
                    "%(count)s rows have errors, nothing was imported. Correct the "
                    "file, choose it again and read it:\n%(first)s",
                    count=self.error_count,
                    first="\n".join(
                        f"{finding.place or ''} {finding.message}"
                        for finding in self.finding_ids.filtered(
                            lambda found: found.level == "error"
                        )[:10]
                    ),
                )
            )
        new = self.line_ids.filtered(lambda line: line.state == "new")
        for kind, _label in self._selection_kind():
            lines = new.filtered(lambda line, kind=kind: line.kind == kind)
            if lines:
                getattr(lines, f"_import_{kind}")()
        new.state = "imported"
        self.state = "done"
        self.message_post(
            body=self.env._(
                "%(new)s rows imported, %(known)s were known before.",
                new=len(new),
                known=self.known_count,
            )
        )
        return True

    def action_draft(self):
        """Back to the file, to choose a corrected one."""
        self.ensure_one()
        if self.state == "read":
            self.line_ids.unlink()
            self.finding_ids.unlink()
            self.state = "draft"

    @api.constrains("balance_account_id", "deposit_account_id", "advance_account_id")
    def _check_accounts(self):
        for opening in self:
            others = opening.deposit_account_id | opening.advance_account_id
            if opening.balance_account_id in others:
                raise ValidationError(
                    self.env._(
                        "The opening balance account is the other side of deposits "
                        "and advances and must be another account."
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_imported(self):
        if any(opening.state == "done" for opening in self):
            raise UserError(
                self.env._(
                    "An import that was made stays: it is the proof of the opening "
                    "balances."
                )
            )

    def action_view_entries(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Opening Entries"),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [("move_id", "in", self.line_ids.move_line_id.move_id.ids)],
            "context": {"create": False},
        }

    def action_view_lines(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_opening_line_action"
        )
        action["domain"] = [("opening_id", "=", self.id)]
        action["context"] = {"search_default_group_kind": 1}
        return action
