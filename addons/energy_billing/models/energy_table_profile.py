from collections import defaultdict
from fnmatch import fnmatch

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from odoo.addons.base.models.res_partner import _tz_get

from ..market.errors import MarketError
from ..market.tables import TableProfile, preview
from .energy_network import CODE_SCHEMES, COMMODITIES

KINDS = [("readings", "Register readings"), ("intervals", "Intervals")]

PLAIN = (
    "name",
    "kind",
    "format",
    "layout",
    "encoding",
    "header_row",
    "skip_after_header",
    "footer_rows",
    "decimal",
    "date_format",
    "time_format",
    "timestamp_format",
    "date_to_inclusive",
    "timezone",
    "clock",
    "stamp",
    "dst",
    "unit",
    "allow_negative",
    "tolerance",
    "values_count",
    "value_step",
    "quality_offset",
    "default_register",
    "default_channel",
    "code_scheme",
)
"""Fields whose value is TableProfile's own."""
TEXTS = ("quote", "sheet", "header_match", "values_from", "code_pattern")
"""The same, empty instead of False."""
LISTS = ("footer_match", "empty", "fold_marks")
"""Lists of texts, in one field with bars between them."""
NUMBERS = ("minutes", "sign")
"""Selections of numbers."""
DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "bar": "|"}
TRANSLATIONS = {
    "register": "registers",
    "channel": "channels",
    "quality": "qualities",
    "status": "statuses",
}
"""Kinds of texts, with the parser's names of their translations."""
THOUSANDS = {"none": "", "dot": ".", "comma": ",", "space": " ", "apostrophe": "'"}


class EnergyTableProfile(models.Model):
    """How one sender lays out one kind of table: the fields of market.TableProfile."""

    _name = "energy.table.profile"
    _description = "Table Profile"
    _inherit = ["mail.thread"]
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    network_id = fields.Many2one(
        "energy.network",
        check_company=True,
        tracking=True,
        help="The network the files come from; points of other networks are refused.",
    )
    commodity = fields.Selection(COMMODITIES, default="electricity", required=True)
    file_pattern = fields.Char(
        string="File Names",
        help="Which files are of this profile: readings_*.csv",
        tracking=True,
    )
    create_meters = fields.Boolean(
        string="Enter New Meters",
        help="A meter that is not known is entered with the registers of the file; the "
        "installation of the point's former meter ends the day before.",
    )
    capacity_factor = fields.Float(
        default=1.0,
        digits=(6, 2),
        help="Quantities above connection capacity × hours × this factor are refused; "
        "0 switches the check off.",
    )
    # the table
    kind = fields.Selection(KINDS, default="readings", required=True, tracking=True)
    format = fields.Selection(
        [("csv", "Text (CSV)"), ("xlsx", "Workbook (XLSX)")],
        default="csv",
        required=True,
    )
    layout = fields.Selection(
        [
            ("long", "A row per value or register"),
            ("wide", "A row per point and day, or per meter"),
            ("matrix", "A row per interval, a column per point"),
        ],
        default="long",
        required=True,
    )
    encoding = fields.Char(default="utf-8", required=True)
    delimiter = fields.Selection(
        [
            ("semicolon", "Semicolon ;"),
            ("comma", "Comma ,"),
            ("tab", "Tabulator"),
            ("bar", "Bar |"),
        ],
        default="semicolon",
        required=True,
    )
    quote = fields.Char(default='"', size=1, string="Quotation Mark")
    sheet = fields.Char(help="Name or number of the sheet; empty is the first.")
    header_row = fields.Integer(default=1, help="0: the file has no header.")
    header_match = fields.Char(
        string="Header Text",
        help="A text that only the header row has, where its number changes.",
    )
    skip_after_header = fields.Integer(string="Rows Left Out Below the Header")
    footer_rows = fields.Integer(string="Rows Left Out at the End")
    footer_match = fields.Char(
        string="Totals",
        help="Beginnings of rows to leave out anywhere, with | between them.",
    )
    # cells
    decimal = fields.Selection(
        [(".", "Point"), (",", "Comma")],
        string="Decimal Mark",
        default=".",
        required=True,
    )
    thousands = fields.Selection(
        [
            ("none", "None"),
            ("dot", "Point"),
            ("comma", "Comma"),
            ("space", "Space"),
            ("apostrophe", "Apostrophe"),
        ],
        string="Thousands Mark",
        default="none",
        required=True,
    )
    empty = fields.Char(
        string="Empty Marks", help="Texts that mean “no value”, with | between them."
    )
    date_format = fields.Char(default="%Y-%m-%d", required=True)
    time_format = fields.Char(default="%H:%M", required=True)
    timestamp_format = fields.Char(default="iso", required=True)
    date_to_inclusive = fields.Boolean(
        string="Last Day Included",
        default=True,
        help="The column “To” holds the last day, not the day after it.",
    )
    # time
    timezone = fields.Selection(
        _tz_get,
        string="Market Time Zone",
        default=lambda self: self.env.user.tz or "UTC",
        required=True,
    )
    clock = fields.Char(
        default="local",
        required=True,
        help="The clock of the file's times: local, UTC, +01:00 for winter time all "
        "the year, or the name of another zone.",
    )
    stamp = fields.Selection(
        [("start", "Its beginning"), ("end", "Its end")],
        string="Time of an Interval",
        default="start",
        required=True,
    )
    minutes = fields.Selection(
        [("5", "5"), ("10", "10"), ("15", "15"), ("30", "30"), ("60", "60")],
        string="Minutes of an Interval",
        default="15",
        required=True,
    )
    dst = fields.Selection(
        [
            ("sequence", "Values one after another"),
            ("wall_end", "Doubled hour in the last columns"),
            ("wall_inline", "Doubled hour after its first pass"),
        ],
        string="Clock Change",
        default="sequence",
        required=True,
    )
    # quantities
    unit = fields.Selection(
        [(unit, unit) for unit in ("Wh", "kWh", "MWh", "GWh", "W", "kW", "MW")],
        default="kWh",
        required=True,
        help="kW and MW are the mean power of an interval.",
    )
    sign = fields.Selection(
        [("1", "As in the file"), ("-1", "Reversed")], default="1", required=True
    )
    allow_negative = fields.Boolean(string="Negative Values")
    tolerance = fields.Char(
        default="0.001",
        required=True,
        help="By how much the quantity may differ from the readings, in the file's "
        "unit; negative: not compared.",
    )
    # columns
    column_ids = fields.One2many(
        "energy.table.profile.column", "profile_id", string="Columns", copy=True
    )
    values_from = fields.Char(
        string="First Value Column", help="Header text, or a position: @C"
    )
    values_count = fields.Integer(
        string="Value Columns", help="0: all columns from the first one on."
    )
    value_step = fields.Integer(string="Columns per Value", default=1)
    quality_offset = fields.Integer(
        string="Quality Behind the Value",
        help="How many columns behind its value the quality stands; 0: nowhere.",
    )
    # translations of the file's texts
    text_ids = fields.One2many(
        "energy.table.profile.text", "profile_id", string="Texts", copy=True
    )
    default_register = fields.Char(default="1.8.0", required=True)
    default_channel = fields.Char(default="A+", required=True)
    fold_marks = fields.Char(
        string="Marks of the Second Pass",
        default="1|B|b",
        help="Texts that mean “second pass of the doubled hour”, with | between them.",
    )
    code_scheme = fields.Selection(
        CODE_SCHEMES, string="Point Codes", default="any", required=True
    )
    code_pattern = fields.Char()
    message_count = fields.Integer(compute="_compute_message_count", string="Files")

    def _compute_message_count(self):
        counts = dict(
            self.env["energy.message"]._read_group(
                [("profile_id", "in", self.ids)], ["profile_id"], ["__count"]
            )
        )
        for profile in self:
            profile.message_count = counts.get(profile, 0)

    @api.onchange("network_id")
    def _onchange_network_id(self):
        network = self.network_id
        if network:
            self.commodity = network.commodity
            self.timezone = network.tz
            self.code_scheme = network.code_scheme
            self.code_pattern = network.code_pattern

    @api.constrains(
        *PLAIN,
        *TEXTS,
        *LISTS,
        *NUMBERS,
        "delimiter",
        "thousands",
        "column_ids",
        "text_ids",
    )
    def _check_profile(self):
        for profile in self.filtered(lambda profile: profile.kind != "market"):
            try:
                profile._to_table_profile()
            except MarketError as error:
                raise ValidationError(error.message(self.env._)) from error

    # === To and from the parser's form ===

    def _to_table_profile(self):
        """The profile as the parser takes it.

        :raises MarketError: when its settings contradict each other
        """
        self.ensure_one()
        return TableProfile.from_dict(self._to_dict())

    def _to_dict(self):
        self.ensure_one()
        values = {name: self[name] for name in PLAIN}
        values |= {name: self[name] or "" for name in TEXTS}
        values |= {
            name: tuple(filter(None, (self[name] or "").split("|"))) for name in LISTS
        }
        values |= {name: int(self[name]) for name in NUMBERS}
        values["delimiter"] = DELIMITERS[self.delimiter]
        values["thousands"] = THOUSANDS[self.thousands]
        groups = defaultdict(dict)
        for column in self.column_ids:
            groups[column.group][column.field] = column.reference
        values["columns"] = groups.pop(0, {})
        values["register_columns"] = [groups[number] for number in sorted(groups)]
        for kind, name in TRANSLATIONS.items():
            values[name] = {
                text.text: text.value for text in self.text_ids if text.kind == kind
            }
        return values

    @api.model
    def _prepare_from_dict(self, values):
        """Values of a record from a dictionary of ``TableProfile.to_dict``."""
        profile = TableProfile.from_dict(values).to_dict()
        vals = {name: profile[name] for name in PLAIN + TEXTS}
        vals["values_from"] = str(profile["values_from"])
        vals |= {name: "|".join(profile[name]) for name in LISTS}
        vals |= {name: str(profile[name]) for name in NUMBERS}
        for name, marks in (("delimiter", DELIMITERS), ("thousands", THOUSANDS)):
            vals[name] = next(
                key for key, mark in marks.items() if mark == profile[name]
            )
        groups = [profile["columns"], *profile["register_columns"]]
        vals["column_ids"] = [
            Command.create({"group": number, "field": key, "reference": str(reference)})
            for number, columns in enumerate(groups)
            for key, reference in columns.items()
        ]
        vals["text_ids"] = [
            Command.create({"kind": kind, "text": text, "value": value})
            for kind, name in TRANSLATIONS.items()
            for text, value in profile[name].items()
        ]
        return vals

    def _has_column(self, name):
        self.ensure_one()
        return any(column.field == name for column in self.column_ids)

    def _has_multiplier(self):
        """Whether the file states by what differences of readings are multiplied."""
        return self._has_column("multiplier")

    # === Which profile a file has ===

    @api.model
    def _guess(self, company, filename, fileobj):
        """The one profile that fits a file, or none.

        The name decides when it fits one profile only; otherwise the profiles that
        can read the beginning of the file.

        :param fileobj: binary and seekable
        """
        profiles = self.search([("company_id", "=", company.id)])
        named = profiles.filtered(
            lambda profile: (
                profile.file_pattern
                and fnmatch((filename or "").lower(), profile.file_pattern.lower())
            )
        )
        if len(named) == 1:
            return named
        reading = (named or profiles).filtered(
            lambda profile: profile._can_read(fileobj)
        )
        return reading if len(reading) == 1 else self.browse()

    def _can_read(self, fileobj):
        """Whether the first rows of a file come out without an error."""
        self.ensure_one()
        shown = preview(self._to_table_profile(), fileobj, count=5)
        return bool(shown.parsed) and shown.error is None

    def action_view_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "energy_billing.energy_message_action"
        )
        action["domain"] = [("profile_id", "=", self.id)]
        action["context"] = {}
        return action
