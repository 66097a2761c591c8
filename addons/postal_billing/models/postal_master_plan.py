"""What an import of master data would make or change."""

from odoo.exceptions import ValidationError
from odoo.fields import Command

from odoo.addons.base_iban.models.res_partner_bank import normalize_iban, validate_iban
from odoo.addons.billing_base.models.billing_list_plan import (
    ListPlan,
    describe_changes,
    grouped,
)

SHEETS = ("kinds", "regions", "centres", "cities", "partners", "banks", "contracts")
PARTNER_FIELDS = ("ref", "name", "vat", "street", "zip", "city", "email", "phone")
KEEPS_WHEN_EMPTY = ("active", "account", "city", "holder", "profile")
"""Columns whose empty cell leaves what there is."""


class MasterPlan(ListPlan):
    """Findings, changes and the steps that write them, sheet by sheet.

    :param existing: as ``existing_rows`` of postal_master_list.py
    """

    def __init__(self, env, reading, sheets, existing):
        super().__init__()
        self.env = env
        self.company = env.company
        self.rows = reading.records
        self.columns = {sheet.key: sheet.columns for sheet in sheets}
        self.existing = existing
        self.records = {
            key: {name: record for name, (record, _row) in found.items()}
            for key, found in existing.items()
        }
        self._normalize()
        self.named = self._get_named()
        self.services = {}
        for record in self.rows["services"]:
            self.services.setdefault(record["contract"], []).append(record)
        for key in SHEETS:
            self._plan_sheet(key)
        self._plan_services()

    # === Reading ===

    def _normalize(self):
        """Cells as the database has them: codes in capitals, IBANs without spaces."""
        for record in self.rows["banks"]:
            record.values["iban"] = normalize_iban(record["iban"]).upper()
        for key in ("cities", "partners"):
            for record in self.rows[key]:
                if record.values["country"]:
                    record.values["country"] = record["country"].upper()
        for record in self.rows["partners"]:
            record.values["kinds"] = tuple(sorted(record["kinds"]))

    def _get_named(self):
        """Records that cells name: ``{kind of name: {text: record}}``."""
        env, own = self.env, [("company_id", "=", self.company.id)]
        shared = [("company_id", "in", (False, self.company.id))]

        def by(model, field, domain):
            return {record[field]: record for record in env[model].search(domain)}

        return {
            "country": by("res.country", "code", []),
            "terms": by("account.payment.term", "name", shared),
            "profile": by("billing.profile", "name", own),
            "bic": by("res.bank", "bic", [("bic", "!=", False)]),
            "type": by(
                "billing.agreement.type", "code", [("postal_kind", "!=", False), *own]
            ),
            "tariff": by("billing.tariff", "code", own),
        }

    # === Rows ===

    def _plan_sheet(self, key):
        check = getattr(self, f"_check_{key}", None)
        creates, updates = [], []
        for record in self.rows[key]:
            if check:
                check(record)
            known, row = self.existing[key].get(self._key(key, record), (None, {}))
            changed = self._changed(record, row)
            self._note(key, record, known, row, changed)
            if known is None:
                creates.append(record)
            elif changed:
                updates.append((known, record, changed))
        write = getattr(self, f"_write_{key}")
        self.steps.append(lambda: write(creates, updates))

    def _key(self, key, record):
        names = {
            "cities": ("country", "zip"),
            "banks": ("partner", "iban"),
            "services": ("contract", "type"),
            "partners": ("ref",),
            "contracts": ("number",),
        }.get(key, ("code",))
        values = tuple(record.values[name] for name in names)
        return values if len(values) > 1 else values[0]

    def _changed(self, record, row):
        """Names of the columns whose cells say something else than what there is."""
        return [
            name
            for name in record.places
            if not (record.values[name] is None and name in KEEPS_WHEN_EMPTY)
            and record.values[name] != row.get(name)
        ]

    def _note(self, key, record, known, row, changed):
        label = " ".join(
            str(record.get(column.key, "")) for column in self.columns[key][:2]
        )
        if known is None:
            self.tell(record, True, label)
        elif changed:
            old = {name: row.get(name) for name in changed}
            text = describe_changes(self.env, self.columns[key], old, record.values)
            self.tell(record, False, f"{label} · {text}")
        else:
            self.unchanged += 1

    def _wrong(self, record, column, text):
        self.findings.append(record.finding(text, column))

    def _check_named(self, record, column, title):
        text = record.values[column]
        if text and text not in self.named[column]:
            self._wrong_name(record, column, text, title)

    def _check_in_sheet(self, record, column, key, title):
        """The cell names a record that is there or stands on its sheet."""
        text = record.values[column]
        for code in text if isinstance(text, tuple) else filter(None, (text,)):
            rows = (self._key(key, other) for other in self.rows[key])
            if code not in self.existing[key] and code not in rows:
                self._wrong_name(record, column, code, title)

    def _wrong_name(self, record, column, text, title):
        self._wrong(
            record,
            column,
            self.env._(
                "“%(text)s” is not in the list “%(list)s”. Add it there or correct "
                "the cell.",
                text=text,
                list=title,
            ),
        )

    # === Checks ===

    def _check_centres(self, record):
        self._check_in_sheet(record, "region", "regions", self.env._("Regions"))

    def _check_cities(self, record):
        self._check_named(record, "country", self.env._("Countries"))

    def _check_partners(self, record):
        _ = self.env._
        self._check_in_sheet(record, "kinds", "kinds", _("Kinds of Partner"))
        self._check_named(record, "country", _("Countries"))
        self._check_named(record, "terms", _("Payment Terms"))
        self._check_named(record, "profile", _("Billing Profiles"))
        if record.values["account"] and not record.values["profile"]:
            known = self.existing["partners"].get(record["ref"], (None, {}))[1]
            if not known.get("profile"):
                self._wrong(
                    record,
                    "profile",
                    _("A billing account needs its profile: how invoices are made."),
                )

    def _check_banks(self, record):
        _ = self.env._
        self._check_in_sheet(record, "partner", "partners", _("Partners"))
        self._check_named(record, "bic", _("Banks"))
        try:
            validate_iban(record["iban"])
        except ValidationError as error:
            self._wrong(record, "iban", str(error))

    def _check_contracts(self, record):
        _ = self.env._
        self._check_in_sheet(record, "partner", "partners", _("Partners"))
        self._check_named(record, "terms", _("Payment Terms"))
        end = record.values["end"]
        if end and end < record["start"]:
            self._wrong(record, "end", _("The contract ends before it begins."))
        known, row = self.existing["contracts"].get(record["number"], (None, {}))
        if known is None:
            if record["number"] not in self.services:
                self._wrong(
                    record,
                    "number",
                    _(
                        "The contract has no services. Name its agreement types and "
                        "price lists on the sheet “Services of Contracts”."
                    ),
                )
            self._check_account(record)
            return
        if record["partner"] != row["partner"]:
            self._wrong(
                record,
                "partner",
                _("The contract is of %(partner)s.", partner=row["partner"] or "–"),
            )
        if record["start"] != row["start"] and known.agreement_ids.segment_ids:
            self._wrong(
                record,
                "start",
                _("Services were billed under this contract: its first day stays."),
            )

    def _check_account(self, record):
        """Who gets a contract has a billing account, or gets it by the file."""
        known = self.existing["partners"].get(record["partner"], (None, {}))[1]
        given = any(
            partner["ref"] == record["partner"] and partner.values["account"]
            for partner in self.rows["partners"]
        )
        if not known.get("account") and not given:
            self._wrong(
                record,
                "partner",
                self.env._(
                    "The partner has no billing account. Give it a number on the sheet "
                    "“Partners”."
                ),
            )

    def _plan_services(self):
        _ = self.env._
        creates = []
        for record in self.rows["services"]:
            self._check_in_sheet(record, "contract", "contracts", _("Contracts"))
            self._check_named(record, "type", _("Agreement Types"))
            self._check_named(record, "tariff", _("Price Lists"))
            known, row = self.existing["services"].get(
                self._key("services", record), (None, {})
            )
            if known is None:
                creates.append(record)
            elif record["tariff"] != row["tariff"]:
                self._wrong(
                    record,
                    "tariff",
                    _(
                        "The contract has the price list %(list)s. Another one is "
                        "agreed by an annex, with the day it begins.",
                        list=row["tariff"],
                    ),
                )
            self._note("services", record, known, row, ())
        self.steps.append(lambda: self._write_services(creates))

    # === Writing ===

    def _store(self, key, model, creates, updates, prepare, extra=None):
        """Create and change records of a sheet in sets.

        :param prepare: function of a record and the names of its columns to write
        """
        made = self.env[model].create(
            [
                {**(extra or {}), **prepare(record, list(record.places))}
                for record in creates
            ]
        )
        for record, one in zip(creates, made, strict=True):
            self.records[key][self._key(key, record)] = one
        for records, vals in grouped(
            [(known, prepare(record, names)) for known, record, names in updates]
        ):
            records.write(vals)
        return made

    def _write_kinds(self, creates, updates):
        self._store("kinds", "postal.partner.kind", creates, updates, _plain)

    def _write_regions(self, creates, updates):
        extra = {"company_id": self.company.id}
        self._store("regions", "postal.region", creates, updates, _plain, extra)

    def _write_centres(self, creates, updates):
        plan = self.env.ref("postal_billing.analytic_plan_cost_centre")

        def prepare(record, names):
            vals = _plain(record, [n for n in names if n not in ("region", "active")])
            if "region" in names:
                region = self.records["regions"].get(record.values["region"])
                vals["postal_region_id"] = region.id if region else False
            if "active" in names and record.values["active"] is not None:
                vals["active"] = record["active"]
            return vals

        extra = {"plan_id": plan.id, "company_id": self.company.id}
        self._store(
            "centres", "account.analytic.account", creates, updates, prepare, extra
        )

    def _write_cities(self, creates, updates):
        def prepare(record, names):
            return {
                "name": record["name"],
                "zipcode": record["zip"],
                "country_id": self.named["country"][record["country"]].id,
            }

        self._store("cities", "res.city", creates, updates, prepare)

    def _write_partners(self, creates, updates):
        def prepare(record, names):
            vals = _plain(record, [name for name in names if name in PARTNER_FIELDS])
            if "kinds" in names:
                kinds = [self.records["kinds"][code].id for code in record["kinds"]]
                vals["postal_kind_ids"] = [Command.set(kinds)]
            if "country" in names:
                vals["country_id"] = self._id("country", record)
            if "terms" in names:
                vals["property_payment_term_id"] = self._id("terms", record)
            if "zip" in names:
                place = (record.values["country"], record.values["zip"])
                city = self.records["cities"].get(place)
                vals["city_id"] = city.id if city else False
                if city and not record.values["city"]:
                    vals["city"] = city.name
            return vals

        extra = {"is_company": True}
        self._store("partners", "res.partner", creates, updates, prepare, extra)
        self._write_accounts([*creates, *(record for _one, record, _n in updates)])

    def _write_accounts(self, records):
        accounts = self.env["billing.account"]
        creates, updates = [], []
        for record in records:
            number, profile = record.values["account"], record.values["profile"]
            partner = self.records["partners"][record["ref"]]
            account = partner.billing_account_ids.filtered(
                lambda account: account.company_id == self.company
            )[:1]
            vals = {}
            if number and number != account.code:
                vals["code"] = number
            if profile and profile != account.profile_id.name:
                vals["profile_id"] = self.named["profile"][profile].id
            if account and vals:
                updates.append((account, vals))
            elif not account and number:
                vals.update(partner_id=partner.id, company_id=self.company.id)
                creates.append(vals)
        accounts.create(creates)
        for found, vals in grouped(updates):
            found.write(vals)

    def _write_banks(self, creates, updates):
        def prepare(record, names):
            vals = {}
            if "iban" in names:
                vals["acc_number"] = record["iban"]
                vals["partner_id"] = self.records["partners"][record["partner"]].id
            if "bic" in names:
                vals["bank_id"] = self._id("bic", record)
            if "holder" in names and record.values["holder"]:
                vals["acc_holder_name"] = record["holder"]
            return vals

        self._store("banks", "res.partner.bank", creates, updates, prepare)

    def _write_contracts(self, creates, updates):
        def prepare(record, names):
            vals = {}
            if "number" in names:
                vals["code"] = record["number"]
                vals["partner_id"] = self.records["partners"][record["partner"]].id
            if "name" in names:
                vals["name"] = record["name"]
            if "terms" in names:
                vals["payment_term_id"] = self._id("terms", record)
            if "ceiling" in names:
                vals["ceiling"] = float(record.values["ceiling"] or 0)
            return vals

        changes = [
            (known, record, [n for n in names if n in ("name", "terms", "ceiling")])
            for known, record, names in updates
        ]
        extra = {"company_id": self.company.id}
        self._store(
            "contracts",
            "contract.contract",
            creates,
            [change for change in changes if change[2]],
            prepare,
            extra,
        )
        self._write_validity(updates)
        self._write_discounts(creates, updates)

    def _write_validity(self, updates):
        """Agreements, and their first terms, begin and end with their contract."""
        dated = []
        for known, record, names in updates:
            agreements = known.agreement_ids.filtered("type_id.postal_kind")
            if "start" in names:
                first = agreements.term_ids.filtered(
                    lambda term: term.date_start == term.agreement_id.date_start
                )
                dated.append((first, {"date_start": record["start"]}))
                dated.append((agreements, {"date_start": record["start"]}))
            if "end" in names:
                dated.append((agreements, {"date_end": record.values["end"] or False}))
        for records, vals in dated:
            records.write(vals)

    def _write_discounts(self, creates, updates):
        Discount = self.env["billing.discount"]
        named = [*creates, *(record for _one, record, _names in updates)]
        contracts = self.records["contracts"]
        last = {
            found.contract_id: found
            for found in Discount.search(
                [
                    ("contract_id", "in", [contracts[r["number"]].id for r in named]),
                    ("tariff_id", "=", False),
                    ("item_id", "=", False),
                    ("method", "=", "percent"),
                ],
                order="date_start",
            )
        }
        vals_list, changes, dropped = [], [], Discount
        for record in named:
            if "discount" not in record.places:
                continue
            contract = contracts[record["number"]]
            known, percent = last.get(contract), record.values["discount"]
            end = record.values["end"] or False
            if known and percent is None:
                # one of 0 % would still come before other discounts
                dropped |= known
            elif known:
                changes.append((known, {"percent": float(percent), "date_end": end}))
            elif percent is not None:
                vals_list.append(
                    {
                        "scope": "contract",
                        "contract_id": contract.id,
                        "company_id": self.company.id,
                        "percent": float(percent),
                        "date_start": record["start"],
                        "date_end": end,
                    }
                )
        dropped.unlink()
        Discount.create(vals_list)
        for records, vals in grouped(changes):
            records.write(vals)

    def _write_services(self, creates):
        vals_list = []
        dates = {record["number"]: record for record in self.rows["contracts"]}
        for record in creates:
            contract = self.records["contracts"][record["contract"]]
            given = dates.get(record["contract"])
            _known, row = self.existing["contracts"].get(record["contract"], (None, {}))
            start = given["start"] if given else row["start"]
            end = given.values["end"] if given else row["end"]
            vals_list.append(
                {
                    "code": f"{record['contract']}-{record['type']}",
                    "contract_id": contract.id,
                    "account_id": contract.partner_id.billing_account_ids.filtered(
                        lambda account: account.company_id == self.company
                    )[:1].id,
                    "company_id": self.company.id,
                    "type_id": self.named["type"][record["type"]].id,
                    "date_start": start,
                    "date_end": end or False,
                    "term_ids": [
                        Command.create(
                            {
                                "date_start": start,
                                "tariff_id": self.named["tariff"][record["tariff"]].id,
                            }
                        )
                    ],
                }
            )
        self.env["billing.agreement"].create(vals_list)

    def _id(self, column, record):
        text = record.values[column]
        return self.named[column][text].id if text else False


def _plain(record, names):
    return {
        name: False if record.values[name] is None else record.values[name]
        for name in names
    }
