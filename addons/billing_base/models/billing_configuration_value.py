"""Values of records as a file has them, and back: no database ids."""

import base64
import binascii

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..settings_file import canonical

SOURCE = "en_US"
NUMBERS = {"integer": (int,), "float": (int, float), "monetary": (int, float)}


class Unresolved(Exception):
    """A value that cannot be stored here; the text says why and what to do."""


class Values:
    """Reads and resolves values of one company.

    :param references: ``{model: fields}`` by which records are named
    """

    def __init__(self, env, references):
        self.env = env
        self.references = references
        self.languages = [code for code, _name in env["res.lang"].get_installed()]
        self._found = {}

    # === From records ===

    def read_all(self, record, travelling):
        """All values of a record but its key, children as lists."""
        values = self.read_values(record, travelling.names)
        for name, child in travelling.children.items():
            rows = [
                self.read_all(row, child) for row in self.get_children(record, name)
            ]
            if "sequence" not in child.names:
                rows.sort(key=canonical)
            values[name] = rows
        return values

    def get_children(self, record, name):
        """Children that are the company's or everybody's."""
        rows = record[name]
        company = rows._fields.get("company_id")
        if company and not company.related:
            rows = rows.filtered(
                lambda row: not row.company_id or row.company_id == self.env.company
            )
        return rows.sorted()

    def read_key(self, record, names):
        """What names a record, in the language of the source."""
        plain = record.with_context(lang=None)
        return {
            name: str(plain[name])
            if plain[name] and record._fields[name].translate
            else self._read_value(plain, name)
            for name in names
        }

    def read_values(self, record, names):
        return {name: self._read_value(record, name) for name in names}

    def _read_value(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "many2one":
            return self._name(value) if value else None
        if field.type == "many2many":
            return sorted((self._name(each) for each in value), key=canonical)
        if field.type == "boolean" or field.type in NUMBERS:
            return value
        if field.type in ("date", "datetime"):
            return fields.Date.to_string(value) if value else None
        if field.type == "binary":
            return value.decode() if value else None
        if field.translate:
            return self._read_texts(record, name)
        return str(value) if value else None

    def _read_texts(self, record, name):
        """The text; with languages, where one says it otherwise."""
        source = record.with_context(lang=None)[name]
        if not source:
            return None
        texts = {SOURCE: str(source)}
        for code in self.languages:
            text = record.with_context(lang=code)[name]
            if text and text != source:
                texts[code] = str(text)
        return texts if len(texts) > 1 else str(source)

    def _name(self, record):
        """By what a record is named outside of this database."""
        if record._name == "res.company":
            if record != self.env.company:
                raise UserError(
                    self.env._("Settings of another company are not exported.")
                )
            return {"own": True}
        names = self.references.get(record._name)
        if names:
            # names of models, fields and accounts are no secrets, whoever may see them
            plain = record.sudo().with_context(lang=None)
            return {name: plain[name] or None for name in names}
        external = record.get_external_id()[record.id]
        if not external or external.startswith("__"):
            raise UserError(
                self.env._(
                    "“%(name)s” has no name outside of this database. Choose another "
                    "in the setting, or leave the setting out.",
                    name=record.display_name,
                )
            )
        return {"external_id": external}

    # === To records ===

    def resolve_all(self, record, travelling, values):
        """What ``write`` or ``create`` takes without a language.

        :param record: what is changed; empty for a new one
        :param dict values: of the file
        :raises Unresolved:
        """
        result = {}
        model = self.env[travelling.model]
        for name, value in values.items():
            if name in travelling.children:
                child = travelling.children[name]
                result[name] = self._resolve_children(record, name, child, value)
            elif isinstance(value, dict) and model._fields[name].translate:
                result[name] = value[SOURCE]
            else:
                result[name] = self._resolve(model, name, value)
        return result

    def write_texts(self, record, values):
        """Texts of the other languages; those a file has not are those of its own."""
        names = [name for name in values if record._fields[name].translate]
        for code in self.languages if names else ():
            if code != SOURCE:
                record.with_context(lang=code).write(
                    {name: _in_language(values[name], code) for name in names}
                )
        for name, rows in values.items():
            if record._fields[name].type == "one2many":
                # just made, in the order of the file
                made = self.get_children(record, name).sorted("id")
                for child, row in zip(made, rows, strict=True):
                    self.write_texts(child, row)

    def normalise(self, travelling, values):
        """Values as ``read_all`` gives them: without languages that are not here."""
        model = self.env[travelling.model]
        result = {}
        for name, value in values.items():
            if name in travelling.children:
                child = travelling.children[name]
                value = [self.normalise(child, row) for row in value]
                if "sequence" in child.names:
                    value.sort(key=lambda row: row.get("sequence") or 0)
                else:
                    value.sort(key=canonical)
            elif model._fields[name].type == "many2many":
                value = sorted(value or [], key=canonical)
            elif isinstance(value, dict) and model._fields[name].translate:
                source = value[SOURCE]
                texts = {
                    code: text
                    for code, text in value.items()
                    if code in self.languages and code != SOURCE and text != source
                }
                value = {SOURCE: source, **texts} if texts else source
            result[name] = value
        return result

    def _resolve_children(self, record, name, child, rows):
        commands = [
            Command.delete(row.id)
            for row in (self.get_children(record, name) if record else ())
        ]
        for row in rows:
            commands.append(Command.create(self.resolve_all(None, child, row)))
        return commands

    def check(self, travelling, values):
        """Faults of values that can be told before anything is written.

        :return: list of texts, each with what to do
        """
        model, faults = self.env[travelling.model], []
        known = {*travelling.names, *travelling.key, *travelling.children}
        for name, value in values.items():
            if name not in known:
                faults.append(
                    self.env._(
                        "There is no field “%(name)s” here. Install or update the "
                        "add-on that brings it.",
                        name=name,
                    )
                )
            elif name in travelling.children:
                faults += self._check_children(travelling, name, value)
            else:
                try:
                    self._resolve(model, name, value)
                except Unresolved as error:
                    faults.append(f"{self.get_label(travelling, name)}: {error}")
        return faults

    def _check_children(self, travelling, name, rows):
        label = self.get_label(travelling, name)
        if not isinstance(rows, list):
            return [f"{label}: {self._describe_wrong(rows)}"]
        faults = []
        for number, row in enumerate(rows, 1):
            place = f"{label} {number}"
            if isinstance(row, dict):
                child = travelling.children[name]
                faults += [f"{place}: {text}" for text in self.check(child, row)]
            else:
                faults.append(f"{place}: {self._describe_wrong(row)}")
        return faults

    def get_label(self, travelling, name):
        """What the user calls a field."""
        model = self.env[travelling.model]
        return model.fields_get([name], ["string"])[name]["string"]

    def _describe_wrong(self, value):
        return self.env._(
            "“%(value)s” is no value of this field. Take the file as it was exported.",
            value=value,
        )

    def _resolve(self, model, name, value):
        field = model._fields[name]
        if field.type == "many2one":
            return self._find(field.comodel_name, value) if value else False
        if field.type == "many2many":
            if not isinstance(value, list):
                raise Unresolved(self._describe_wrong(value))
            found = [self._find(field.comodel_name, each) for each in value]
            return [Command.set(found)]
        if value is None:
            return False
        if not self._fits(model, name, value):
            raise Unresolved(self._describe_wrong(value))
        return value

    def _fits(self, model, name, value):
        field = model._fields[name]
        if field.type == "boolean":
            return isinstance(value, bool)
        if field.type in NUMBERS:
            return isinstance(value, NUMBERS[field.type]) and value is not True
        if field.type == "selection":
            choices = dict(field._description_selection(self.env))
            return isinstance(value, str) and value in choices
        if field.type == "binary":
            return isinstance(value, str) and _is_base64(value)
        if field.type == "date":
            return isinstance(value, str) and _is_date(value)
        if isinstance(value, dict) and field.translate:
            return SOURCE in value and all(isinstance(t, str) for t in value.values())
        return isinstance(value, str)

    def _find(self, model_name, reference):
        """The id of the record a reference names.

        :raises Unresolved: for none or several
        """
        if reference == {"own": True} and model_name == "res.company":
            return self.env.company.id
        key = model_name, canonical(reference)
        if key not in self._found:
            self._found[key] = self._search(model_name, reference)
        return self._found[key]

    def _search(self, model_name, reference):
        names = self.references.get(model_name, ("external_id",))
        if not isinstance(reference, dict) or set(reference) != set(names):
            raise Unresolved(self._describe_wrong(reference))
        if names == ("external_id",):
            external = str(reference["external_id"])
            found = self.env.ref(external, False) if "." in external else None
            if found is not None and found._name != model_name:
                found = None
        else:
            model = self.env[model_name].sudo().with_context(lang=None)
            domain = Domain.AND(
                [(name, "=", value or False)] for name, value in reference.items()
            )
            if {"company_id", "company_ids"} & model._fields.keys():
                domain &= Domain(model._check_company_domain(self.env.company))
            found = model.search(domain, limit=2)
        kind = self.env["ir.model"]._get(model_name).name
        name = ", ".join(str(value) for value in reference.values() if value)
        if not found:
            raise Unresolved(
                self.env._(
                    "There is no %(kind)s %(name)s here. Enter it first.",
                    kind=kind,
                    name=name,
                )
            )
        if len(found) > 1:
            raise Unresolved(
                self.env._(
                    "There are several %(kind)s %(name)s. Rename all but one.",
                    kind=kind,
                    name=name,
                )
            )
        return found.id


def _in_language(value, code):
    """A text of a file in a language."""
    if isinstance(value, dict):
        return value.get(code, value[SOURCE])
    return value or False


def _is_base64(text):
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _is_date(text):
    try:
        fields.Date.to_date(text)
    except ValueError:
        return False
    return True
