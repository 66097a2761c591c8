"""What an import of settings would do: worked out, tried, then done as a whole."""

from dataclasses import dataclass, field

from psycopg2 import IntegrityError

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..settings_file import canonical, differences
from .billing_configuration_value import SOURCE

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
SHOWN = 60
"""Letters of a value in a preview."""


class _Undo(Exception):
    """Ends a trial: what it wrote is rolled back."""


@dataclass
class Step:
    """What becomes of one entry of a file.

    :param entry: settings_file.Entry
    :param travelling: of its kind; None where nobody knows it
    :param record: what it changes; empty: a new one
    :param dict values: what is written; of a known record, what differs
    :param texts: what differs, or why it is refused and what to do
    """

    entry: object
    travelling: object = None
    record: object = None
    values: dict = field(default_factory=dict)
    state: str = SAME
    texts: list[str] = field(default_factory=list)

    def refuse(self, *texts):
        self.state, self.texts = REFUSED, [*texts]
        return self

    @property
    def name(self):
        """By what the record is known, for the preview."""
        name = self.entry.values.get("name")
        if isinstance(name, dict):
            name = name.get(SOURCE)
        parts = [v for v in self.entry.key.values() if v and not isinstance(v, dict)]
        return str(name or ", ".join(map(str, parts)))


class BillingConfiguration(models.AbstractModel):
    _inherit = "billing.configuration"

    @api.model
    def _check_may_travel(self):
        if not self.env.su and not self.env.user.has_group(
            "billing_base.group_billing_admin"
        ):
            raise AccessError(
                self.env._("Only an administrator of billing takes settings along.")
            )

    @api.model
    def _plan(self, entries):
        """What entries of a file would do here.

        :param entries: list of settings_file.Entry
        :return: list of Step in the order in which they are done
        """
        self._check_may_travel()
        values = self._get_values()
        kinds = self._get_travelling()
        known = {
            kind: self._index_records(kinds[kind])
            for kind in {entry.kind for entry in entries} & kinds.keys()
        }
        steps = [
            self._plan_entry(entry, kinds.get(entry.kind), known, values)
            for entry in entries
        ]
        order = {kind: place for place, kind in enumerate(kinds)}
        return sorted(
            steps, key=lambda s: (order.get(s.entry.kind, len(order)), s.entry.number)
        )

    def _plan_entry(self, entry, travelling, known, values):
        if travelling is None:
            text = self.env._(
                "Settings of this kind are not known here. Install or update add-on "
                "%(addon)s.",
                addon=entry.addon,
            )
            return Step(entry).refuse(text)
        step = Step(entry, travelling)
        if set(entry.key) != set(travelling.key):
            text = self.env._(
                "It is not said which record this is. Take the file as it was exported."
            )
            return step.refuse(text)
        faults = values.check(travelling, {**entry.key, **entry.values})
        if faults:
            return step.refuse(*faults)
        key = canonical(entry.key)
        found = known[entry.kind].get(key, self.env[travelling.model])
        if len(found) > 1:
            return step.refuse(
                self.env._("There are several of this name here. Rename all but one.")
            )
        faults = self._get_faults(entry.kind, entry, found)
        if not found and travelling.is_global and self._is_taken(travelling, entry):
            faults.append(
                self.env._(
                    "Another company has one of this name. Give it another name there, "
                    "or remove this record from the file."
                )
            )
        if faults:
            return step.refuse(*faults)
        step.record = found
        wanted = values.normalise(travelling, entry.values)
        if not found:
            step.state, step.values = NEW, {**entry.key, **wanted}
            return step
        found_differences = differences(values.read_all(found, travelling), wanted)
        step.values = {each.name: wanted[each.name] for each in found_differences}
        step.texts = [
            self._describe(travelling, values, difference)
            for difference in found_differences
        ]
        step.state = CHANGED if step.values else SAME
        return step

    def _is_taken(self, travelling, entry):
        """Whether a company whose records are not seen here has the key."""
        model = self.env[travelling.model].sudo().with_context(active_test=False)
        domain = [(name, "=", entry.key[name]) for name in travelling.key]
        return bool(model.search_count(domain, limit=1))

    def _describe(self, travelling, values, difference):
        """What differs, in the user's words."""
        label = values.get_label(travelling, difference.name)
        if difference.is_list:
            return self.env._(
                "%(field)s: %(removed)s removed, %(added)s added",
                field=label,
                removed=difference.removed,
                added=difference.added,
            )
        kind = self.env[travelling.model]._fields[difference.name].type
        if kind == "binary":
            return self.env._("%(field)s: another file", field=label)
        show = self._show
        return f"{label}: {show(difference.old)} → {show(difference.new)}"

    def _show(self, value):
        if value is None or value == "":
            return "–"
        if isinstance(value, bool):
            return self.env._("yes") if value else self.env._("no")
        if isinstance(value, dict):
            value = ", ".join(str(part) for part in value.values() if part)
        text = str(value)
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"

    @api.model
    def _try(self, steps):
        """Do it and undo it: steps that the database or a rule refuses say so."""
        try:
            with self.env.cr.savepoint():
                for step in steps:
                    if step.state in (NEW, CHANGED):
                        self._try_step(step)
                raise _Undo
        except _Undo:
            self.env.invalidate_all(flush=False)

    def _try_step(self, step):
        try:
            with self.env.cr.savepoint():
                self._apply_step(step)
                self.env.flush_all()
        except UserError as error:
            step.refuse(str(error))
        except IntegrityError as error:
            model = self.env[step.travelling.model]
            step.refuse(model._sql_error_to_message(error))

    @api.model
    def _apply(self, steps):
        """Do all steps, in the caller's transaction.

        :raises UserError: where one is refused; then nothing is done
        """
        self._check_may_travel()
        refused = [step for step in steps if step.state == REFUSED]
        if refused:
            raise UserError(
                self.env._(
                    "Record %(number)s: %(reason)s",
                    number=refused[0].entry.number,
                    reason=refused[0].texts[0],
                )
            )
        for step in steps:
            if step.state in (NEW, CHANGED):
                self._apply_step(step)

    def _apply_step(self, step):
        values = self._get_values()
        record = step.record.with_context(lang=None)
        if record._name == "res.company":
            # keepers of billing have no form of companies; only the fields that
            # travel are written, of their own company
            record = record.sudo()
        resolved = values.resolve_all(step.record, step.travelling, step.values)
        if record:
            record.write(resolved)
        else:
            record = record.create(resolved)
        values.write_texts(record, step.values)
