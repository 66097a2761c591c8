"""Settings that travel as a file from one database to another."""

from dataclasses import dataclass, field, replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..settings_file import Entry, canonical
from .billing_configuration_value import Values

REFERENCES = {
    "account.account": ("code",),
    "account.analytic.account": ("name", "code"),
    "account.analytic.plan": ("name",),
    "account.cash.rounding": ("name",),
    "account.journal": ("code",),
    "account.payment.term": ("name",),
    "account.tax": ("name", "type_tax_use"),
    "billing.customer.category": ("code",),
    "billing.interest.policy": ("name",),
    "ir.model": ("model",),
    "ir.model.fields": ("model", "name"),
    "transmit.method": ("code",),
}
"""By what a record that a setting refers to is named; others by their external id."""


@dataclass(frozen=True)
class Travelling:
    """Records of a model that travel.

    :param model: its name
    :param key: fields that name a record of the company once, in the source language
    :param names: the other fields that travel; what is tied to a database (users,
        storages, mail recipients, schedules) stays
    :param children: ``{one2many: Travelling}``, in the record's own order where they
        have a sequence
    :param is_global: whether a key is unique over all companies
    """

    model: str
    key: tuple[str, ...]
    names: tuple[str, ...]
    children: dict = field(default_factory=dict)
    is_global: bool = False

    def adding(self, *names):
        """The same with more fields, as an add-on gives them to the model."""
        return replace(self, names=self.names + names)


class BillingConfiguration(models.AbstractModel):
    """Which settings travel. Add-ons add theirs, or fields of their own::

    def _get_travelling(self):
        found = super()._get_travelling()
        return {**found, "check": found["check"].adding("margin")}
    """

    _name = "billing.configuration"
    _description = "Settings That Travel"

    @api.model
    def _get_travelling(self):
        """``{kind: Travelling}`` in the order in which they are imported."""
        return {
            "layout": Travelling(
                "res.company",
                (),
                (
                    "logo",
                    "primary_color",
                    "secondary_color",
                    "font",
                    "report_header",
                    "report_footer",
                    "external_report_layout_id",
                ),
            ),
            "role": Travelling(
                "billing.role",
                ("name",),
                ("name", "sequence", "note", "permission_ids"),
            ),
            "profile": Travelling(
                "billing.profile",
                ("name",),
                (
                    "name",
                    "grouping",
                    "tax_date",
                    "tax_date_shift",
                    "hold",
                    "line_detail",
                    "tax_rounding",
                    "payment_term_id",
                    "cash_rounding_id",
                    "transmit_method_id",
                    "journal_id",
                    "interest_policy_id",
                    "statement",
                    "e_invoice",
                    "active",
                ),
            ),
            "check": Travelling(
                "billing.check",
                ("code",),
                (
                    "name",
                    "sequence",
                    "scope",
                    "level",
                    "is_waivable",
                    "limit",
                    "domain",
                    "message",
                    "remedy",
                    "area",
                    "company_id",
                    "active",
                ),
                {
                    "limit_ids": Travelling(
                        "billing.check.limit",
                        (),
                        ("company_id", "category_id", "is_on", "level", "limit"),
                    )
                },
                is_global=True,
            ),
            "report": Travelling(
                "billing.report",
                ("name", "company_id"),
                (
                    "name",
                    "sequence",
                    "note",
                    "model_id",
                    "domain",
                    "date_field_id",
                    "span",
                    "date_start",
                    "date_end",
                    "group_field_id",
                ),
                {
                    "column_ids": Travelling(
                        "billing.report.column", (), ("sequence", "field_id", "name")
                    )
                },
            ),
        }

    @api.model
    def _get_references(self):
        """``{model: fields}`` by which records that settings refer to are named."""
        return REFERENCES

    @api.model
    def _get_faults(self, kind, entry, record):
        """What keeps a setting from being imported beside what its values say.

        :param entry: settings_file.Entry
        :param record: the record it would change; empty: it would be new
        :return: list of texts, each with what to do
        """
        scope = entry.values.get("scope", "own")
        if kind != "check" or record or scope == "own":
            return []
        return [
            self.env._(
                "This check is built into add-on %(addon)s, which is not installed "
                "here in this version. Install or update it.",
                addon=entry.addon,
            )
        ]

    # === Records ===

    @api.model
    def _selection_kind(self):
        return [
            (kind, self._get_title(found))
            for kind, found in self._get_travelling().items()
        ]

    @api.model
    def _get_title(self, travelling):
        if travelling.model == "res.company":
            return self.env._("Document Layout")
        return self.env["ir.model"]._get(travelling.model).name

    @api.model
    def _search_records(self, travelling):
        """Records of the company and those that all companies share."""
        model = self.env[travelling.model].with_context(active_test=False)
        if travelling.model == "res.company":
            return self.env.company
        domain = Domain.TRUE
        if "company_id" in model._fields:
            domain = Domain("company_id", "in", (self.env.company.id, False))
        return model.search(domain)

    @api.model
    def _get_values(self):
        """The Values of the company."""
        return Values(self.env, self._get_references())

    @api.model
    def _make_entries(self, kind, records):
        """The entries of records, as ``settings_file.dump`` takes them.

        :raises UserError: for two records of one name, and for references that have
            no name outside of this database
        """
        travelling, values = self._get_travelling()[kind], self._get_values()
        entries = {}
        for record in records:
            entry = Entry(
                kind,
                self.env.registry[travelling.model]._original_module,
                values.read_key(record, travelling.key),
                values.read_all(record, travelling),
            )
            if entry.identity in entries:
                raise UserError(
                    self.env._(
                        "There are two of “%(name)s” (%(kind)s). Rename one of them, "
                        "or leave it out.",
                        name=record.display_name,
                        kind=self._get_title(travelling),
                    )
                )
            entries[entry.identity] = entry
        return list(entries.values())

    @api.model
    def _index_records(self, travelling):
        """``{key as text: records}`` of what is there."""
        values = self._get_values()
        found = {}
        for record in self._search_records(travelling):
            key = canonical(values.read_key(record, travelling.key))
            found[key] = found.get(key, record.browse()) | record
        return found
