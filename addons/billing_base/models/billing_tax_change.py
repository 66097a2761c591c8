from collections import defaultdict
from datetime import date, timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..rating import DatedTax
from .billing_staleness import mark_stale

SUPPLY, DOCUMENT = "supply", "document"


class BillingTaxChange(models.Model):
    """From a day on another tax takes the place of one that products carry."""

    _name = "billing.tax.change"
    _description = "Tax Change"
    _inherit = ["mail.thread"]
    _order = "date_start desc, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    tax_id = fields.Many2one(
        "account.tax",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', '=', company_id)]",
        tracking=True,
        help="The tax products carry.",
    )
    new_tax_id = fields.Many2one(
        "account.tax",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain="[('type_tax_use', '=', 'sale'), ('company_id', '=', company_id)]",
        tracking=True,
    )
    date_start = fields.Date(string="From", required=True, tracking=True)
    basis = fields.Selection(
        [
            (SUPPLY, "The days of supply"),
            (DOCUMENT, "The tax date of the invoice"),
        ],
        string="Decided By",
        default=DOCUMENT,
        required=True,
        tracking=True,
        help="By days of supply what was used before the day bears the old tax, what "
        "was used from it on the new one: lines are split. By the tax date the whole "
        "invoice bears one or the other.",
    )

    _once = models.Constraint(
        "UNIQUE (company_id, tax_id, date_start)",
        "This tax changes on that day already.",
    )
    _differs = models.Constraint(
        "CHECK (tax_id <> new_tax_id)", "The new tax is another one than the old."
    )

    @api.depends("tax_id", "new_tax_id", "date_start")
    def _compute_display_name(self):
        for change in self:
            day = change.date_start and format_date(self.env, change.date_start)
            change.display_name = (
                f"{change.tax_id.name or ''} → {change.new_tax_id.name or ''} "
                f"{day or ''}"
            )

    @api.constrains("tax_id", "new_tax_id", "company_id")
    def _check_no_circle(self):
        for company in self.company_id:
            changes = self.search([("company_id", "=", company.id)])
            follows = defaultdict(set)
            for change in changes:
                follows[change.tax_id].add(change.new_tax_id)
            for change in self & changes:
                reached, ahead = set(), [change.new_tax_id]
                while ahead:
                    tax = ahead.pop()
                    if tax not in reached:
                        reached.add(tax)
                        ahead += follows[tax]
                if change.tax_id in reached:
                    raise ValidationError(
                        self.env._(
                            "%(tax)s would in the end be followed by itself. Make a "
                            "tax of its own for the new days.",
                            tax=change.tax_id.name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        changes = super().create(vals_list)
        changes._apply()
        return changes

    def write(self, vals):
        before = self._get_concerned(), self.company_id
        result = super().write(vals)
        self._apply(before)
        return result

    def unlink(self):
        before = self._get_concerned(), self.company_id
        result = super().unlink()
        self.browse()._apply(before)
        return result

    def _get_concerned(self):
        """What has other lines with the changes, as ``mark_stale`` takes it: the days
        of supply of the tariffs that charge a product with the tax.

        By the tax date nothing rated changes; drafts get their taxes anew.
        """
        concerned = []
        for change in self.filtered(lambda change: change.basis == SUPPLY):
            items = self.env["billing.tariff.item"]
            tariffs = items.with_context(active_test=False).search(
                [
                    ("company_id", "=", change.company_id.id),
                    ("product_id.taxes_id", "in", change._get_carried().ids),
                ]
            )
            concerned += [
                {
                    "company_id": change.company_id.id,
                    "tariff_id": tariff.id,
                    "date_start": change.date_start,
                    "date_end": False,
                }
                for tariff in tariffs.tariff_id
            ]
        return concerned

    def _get_carried(self):
        """The taxes of products that this change can reach, through earlier changes.

        :return: account.tax
        """
        self.ensure_one()
        followed = defaultdict(set)
        for change in self.search([("company_id", "=", self.company_id.id)]):
            followed[change.new_tax_id].add(change.tax_id)
        reached, ahead = set(), [self.tax_id]
        while ahead:
            tax = ahead.pop()
            if tax not in reached:
                reached.add(tax)
                ahead += followed[tax]
        return self.tax_id.union(*reached)

    def _apply(self, before=()):
        """Segments of the days concerned have another source; drafts of the
        companies get the taxes of their dates. A segment whose lines have to be split
        first leaves its draft, and is invoiced when it was regenerated.

        :param before: what the changes reached until now, and their companies
        """
        concerned, companies = before or ([], self.env["res.company"])
        concerned = [*concerned, *self._get_concerned()]
        mark_stale(self.env, concerned)
        drafts = self.env["account.move"].search(
            Domain("company_id", "in", (companies | self.company_id).ids)
            & Domain("state", "=", "draft")
            & Domain("segment_ids", "!=", False)
        )
        days = defaultdict(set)
        for change in self.filtered(lambda change: change.basis == SUPPLY):
            days[change.company_id].add(change.date_start)
        drafts.segment_ids.filtered(
            lambda segment: (
                segment.is_stale
                and any(
                    segment.date_start < day <= segment.date_end
                    for day in days[segment.company_id]
                )
            )
        )._leave_draft()
        self.env["billing.invoicer"]._renew_drafts(drafts)


class TaxChanges:
    """The changes of one company, read once for all its lines."""

    def __init__(self, env, company):
        self.by_tax = defaultdict(list)
        for change in env["billing.tax.change"].search(
            [("company_id", "=", company.id)], order="date_start"
        ):
            self.by_tax[change.tax_id].append(change)

    def resolve(self, taxes, supplied_on, tax_date=date.max):
        """The taxes in force.

        :param taxes: account.tax as the product carries them
        :param supplied_on: day of supply
        :param tax_date: tax date of the document
        :return: account.tax
        """
        return taxes.browse().union(
            *(self._resolve(tax, supplied_on, tax_date) for tax in taxes)
        )

    def _resolve(self, tax, supplied_on, tax_date):
        for change in reversed(self.by_tax.get(tax, ())):
            day = supplied_on if change.basis == SUPPLY else tax_date
            if change.date_start <= day:
                return self._resolve(change.new_tax_id, supplied_on, tax_date)
        return tax

    def days(self, taxes):
        """Days of supply on which one of ``taxes`` or its successors changes."""
        days = set()
        for tax in taxes:
            for change in self.by_tax.get(tax, ()):
                if change.basis == SUPPLY:
                    days.add(change.date_start)
                days |= self.days(change.new_tax_id)
        return days

    def dated(self, taxes):
        """``taxes`` by days of supply as the rating package takes them.

        :return: tuple of DatedTax with the names as keys; empty without a change
        """
        days = sorted(self.days(taxes))
        if not days:
            return ()
        starts = [date.min, *days]
        ends = [*(day - timedelta(days=1) for day in days), None]
        return tuple(
            DatedTax(", ".join(self.resolve(taxes, start).mapped("name")), start, end)
            for start, end in zip(starts, ends, strict=True)
        )
