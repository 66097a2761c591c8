import base64
import hashlib
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from odoo.addons.billing_base.sheets import (
    DATE,
    DECIMAL,
    INTEGER,
    Column,
    Sheet,
    read_file,
    sentence,
    write_file,
)

from ..models.billing_agreement_type import KINDS
from .postal_import_jobs import JobResolver, job_sheet, prepare_jobs
from .postal_import_rows import EntryResolver


class PostalImport(models.Model):
    """Entries from a workbook, a text file or pasted cells; a content once."""

    _name = "postal.import"
    _description = "Import of Specifications"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    kind = fields.Selection(KINDS, required=True, default="on_account")
    content = fields.Selection(
        [
            ("entries", "Entries: services and quantities"),
            ("jobs", "Production file: mailing jobs"),
        ],
        required=True,
        default="entries",
        help="A production file of hybrid mail has a row for each job or batch; what "
        "is billed follows from its pieces, pages and inserts.",
    )
    period_id = fields.Many2one(
        "billing.period",
        required=True,
        check_company=True,
        default=lambda self: self.env["postal.specification"]._default_period_id(),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    cost_centre_id = fields.Many2one(
        "account.analytic.account",
        check_company=True,
        domain="[('is_cost_centre', '=', True)]",
        default=lambda self: self.env["postal.specification"]._default_cost_centre_id(),
        help="Of rows that name none.",
    )
    file = fields.Binary(attachment=True)
    file_name = fields.Char()
    pasted = fields.Text(
        string="Paste Here", help="Cells copied from a spreadsheet, with the headings."
    )
    template = fields.Binary(compute="_compute_template", string="Empty Workbook")
    template_name = fields.Char(compute="_compute_template")
    content_hash = fields.Char(readonly=True, copy=False)
    findings = fields.Text(readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Imported")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    specification_ids = fields.Many2many(
        "postal.specification", readonly=True, copy=False
    )

    _content_once = models.UniqueIndex(
        "(company_id, period_id, kind, content_hash) WHERE state = 'done'",
        "This content was imported to the period before. Nothing was added.",
    )

    @api.depends("file_name", "kind", "period_id")
    def _compute_name(self):
        kinds = dict(KINDS)
        for record in self:
            record.name = " ".join(
                filter(
                    None,
                    (
                        kinds.get(record.kind),
                        record.period_id.name,
                        record.file_name,
                    ),
                )
            )

    @api.depends("kind", "content")
    @api.depends_context("lang")
    def _compute_template(self):
        for record in self:
            sheet = record._get_sheet()
            record.template = base64.b64encode(write_file([(sheet, ())]))
            record.template_name = f"{sheet.title}.xlsx"

    def _is_of_jobs(self):
        return self.kind == "hybrid" and self.content == "jobs"

    def _get_sheet(self):
        """What a file looks like."""
        if self._is_of_jobs():
            return job_sheet(self.env)
        _ = self.env._
        return Sheet(
            "entries",
            _("Entries"),
            (
                Column("centre", _("Cost Centre"), optional=True, help=_("Its code.")),
                Column(
                    "partner",
                    _("Partner"),
                    required=True,
                    help=_("Reference, tax number or billing account."),
                    width=18,
                ),
                Column("service", _("Service"), required=True, help=_("Its code.")),
                Column("pieces", _("Pieces"), INTEGER, required=True, minimum=0),
                Column(
                    "grams", _("Grams"), DECIMAL, digits=1, minimum=0, optional=True
                ),
                Column(
                    "money", _("Paid Out"), DECIMAL, digits=2, minimum=0, optional=True
                ),
                Column("date", _("Date"), DATE, optional=True),
                Column("list", _("Posting List"), optional=True),
            ),
        )

    def _get_content(self):
        """``(bytes, name)`` of the file or of what was pasted."""
        if self.file:
            return base64.b64decode(self.file), self.file_name or "file"
        if (self.pasted or "").strip():
            return self.pasted.encode(), self.env._("Pasted")
        raise UserError(self.env._("Choose a file, or paste the cells."))

    def action_import(self):
        """Import all rows, or none and say what is wrong with which."""
        self.ensure_one()
        if self.state == "done":
            raise UserError(self.env._("This is imported already."))
        self.period_id._check_open()
        content, name = self._get_content()
        reading = read_file(content, name, [self._get_sheet()])
        found = list(reading.findings)
        entries = []
        resolver = (JobResolver if self._is_of_jobs() else EntryResolver)(self)
        for record in reading.records["entries"]:
            values, problem = resolver.resolve(record)
            if problem:
                found.append(record.finding(*problem))
            else:
                entries.append(values)
        errors = [finding for finding in found if finding.level == "error"]
        self.findings = "\n".join(
            f"{finding.place}: {finding.text or sentence(finding, self.env._)}"
            for finding in found
        )
        if errors or not entries:
            if not found:
                self.findings = self.env._("There are no rows.")
            return False
        self.write(
            {
                "state": "done",
                "content_hash": hashlib.sha256(content).hexdigest(),
                "specification_ids": [Command.set(self._store(entries).ids)],
            }
        )
        # the database refuses a content imported before, here and not later
        self.flush_recordset()
        return True

    def _store(self, entries):
        """Add the entries to the drafts of their partners, making those missing.

        :param list entries: ``(cost centre, partner, values of the entry or job)``
        :return: the postal.specification touched
        """
        Specification = self.env["postal.specification"]
        by_key = defaultdict(list)
        for centre, partner, values in entries:
            key = (0 if self.kind == "payout" else centre.id, partner.id)
            by_key[key].append(values)
        drafts = {
            (spec.cost_centre_id.id or 0, spec.partner_id.id): spec
            for spec in Specification.search(
                [
                    ("kind", "=", self.kind),
                    ("period_id", "=", self.period_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("is_checked", "=", False),
                    ("partner_id", "in", [partner for _centre, partner in by_key]),
                ]
            )
        }
        missing = [key for key in by_key if key not in drafts]
        made = Specification.create(
            [
                {
                    "kind": self.kind,
                    "period_id": self.period_id.id,
                    "company_id": self.company_id.id,
                    "cost_centre_id": centre,
                    "partner_id": partner,
                }
                for centre, partner in missing
            ]
        )
        drafts.update(zip(missing, made, strict=True))
        prepare = prepare_jobs if self._is_of_jobs() else (lambda found: found)
        model = "postal.mailing" if self._is_of_jobs() else "postal.specification.line"
        self.env[model].create(
            [
                {"specification_id": drafts[key].id, **values}
                for key, found in by_key.items()
                for values in prepare(found)
            ]
        )
        return Specification.union(*(drafts[key] for key in by_key))

    def action_view(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "postal_billing.postal_specification_action"
        )
        action["domain"] = [("id", "in", self.specification_ids.ids)]
        action["context"] = {}
        return action
