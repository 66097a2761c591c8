from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.billing_base.exports import Column
from odoo.addons.billing_base.models.billing_ledger_column import FIELDS
from odoo.addons.billing_base.rating import to_decimal

KINDS = {
    "char": "text",
    "text": "text",
    "selection": "text",
    "reference": "text",
    "many2one": "text",
    "integer": "integer",
    "many2one_reference": "integer",
    "float": "quantity",
    "monetary": "amount",
    "date": "date",
    "datetime": "datetime",
    "boolean": "boolean",
}


class BillingExchangeColumn(models.Model):
    """A column: where its value comes from and what it is called."""

    _name = "billing.exchange.column"
    _description = "Exchange Column"
    _order = "profile_id, sequence, id"

    profile_id = fields.Many2one(
        "billing.exchange.profile", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    kind = fields.Selection(related="profile_id.kind")
    model_name = fields.Char(related="profile_id.model_name")
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Title", required=True)
    path = fields.Char(
        string="Field",
        help="A field of the record, or of what it leads to: partner_id.vat.",
    )
    ledger_field = fields.Selection("_select_ledger_fields", string="Of the Entry")
    plan_id = fields.Many2one(
        "account.analytic.plan",
        string="Dimension",
        help="The cost centres of this plan. Empty: of all plans.",
    )
    fixed = fields.Char(string="Fixed Text")
    decimals = fields.Integer(default=2)
    width = fields.Integer(string="Longest Text", help="0: as long as it is.")
    is_total = fields.Boolean(
        string="Total", help="Adds the column to the control totals."
    )

    def _select_ledger_fields(self):
        _ = self.env._
        names = {
            "entry_id": _("Number of the Entry"),
            "journal": _("Journal"),
            "move": _("Document"),
            "reference": _("Reference"),
            "payment_reference": _("Payment Reference"),
            "date": _("Date"),
            "invoice_date": _("Invoice Date"),
            "supply_date": _("Date of Taxable Supply"),
            "due_date": _("Due Date"),
            "account": _("Account"),
            "account_name": _("Name of the Account"),
            "partner": _("Partner"),
            "partner_number": _("Number of the Partner"),
            "partner_vat": _("Tax Number of the Partner"),
            "label": _("Text"),
            "debit": _("Debit"),
            "credit": _("Credit"),
            "balance": _("Debit Less Credit"),
            "currency": _("Currency"),
            "amount_currency": _("Amount in Currency"),
            "quantity": _("Quantity"),
            "product": _("Product"),
            "taxes": _("Taxes of the Line"),
            "tax_line": _("Tax That Made the Line"),
            "tax_base": _("Taxable Amount"),
            "cost_centre": _("Cost Centre"),
            "matching": _("Matching Number"),
        }
        return [(code, names[code]) for code in FIELDS]

    @api.constrains("path", "ledger_field", "fixed", "is_total", "profile_id")
    def _check_source(self):
        for column in self:
            profile = column.profile_id
            if profile.kind == "ledger" and not column.ledger_field:
                raise ValidationError(
                    self.env._(
                        "Column “%(name)s” says not what of the entry it shows.",
                        name=column.name,
                    )
                )
            if profile.kind == "records":
                if bool(column.path) == bool(column.fixed):
                    raise ValidationError(
                        self.env._(
                            "Column “%(name)s” needs a field or a fixed text, one of "
                            "them.",
                            name=column.name,
                        )
                    )
                kind = column._get_kind()
                if column.is_total and kind not in ("integer", "amount", "quantity"):
                    raise ValidationError(
                        self.env._(
                            "Column “%(name)s” has no numbers to add up.",
                            name=column.name,
                        )
                    )

    def _get_field(self):
        """The field at the end of the path.

        :raises ValidationError: for a path that leads nowhere or to many records
        """
        model = self.profile_id._get_model()
        *steps, last = self.path.split(".")
        for step in steps:
            field = model._fields.get(step)
            if not field or field.type != "many2one":
                self._refuse_path(step)
            model = self.env[field.comodel_name]
        field = model._fields.get(last)
        if not field or field.type not in KINDS:
            self._refuse_path(last)
        if field.groups and not self.env.user.has_groups(field.groups):
            self._refuse_path(last)
        return field

    def _refuse_path(self, step):
        raise ValidationError(
            self.env._(
                "Column “%(name)s”: “%(step)s” in “%(path)s” is no field that has one "
                "value. Choose another.",
                name=self.name,
                step=step,
                path=self.path,
            )
        )

    def _get_kind(self):
        return KINDS[self._get_field().type] if self.path else "text"

    def _get_column(self):
        """The exports.Column."""
        self.ensure_one()
        if self.profile_id.kind == "ledger":
            source = FIELDS[self.ledger_field]
            return Column(
                self.name, source.kind, self.decimals, source.total, self.width
            )
        kind = self._get_kind()
        return Column(self.name, kind, self.decimals, self.is_total, self.width)

    def _get_plan_accounts(self):
        """Ids of the cost centres that the column shows; None: all."""
        if not self.plan_id:
            return None
        accounts = (
            self.env["account.analytic.account"]
            .sudo()
            .with_context(active_test=False)
            .search([("plan_id", "child_of", self.plan_id.id)])
        )
        return frozenset(accounts.ids)

    def _get_reader(self):
        """A function from a record to the value in the file."""
        self.ensure_one()
        if not self.path:
            text = self.fixed
            return lambda record: text
        field = self._get_field()
        *steps, last = self.path.split(".")
        convert = _CONVERT.get(field.type, lambda value: value)

        def read(record):
            for step in steps:
                record = record[step]
            if not record:
                return None
            value = record[last]
            if field.type == "boolean":
                return value
            if field.type in ("integer", "float", "monetary"):
                return convert(value)
            if not value:
                return None
            return convert(value)

        return read


_CONVERT = {
    "float": to_decimal,
    # the code, which no translation changes
    "selection": str,
    "monetary": to_decimal,
    "many2one": lambda value: value.display_name,
    "reference": lambda value: value.display_name,
}
