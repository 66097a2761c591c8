import ast

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from odoo.addons.billing_base.exports import ExportError, Layout, filename

E_INVOICE_FORMATS = [
    ("ubl_bis3", "UBL BIS Billing 3.0 (Peppol, EHF)"),
    ("nlcius", "NLCIUS"),
    ("xrechnung", "XRechnung"),
    ("ubl_a_nz", "A-NZ BIS Billing 3.0"),
]


class BillingExchangeProfile(models.Model):
    """What another system gets: which records, as which file, when and where."""

    _name = "billing.exchange.profile"
    _description = "Exchange Profile"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True, help="Short and without spaces: batches are numbered by it."
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("records", "Records"),
            ("ledger", "General Ledger"),
            ("e_invoice", "E-Invoices"),
        ],
        default="records",
        required=True,
    )
    note = fields.Text(help="Who reads the files, and what was agreed.")
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        default=lambda self: self.env.user,
        required=True,
        copy=False,
        help="Scheduled files hold what the owner may see.",
    )

    # What
    model_id = fields.Many2one(
        "ir.model",
        string="Records Of",
        ondelete="cascade",
        domain="[('transient', '=', False), ('abstract', '=', False)]",
    )
    model_name = fields.Char(related="model_id.model")
    domain = fields.Char(string="Filter", default="[]", required=True)
    mode = fields.Selection(
        [
            ("once", "Each record once"),
            ("changed", "New records, and again what changed"),
            ("all", "Everything each time"),
        ],
        string="How Often",
        default="once",
        required=True,
    )
    limit = fields.Integer(
        string="Records a File", help="At most; 0: all in one file.", default=0
    )
    column_ids = fields.One2many(
        "billing.exchange.column", "profile_id", string="Columns", copy=True
    )
    code_ids = fields.One2many(
        "billing.exchange.code", "profile_id", string="Codes", copy=True
    )
    codes_required = fields.Boolean(
        string="Only Codes of the List",
        help="An account, tax, journal or cost centre that is not in the list stops "
        "the batch. Else it goes under its own code.",
    )
    lock_period = fields.Boolean(
        string="Lock the Period",
        help="After a batch nothing can be posted up to its last day any more.",
    )

    # How
    form = fields.Selection(
        [("csv", "CSV"), ("xlsx", "Excel"), ("xml", "XML")],
        string="File",
        default="csv",
        required=True,
    )
    name_pattern = fields.Char(
        string="File Name",
        default="{profile}_{date:%Y%m%d}_{number:05d}",
        required=True,
        help="May hold {profile}, {number}, {date}, {company} in braces.",
    )
    delimiter = fields.Char(default=";", size=1)
    decimal_mark = fields.Char(default=".", size=1)
    date_format = fields.Char(default="%Y-%m-%d", required=True)
    encoding = fields.Selection(
        [
            ("utf-8-sig", "UTF-8 with mark"),
            ("utf-8", "UTF-8"),
            ("cp1250", "Windows 1250 (Central Europe)"),
            ("cp1251", "Windows 1251 (Cyrillic)"),
            ("cp1252", "Windows 1252 (Western Europe)"),
        ],
        string="Letters",
        default="utf-8-sig",
        required=True,
    )
    has_header = fields.Boolean(string="Line of Titles", default=True)
    has_control = fields.Boolean(string="Line of Totals", default=True)
    is_neutral = fields.Boolean(
        string="Safe for Spreadsheets",
        default=True,
        help="An apostrophe keeps a text from being calculated as a formula.",
    )
    root_name = fields.Char(string="Root Element", default="export", required=True)
    row_name = fields.Char(string="Element of a Row", default="row", required=True)

    # E-invoices
    transmit_method_id = fields.Many2one(
        "transmit.method",
        string="Channel",
        help="Invoices of this channel that wait for delivery go to the operator.",
    )
    e_invoice_format = fields.Selection(
        E_INVOICE_FORMATS, string="Built On", default="ubl_bis3"
    )
    element_ids = fields.One2many(
        "billing.exchange.element", "profile_id", string="Elements", copy=True
    )
    packing = fields.Selection(
        [("zip", "One ZIP a batch"), ("single", "One file an invoice")],
        default="zip",
        required=True,
    )
    has_pdf = fields.Boolean(string="With the PDF")

    # Where and when
    storage_id = fields.Many2one(
        "fs.storage",
        ondelete="restrict",
        help="An SFTP server or another storage. Empty: the files are downloaded.",
    )
    folder = fields.Char()
    answer_folder = fields.Char(
        help="Where the receiver puts his answers: the name of our file with another "
        "suffix. Empty: no answers."
    )
    answer_ok = fields.Char(string="Accepted", default="ok ack")
    answer_error = fields.Char(string="Refused", default="err nok")
    schedule = fields.Selection(
        [
            ("never", "Never"),
            ("daily", "Every Day"),
            ("weekly", "Every Week"),
            ("monthly", "Every Month"),
        ],
        default="never",
        required=True,
    )
    next_date = fields.Date(string="Next Day")

    batch_ids = fields.One2many("billing.exchange.batch", "profile_id")
    ledger_export_ids = fields.One2many("billing.ledger.export", "profile_id")
    batch_count = fields.Integer(compute="_compute_batch_count")

    _code_unique = models.Constraint(
        "UNIQUE (company_id, code)", "The code of a profile is used once in a company."
    )
    _code_plain = models.Constraint(
        "CHECK (code ~ '^[A-Za-z0-9_-]+$')",
        "A code has letters, digits, hyphens and underscores.",
    )
    _model_given = models.Constraint(
        "CHECK (kind <> 'records' OR model_id IS NOT NULL)",
        "Choose whose records are exported.",
    )
    _channel_given = models.Constraint(
        "CHECK (kind <> 'e_invoice' OR (transmit_method_id IS NOT NULL AND"
        " e_invoice_format IS NOT NULL))",
        "Choose the channel of these e-invoices and what they are built on.",
    )
    _day_given = models.Constraint(
        "CHECK (schedule = 'never' OR next_date IS NOT NULL)", "Enter the next day."
    )
    _limit_positive = models.Constraint(
        'CHECK ("limit" >= 0)', "The number of records cannot be negative."
    )

    @api.depends("batch_ids", "ledger_export_ids")
    def _compute_batch_count(self):
        for profile in self:
            profile.batch_count = len(profile.batch_ids) + len(
                profile.ledger_export_ids
            )

    @api.constrains("domain", "model_id")
    def _check_domain(self):
        for profile in self.filtered("model_id"):
            try:
                profile._get_model().search(profile._get_domain(), limit=1)
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    self.env._(
                        "The filter of profile “%(name)s” cannot be read: %(reason)s",
                        name=profile.name,
                        reason=error,
                    )
                ) from error

    @api.constrains("name_pattern", "date_format", "form", "column_ids", "row_name")
    def _check_layout(self):
        for profile in self:
            try:
                profile._make_filename(1, fields.Date.today())
                if profile.column_ids and profile.kind != "e_invoice":
                    profile._get_layout().check()
            except ExportError as error:
                # pylint: disable=translation-not-lazy
                raise ValidationError(
                    self.env._(error.template, **error.params)
                ) from error

    @api.constrains("folder", "answer_folder")
    def _check_folder(self):
        for profile in self:
            for folder in (profile.folder, profile.answer_folder):
                if ".." in (folder or "").split("/"):
                    raise ValidationError(
                        self.env._(
                            "%(folder)s lies outside of the storage.", folder=folder
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
        """Whoever may not see records himself must not have them exported."""
        if (
            vals.get("user_id", self.env.uid) != self.env.uid
            and not self.env.su
            and not self.env.user.has_group("billing_base.group_billing_admin")
        ):
            raise AccessError(
                self.env._("Only an administrator makes a profile somebody else's.")
            )

    # === What a run needs ===

    def _get_model(self):
        """The model of the records, as an empty recordset."""
        self.ensure_one()
        return self.env[self.sudo().model_id.model]

    def _get_domain(self):
        """:raises ValueError: where the filter is no domain"""
        domain = Domain(ast.literal_eval(self.domain or "[]"))
        if "company_id" in self._get_model()._fields:
            domain &= Domain("company_id", "in", (self.company_id.id, False))
        return domain

    def _get_layout(self, columns=None):
        """The exports.Layout of the files.

        :param columns: exports.Column; those of the profile when not given
        """
        self.ensure_one()
        if columns is None:
            columns = [column._get_column() for column in self.column_ids]
        return Layout(
            self.form,
            tuple(columns),
            delimiter=self.delimiter or ";",
            decimal=self.decimal_mark or ".",
            date_format=self.date_format,
            encoding=self.encoding,
            header=self.has_header,
            control=self.has_control,
            neutral=self.is_neutral,
            sheet=self.code,
            root=self.root_name,
            row=self.row_name,
        )

    def _make_filename(self, number, date, suffix=None):
        return filename(
            self.name_pattern,
            suffix or self.form,
            profile=self.code or "",
            batch=self.code or "",
            number=number,
            date=date,
            company=self.company_id.name or "",
        )

    def _check_ready(self):
        """:raises UserError: for a profile without columns"""
        if self.kind == "records" and not self.column_ids:
            raise UserError(
                self.env._("Choose the columns of profile “%s” first.", self.name)
            )

    def action_open_batches(self):
        self.ensure_one()
        ledger = self.kind == "ledger"
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_ledger_export_action"
            if ledger
            else "billing_exchange.billing_exchange_batch_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {"default_profile_id": self.id}
        return action
