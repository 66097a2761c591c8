"""A code list of one model: its sheet, its rows, what an import of it changes."""

from collections import defaultdict
from dataclasses import dataclass, replace

from ..rating import to_decimal
from ..sheets import BOOLEAN, CHOICE, DATE, DECIMAL, INTEGER, Column, Sheet
from .billing_list_plan import ListPlan, describe_changes, grouped

KINDS = {
    "boolean": BOOLEAN,
    "date": DATE,
    "float": DECIMAL,
    "integer": INTEGER,
    "monetary": DECIMAL,
    "selection": CHOICE,
}
LOOKUPS = {"res.bank": "bic", "res.currency": "name"}
"""How records of a model are named in a cell, where it isn't by code or name."""


@dataclass(frozen=True)
class CodeList:
    """A list kept in one model.

    :param model: its name
    :param key: fields that name a record once; a row with a known key changes it
    :param names: fields in the order of the columns
    """

    model: str
    key: tuple[str, ...]
    names: tuple[str, ...]

    def get_title(self, env):
        return env["ir.model"]._get(self.model).name

    def get_sheets(self, env):
        """The one sheet of the list, titled in the user's language."""
        model = env[self.model]
        strings = model.fields_get(self.names, ["string", "help"])
        return [
            Sheet(
                "list",
                self.get_title(env),
                tuple(self._column(model, name, strings[name]) for name in self.names),
                unique=self.key,
            )
        ]

    def get_tables(self, env, records=None):
        """The sheet with its rows, as ``sheets.write_file`` takes them."""
        (sheet,) = self.get_sheets(env)
        records = records or self._search(env)
        return [(sheet, [self._row(record) for record in records])]

    def plan(self, env, reading):
        """What the rows of a reading would make or change.

        :param reading: sheets.Reading
        :return: ListPlan
        """
        plan = ListPlan()
        (sheet,) = self.get_sheets(env)
        records = reading.records["list"]
        found = self._resolve(env, plan, records)
        existing = {self._key(record): record for record in self._search(env)}
        creates, updates = [], []
        for record in records:
            known = existing.get(tuple(record.values[name] for name in self.key))
            vals = self._vals(env, record, found, known)
            label = " ".join(str(record.get(name, "")) for name in self.key).strip()
            name = record.values.get("name")
            label = f"{label} {name}" if name and name != label else label
            if not known:
                creates.append(vals)
                plan.tell(record, True, label)
            elif vals:
                updates.append((known, vals))
                row = self._row(known)
                old = {name: row[name] for name in vals}
                changes = describe_changes(env, sheet.columns, old, record.values)
                plan.tell(record, False, f"{label} · {changes}")
            else:
                plan.unchanged += 1
        plan.steps.append(lambda: self._apply(env, creates, updates))
        return plan

    def _apply(self, env, creates, updates):
        env[self.model].create(creates)
        for records, vals in grouped(updates):
            records.write(vals)

    def _search(self, env):
        model = env[self.model].with_context(active_test=False)
        if "company_id" in model._fields:
            return model.search([("company_id", "=", env.company.id)])
        return model.search([])

    def _column(self, model, name, strings):
        field = model._fields[name]
        is_key = name in self.key
        needed = bool(field.required and (is_key or not field.default))
        column = field_column(model, name, strings)
        return replace(
            column,
            required=needed or self.key == (name,),
            optional=not is_key and not needed,
        )

    def _row(self, record):
        """The values of a record as a reading of its row has them."""
        return {name: field_value(record, name) for name in self.names}

    def _key(self, record):
        row = self._row(record)
        return tuple(row[name] for name in self.key)

    def _resolve(self, env, plan, records):
        """Records named in cells: ``{field: {text: id}}``; unknown ones are told."""
        found = {}
        for name in self.names:
            field = env[self.model]._fields[name]
            if field.type != "many2one":
                continue
            comodel = env[field.comodel_name]
            texts = {record.values[name] for record in records} - {None}
            lookup = _lookup(comodel)
            by_text = defaultdict(comodel.browse)
            for other in comodel.search([(lookup, "in", list(texts))]):
                by_text[other[lookup]] |= other
            found[name] = by_text
            for record in records:
                text = record.values[name]
                if text and len(by_text[text]) != 1 and name != "state_id":
                    title = env["ir.model"]._get(comodel._name).name
                    plan.findings.append(
                        record.finding(
                            _not_one(env, text, title, len(by_text[text])), name
                        )
                    )
        self._resolve_regions(env, plan, records, found)
        return found

    def _resolve_regions(self, env, plan, records, found):
        """The code of a region is one within its country only."""
        if "state_id" not in found:
            return
        for record in records:
            code, country = record.values["state_id"], record.values["country_id"]
            regions = found["state_id"][code] if code else ()
            if code and not any(r.country_id.code == country for r in regions):
                plan.findings.append(
                    record.finding(
                        env._(
                            "%(country)s has no region with the code “%(code)s”.",
                            country=country,
                            code=code,
                        ),
                        "state_id",
                    )
                )

    def _vals(self, env, record, found, known):
        """Values to write for a row; of a known record what differs."""
        row = self._row(known) if known else {}
        vals = {}
        for name, value in record.values.items():
            field = env[self.model]._fields[name]
            keeps = value is None and field.type in (
                "boolean",
                "float",
                "integer",
                "monetary",
                "selection",
            )
            if name not in record.places or keeps:
                continue
            if known and row[name] == value:
                continue
            if field.type == "many2one" and value is not None:
                others = found[name][value]
                if name == "state_id":
                    country = record.values["country_id"]
                    others = others.filtered(
                        lambda r, code=country: r.country_id.code == code
                    )
                value = others[:1].id
            elif field.type in ("float", "monetary"):
                value = float(value)
            vals[name] = False if value is None else value
        return vals


def field_column(model, name, strings):
    """An optional column for a field.

    :param dict strings: of ``fields_get``
    """
    field = model._fields[name]
    choices = ()
    if field.type == "selection":
        choices = tuple(field._description_selection(model.env))
    return Column(
        name,
        strings["string"],
        KINDS.get(field.type, "text"),
        choices=choices,
        optional=True,
        help=strings.get("help") or "",
        width=30 if name == "name" else 14,
    )


def field_value(record, name):
    """The value of a field as a reading of its cell has it."""
    field, value = record._fields[name], record[name]
    if field.type == "many2one":
        return value[_lookup(value)] if value else None
    if field.type in ("float", "monetary"):
        return to_decimal(value)
    return value if field.type in ("boolean", "integer") else value or None


def _not_one(env, text, title, count):
    if count:
        return env._(
            "%(count)s records of the list “%(list)s” are called “%(text)s”. Give "
            "this one a name of its own.",
            count=count,
            list=title,
            text=text,
        )
    return env._(
        "“%(text)s” is not in the list “%(list)s”. Add it there or correct the cell.",
        text=text,
        list=title,
    )


def _lookup(model):
    if model._name in LOOKUPS:
        return LOOKUPS[model._name]
    return "code" if "code" in model._fields else "name"
