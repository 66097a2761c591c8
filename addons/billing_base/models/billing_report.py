import ast
import base64
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import SQL

EXCEL = "billing_base.billing_report_excel"


class BillingReport(models.Model):
    """A list of figures with its days and filter: on the screen, in Excel, by mail."""

    _name = "billing.report"
    _description = "Report"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)
    note = fields.Char(string="What It Shows", translate=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: everybody's, each sees his own company's figures."
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Figures Of",
        required=True,
        ondelete="cascade",
        domain="[('transient', '=', False)]",
    )
    model_name = fields.Char(related="model_id.model")
    domain = fields.Char(string="Filter", default="[]", required=True)
    date_field_id = fields.Many2one(
        "ir.model.fields",
        string="Days Are Those Of",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True),"
        " ('ttype', 'in', ('date', 'datetime'))]",
    )
    span = fields.Selection(
        [
            ("all", "All Days"),
            ("month", "This Month"),
            ("last_month", "Last Month"),
            ("year", "This Year"),
            ("last_year", "Last Year"),
            ("dates", "From – To"),
        ],
        string="Days",
        default="all",
        required=True,
    )
    date_start = fields.Date(string="From")
    date_end = fields.Date(string="To")
    group_field_id = fields.Many2one(
        "ir.model.fields",
        string="Totals By",
        ondelete="cascade",
        domain="[('model_id', '=', model_id), ('store', '=', True),"
        " ('ttype', 'in', ('many2one', 'selection', 'char', 'boolean'))]",
        help="A second sheet has the totals by it.",
    )
    column_ids = fields.One2many(
        "billing.report.column", "report_id", string="Columns", copy=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        required=True,
        copy=False,
        help="Mails show what the owner may see.",
    )
    partner_ids = fields.Many2many("res.partner", string="Mailed To")
    schedule = fields.Selection(
        [
            ("never", "Never"),
            ("daily", "Every Day"),
            ("weekly", "Every Week"),
            ("monthly", "Every Month"),
        ],
        string="Mailed",
        default="never",
        required=True,
    )
    next_date = fields.Date(string="Next Mail")

    _dates_given = models.Constraint(
        "CHECK (span <> 'dates' OR (date_start IS NOT NULL AND date_end IS NOT NULL"
        " AND date_start <= date_end))",
        "Enter the first and the last day, in this order.",
    )
    _days_named = models.Constraint(
        "CHECK (span = 'all' OR date_field_id IS NOT NULL)",
        "Say which date of a row decides whether it is in the days.",
    )
    _mail_dated = models.Constraint(
        "CHECK (schedule = 'never' OR next_date IS NOT NULL)",
        "Enter the day of the next mail.",
    )

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for report in self:
            try:
                report._get_model().search(report._get_domain(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    self.env._(
                        "The filter of report “%(report)s” cannot be read: %(reason)s",
                        report=report.name,
                        reason=error,
                    )
                ) from error

    @api.constrains("schedule", "partner_ids")
    def _check_recipients(self):
        for report in self:
            if report.schedule != "never" and not report.partner_ids:
                raise ValidationError(
                    self.env._(
                        "Say to whom report “%(report)s” is mailed.", report=report.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_owner(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_owner(vals)
        return super().write(vals)

    @api.model
    def _check_owner(self, vals):
        """Whoever may not see figures himself must not have them mailed."""
        if (
            vals.get("user_id", self.env.uid) != self.env.uid
            and not self.env.su
            and not self.env.user.has_group("billing_base.group_billing_manager")
        ):
            raise AccessError(
                self.env._("Only a manager makes a report somebody else's.")
            )

    # === Figures ===

    def _get_model(self):
        """The model the figures are of, as an empty recordset."""
        self.ensure_one()
        return self.env[self.sudo().model_id.model]

    def _get_domain(self):
        """The filter and the days.

        :raises ValueError: where the filter is no domain
        """
        self.ensure_one()
        domain = Domain(ast.literal_eval(self.domain or "[]"))
        first, last = self._get_days()
        date_field = self.sudo().date_field_id
        if first and date_field.ttype == "datetime":
            domain &= Domain(date_field.name, ">=", first)
            domain &= Domain(date_field.name, "<", last + timedelta(days=1))
        elif first:
            domain &= Domain(date_field.name, ">=", first)
            domain &= Domain(date_field.name, "<=", last)
        return domain

    def _get_days(self):
        """First and last day, or ``(None, None)`` for all."""
        today = fields.Date.context_today(self)
        if self.span == "dates":
            return self.date_start, self.date_end
        if self.span in ("month", "last_month"):
            first = today.replace(day=1)
            length = relativedelta(months=1)
        elif self.span in ("year", "last_year"):
            first = today.replace(month=1, day=1)
            length = relativedelta(years=1)
        else:
            return None, None
        if self.span.startswith("last"):
            first -= length
        return first, first + length - timedelta(days=1)

    def _get_columns(self):
        """Names and titles of the columns: ``[(field, title), …]``.

        :raises UserError: for a report without columns
        """
        self.ensure_one()
        columns = self.sudo().column_ids
        if not columns:
            raise UserError(
                self.env._("Choose the columns of report “%s” first.", self.name)
            )
        titles = self._get_model().fields_get(
            columns.field_id.mapped("name"), ["string"]
        )
        return [
            (
                column.field_id.name,
                column.name or titles[column.field_id.name]["string"],
            )
            for column in columns
            if column.field_id.name in titles
        ]

    # === Actions ===

    def action_open(self):
        """The rows on the screen."""
        self.ensure_one()
        model = self._get_model()
        views = self.env["ir.ui.view"].sudo()
        modes = [
            mode
            for mode in ("list", "pivot", "graph", "form")
            if mode != "graph"
            or views.search_count([("model", "=", model._name), ("type", "=", mode)])
        ]
        group = self.sudo().group_field_id.name
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": model._name,
            "views": [(False, mode) for mode in modes],
            "domain": list(self._get_domain()),
            "context": {"create": False, "group_by": [group] if group else []},
        }

    def action_excel(self):
        """The rows as a workbook."""
        self.ensure_one()
        self._get_columns()
        return self.env.ref(EXCEL).report_action(self)

    def action_mail_now(self):
        self._check_recipients()
        self._mail()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("The report is on its way by mail."),
            },
        }

    # === Mail ===

    def _mail(self):
        """Queue a mail with the workbook to the recipients."""
        # written by the system: owners need not be allowed to write mails
        self.env["mail.mail"].sudo().create([report._prepare_mail() for report in self])

    def _prepare_mail(self):
        """The mail of one report, as its owner sees the figures."""
        self.ensure_one()
        owned = self.with_user(self.user_id).with_context(lang=self.user_id.lang)
        content, _extension = owned.env["ir.actions.report"]._render(EXCEL, owned.ids)
        return {
            "subject": owned.name,
            "body_html": owned.note or owned.name,
            "email_from": self.user_id.email_formatted
            or self.env.company.email_formatted,
            "recipient_ids": [Command.set(self.partner_ids.ids)],
            "attachment_ids": [
                Command.create(
                    {"name": f"{owned.name}.xlsx", "datas": base64.b64encode(content)}
                )
            ],
        }

    @api.model
    def _cron_mail(self, today=None):
        """Mail what is due. A mail is queued in the transaction that moves the date
        of the next one, so that none is made twice or forgotten."""
        today = today or fields.Date.context_today(self)
        due = self.search([("schedule", "!=", "never"), ("next_date", "<=", today)])
        due._mail()
        steps = {
            "daily": relativedelta(days=1),
            "weekly": relativedelta(weeks=1),
            "monthly": relativedelta(months=1),
        }
        for schedule, reports in due.grouped("schedule").items():
            for date, dated in reports.grouped("next_date").items():
                following = date
                while following <= today:
                    following += steps[schedule]
                dated.next_date = following

    def _iter_rows(self, batch=2000):
        """The values of the report's columns, some thousand rows in memory at a time;
        of a linked record its name."""
        model = self._get_model()
        names = [name for name, _title in self._get_columns()]
        fields_read = [model._fields[name] for name in names]
        for field in fields_read:
            model._check_field_access(field, "read")
        stored = [field.name for field in fields_read if _is_column(field)]
        others = [name for name in names if name not in stored]
        ids = model.search(self._get_domain()).ids
        for start in range(0, len(ids), batch):
            records = model.browse(ids[start : start + batch])
            values = self._read_columns(records, stored)
            for name in others:
                for record in records:
                    value = record[name]
                    if isinstance(value, models.BaseModel):
                        value = value.id
                    values[record.id][name] = value
            for field in fields_read:
                if field.type == "many2one":
                    self._name_linked(field, values.values())
            for record_id in records.ids:
                yield [values[record_id][name] for name in names]
            self.env.invalidate_all()

    def _read_columns(self, records, names):
        """Columns of records as the database has them: a tenth of the time that a
        hundred thousand records take field by field.

        :param names: of stored fields the user may read
        :return: ``{id: {name: value}}``
        """
        query = records._as_query(ordered=False)
        columns = [records._field_to_sql(query.table, name, query) for name in names]
        key = SQL.identifier(query.table, "id")
        rows = self.env.execute_query(query.select(key, *columns))
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def _name_linked(self, field, rows):
        """Put the names of linked records in the place of their ids; only what names
        are made of is read, an invoice has some hundred other fields."""
        linked = self.env[field.comodel_name].browse(
            {row[field.name] for row in rows if row[field.name]}
        )
        # a partner's stored name is the name shown, which is made one by one
        if linked._name == "res.partner":
            name, needed = "complete_name", ["complete_name"]
        else:
            name = "display_name"
            needed = self.pool.field_depends[linked._fields[name]]
        parts = {path.partition(".")[0] for path in needed}
        linked.fetch([part for part in parts if linked._fields[part].store])
        names = {record.id: record[name] for record in linked}
        for row in rows:
            row[field.name] = names.get(row[field.name])


def _is_column(field):
    """Whether a field's value is what its column holds."""
    return (
        field.store
        and field.column_type
        and not field.translate
        and not field.company_dependent
    )
