"""What the web client asks the server for when someone opens a screen.

The crawl tests call it for every action of every role, ``script/bench web`` with a
clock in hand.
"""

from lxml import etree

from odoo import fields
from odoo.fields import Domain
from odoo.tools.safe_eval import datetime, dateutil, safe_eval
from odoo.tools.safe_eval import time as safe_time

LIMIT = 80
COUNT_LIMIT = 10001
X2MANY = ("one2many", "many2many")
MULTI = ("list", "kanban")


class Screen:
    """A window action as a user opens it.

    :param env: of the user
    :param action: ir.actions.act_window
    :param active: the records it is opened on, where it is bound to a model
    """

    def __init__(self, env, action, active=None):
        action = action.sudo()
        self.action = action
        values = {
            "uid": env.uid,
            "active_id": active and active[:1].id,
            "active_ids": active.ids if active else [],
            "active_model": active._name if active is not None else False,
            "allowed_company_ids": env.companies.ids,
            "context_today": lambda: fields.Date.context_today(env.user),
            "context": {},
            "datetime": datetime,
            "dateutil": dateutil,
            "time": safe_time,
            "relativedelta": dateutil.relativedelta.relativedelta,
        }
        context = safe_eval(action.context or "{}", values)
        if active is not None:
            context |= {name: values[name] for name in values if "active_" in name}
        self.values = values
        self.context = context
        self.env = env(context={**env.context, **context})
        self.model = self.env[action.res_model]
        self.domain = Domain(safe_eval(action.domain or "[]", values))
        self.groupby = []

    def load_views(self):
        """The views of the action, as after a reload of the browser."""
        modes = [(view_id, mode) for view_id, mode in self.action.views]
        search = (self.action.search_view_id.id, "search")
        loaded = self.model.get_views(
            [*modes, search], {"toolbar": True, "action_id": self.action.id}
        )
        self.archs = {
            mode: etree.fromstring(view["arch"])
            for mode, view in loaded["views"].items()
        }
        self._apply_filters()
        return self.archs

    def get_filters(self):
        """``{name: (domain, field to group by)}`` of the search view."""
        found = {}
        for node in self.archs["search"].iter("filter"):
            domain = node.get("domain")
            context = safe_eval(node.get("context") or "{}", self.values)
            found[node.get("name")] = (
                Domain(safe_eval(domain, self.values)) if domain else Domain.TRUE,
                self._with_interval(context.get("group_by")),
            )
        return found

    def _with_interval(self, group):
        """The client groups dates by month where nothing else is said, and offers the
        properties that are defined instead of all of them."""
        if not group or ":" in group:
            return group
        kind = self.model._fields[group].type
        if kind == "properties":
            return None
        return f"{group}:month" if kind in ("date", "datetime") else group

    def _apply_filters(self):
        """The filters the action begins with."""
        filters = self.get_filters()
        for name, value in self.context.items():
            name = name.removeprefix("search_default_")
            if value and name in filters:
                domain, group = filters[name]
                self.domain &= domain
                if group:
                    self.groupby.append(group)

    # === Views ===

    def open(self):
        """Load the views and read what they show first, the search view aside."""
        for mode, arch in self.load_views().items():
            if mode not in ("search", "form", "activity"):
                self.load(mode, arch)

    def load(self, mode, arch):
        """What one view asks for."""
        if mode in MULTI:
            asked = specification(self.model, arch)
            if self.groupby:
                return self.model.web_read_group(
                    self.domain,
                    self.groupby[:1],
                    self._sums(asked),
                    limit=LIMIT,
                    auto_unfold=True,
                    unfold_read_specification=asked,
                )
            return self.model.web_search_read(
                self.domain, asked, limit=LIMIT, count_limit=COUNT_LIMIT
            )
        rows, columns, measures = [], [], ["__count"]
        for node in arch.iter("field"):
            name = node.get("name")
            if node.get("type") == "measure":
                measures.append(f"{name}:{self.model._fields[name].aggregator}")
            elif node.get("type") == "col":
                columns.append(self._spec(node))
            elif node.get("type") == "row" or mode == "graph":
                rows.append(self._spec(node))
        if mode == "pivot":
            sets = [[], rows[:1], columns[:1], [*rows[:1], *columns[:1]]]
            sets = [list(found) for found in dict.fromkeys(map(tuple, sets))]
            return self.model.formatted_read_grouping_sets(self.domain, sets, measures)
        if mode == "graph":
            return self.model.formatted_read_group(self.domain, rows, measures)
        names = [node.get("name") for node in arch.iter("field")]
        return self.model.search_read(self.domain, names or ["id"], limit=LIMIT)

    def _spec(self, node):
        """What a row or column of a pivot or graph groups by."""
        name, interval = node.get("name"), node.get("interval")
        return self._with_interval(f"{name}:{interval}" if interval else name)

    def _sums(self, asked):
        """Aggregates of the columns, as a grouped list shows them."""
        found = ["__count"]
        for name in asked:
            field = self.model._fields[name]
            if field.aggregator and field.store and field.type != "many2one":
                found.append(f"{name}:{field.aggregator}")
        return found

    def form(self, record):
        """Read a record for its form."""
        asked = specification(self.model, self._form_arch())
        return self.model.browse(record.id).web_read(asked)

    def new(self):
        """An empty form with its defaults."""
        asked = specification(self.model, self._form_arch())
        return self.model.onchange({}, [], asked)

    def _form_arch(self):
        if "form" not in self.archs:
            view = self.model.get_views([(False, "form")])["views"]["form"]
            self.archs["form"] = etree.fromstring(view["arch"])
        return self.archs["form"]


def specification(model, arch):
    """Fields of a view as the client asks for them: ``{name: {…}}``."""
    asked = {}
    for node in arch.xpath(".//field[not(ancestor::groupby)]"):
        above = node.iterancestors("field")
        if any(parent is not arch and _inside(parent, arch) for parent in above):
            continue
        name = node.get("name")
        field = model._fields.get(name)
        if field is None:
            raise AssertionError(f"{model._name} has no field {name}")
        if field.type in ("many2one", "reference"):
            asked[name] = {"fields": {"display_name": {}}}
        elif field.type in X2MANY:
            sub = next((child for child in node if child.tag in (*MULTI, "form")), None)
            comodel = model.env[field.comodel_name]
            asked[name] = {
                "fields": specification(comodel, sub)
                if sub is not None
                else {"display_name": {}}
            }
        else:
            asked[name] = {}
    return asked


def _inside(node, arch):
    return arch in node.iterancestors()
