"""What the overview shows: one set of numbers, each with the list behind it."""

from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError

MONTHS = 13
"""Periods in the charts: this one and those of a year before it."""

FIGURES = (
    "__count",
    "segment_count:sum",
    "error_count:sum",
    "ready_count:sum",
    "frozen_count:sum",
    "stale_count:sum",
    "amount:sum",
)
"""What is read of the agreements of a period, in one statement."""


@dataclass(frozen=True)
class Step:
    """A link of the chain.

    :param key: ``_read_<key>(scope)`` of the cockpit reads its figures
    :param lane: key of the lane it stands in, see ``_get_lanes``
    :param model: who cannot read it, or one of ``also``, does not see the step
    :param is_slow: asked for after the rest of the page is there
    """

    key: str
    lane: str
    name: str
    model: str
    sequence: int = 100
    is_slow: bool = False
    also: tuple = ()


@dataclass(frozen=True)
class Scope:
    """What the figures are of.

    :param period: billing.period, empty where there is none yet
    :param company: res.company
    :param today: date of the user
    :param totals: sums of FIGURES over the period's agreements, by their worst check
    """

    period: object
    company: object
    today: object
    totals: dict

    def total(self, name, worst=None):
        """Sum of one of FIGURES, of the agreements with a worst check or of all."""
        place = FIGURES.index(name)
        return sum(
            row[place] or 0
            for check, row in self.totals.items()
            if worst is None or check == worst
        )


class BillingCockpit(models.AbstractModel):
    """The overview: the chain of a period's steps, what is late, what is at work.

    Add-ons extend ``_get_lanes``, ``_get_steps`` with a ``_read_<key>`` each,
    ``_read_comparison``, ``_get_work`` and ``_get_setup``. Everything is read as the
    user, so that companies, roles and record rules count.
    """

    _name = "billing.cockpit"
    _description = "Overview"

    @api.model
    @api.readonly
    def get_overview(self, options=None):
        """The page, without the steps that take long.

        :param options: ``{"period_id", "business"}``; without a period the active one
            of the first cycle, without a business all of them
        :return: ``{"periods", "period", "needs_period", "lanes", "late", "work",
            "compare", "charts", "setup", "currency_id"}``
        :raises AccessError: for who has no role in billing
        """
        self._check_role()
        options = options or {}
        business = options.get("business")
        scope = self._get_scope(options)
        lanes = self._read_lanes(scope, business)
        compare, charts = self._read_comparison(scope, business)
        return {
            "company": scope.company.name,
            "currency_id": scope.company.currency_id.id,
            "periods": self._read_periods(scope),
            "period": self._describe_period(scope),
            # a business whose work stands outside periods needs none
            "needs_period": not scope.period and not (business and lanes),
            "lanes": lanes,
            "late": _late(lanes),
            "work": self._get_work(scope),
            "setup": self._read_setup(scope),
            "compare": compare,
            "charts": charts,
        }

    @api.model
    @api.readonly
    def get_slow_steps(self, options=None):
        """Figures of the steps that ``get_overview`` left empty.

        :return: ``{step key: [figure, …]}``
        """
        self._check_role()
        options = options or {}
        scope = self._get_scope(options)
        return {
            step.key: getattr(self, f"_read_{step.key}")(scope)
            for step in self._get_visible_steps(
                scope, self._get_lanes_of(scope, options.get("business"))
            )
            if step.is_slow
        }

    def _check_role(self):
        if not self.env.user.has_group("billing_base.group_billing_viewer"):
            raise AccessError(
                self.env._("The overview needs a role in billing. Ask who gives roles.")
            )

    # === What it is of ===

    def _get_scope(self, options):
        Period = self.env["billing.period"]
        period = Period.browse(options.get("period_id") or []).exists()
        if period:
            period.check_access("read")
        else:
            active = Period.search([("is_active", "=", True)])
            own = active.filtered(lambda p: p.company_id == self.env.company)
            period = (own or active)[:1]
        company = period.company_id or self.env.company
        cockpit = self.with_company(company)
        totals = {
            worst: row
            for worst, *row in self.env["billing.agreement.period"]._read_group(
                [("period_id", "in", period.ids)], ["worst_check"], FIGURES
            )
        }
        return Scope(period, company, fields.Date.context_today(cockpit), totals)

    def _read_periods(self, scope):
        """Periods to choose from: the active ones, and those of the cycle shown."""
        Period = self.env["billing.period"]
        found = Period.search([("is_active", "=", True)])
        if scope.period:
            latest = scope.period.date_end + relativedelta(years=1)
            found |= Period.search(
                [
                    ("cycle_id", "=", scope.period.cycle_id.id),
                    ("date_start", "<=", latest),
                ],
                order="date_start desc",
                limit=2 * MONTHS,
            )
        return [
            {
                "id": period.id,
                "name": f"{period.cycle_id.name} {period.name}",
                "company": period.company_id.name,
                "is_active": period.is_active,
            }
            for period in found.sorted(
                lambda p: (p.company_id.id, p.cycle_id.name, p.date_start)
            )
        ]

    def _describe_period(self, scope):
        period = scope.period
        if not period:
            return False
        return {
            "id": period.id,
            "name": period.name,
            "cycle": period.cycle_id.name,
            "state": period.state,
            "is_active": period.is_active,
            "date_start": fields.Date.to_string(period.date_start),
            "date_end": fields.Date.to_string(period.date_end),
            "days_over": max((scope.today - period.date_end).days, 0),
            "action": self._record("billing_base.billing_period_action", period),
        }

    # === The chain ===

    def _get_lanes(self, scope):
        """``[(key, sequence, name, business), …]`` of what the company does."""
        return [("billing", 50, self.env._("Billing"), "billing")]

    def _get_lanes_of(self, scope, business=None):
        lanes = (
            lane
            for lane in self._get_lanes(scope)
            if not business or lane[3] == business
        )
        return sorted(lanes, key=lambda lane: lane[1])

    def _get_steps(self):
        """The registry of steps: a list of :class:`Step`."""
        return []

    def _get_visible_steps(self, scope, lanes):
        keys = {lane[0] for lane in lanes}
        return [
            step
            for step in sorted(self._get_steps(), key=lambda step: step.sequence)
            if step.lane in keys
            and (scope.period or step.lane != "billing")
            and all(
                self.env[model].has_access("read") for model in (step.model, *step.also)
            )
        ]

    def _read_lanes(self, scope, business):
        found = self._get_lanes_of(scope, business)
        steps = self._get_visible_steps(scope, found)
        lanes = []
        for key, _sequence, name, _business in found:
            own = [
                {
                    "key": step.key,
                    "name": step.name,
                    "is_slow": step.is_slow,
                    "figures": []
                    if step.is_slow
                    else getattr(self, f"_read_{step.key}")(scope),
                }
                for step in steps
                if step.lane == key
            ]
            if own:
                lanes.append({"key": key, "name": name, "steps": own})
        return lanes

    def _has(self, model, *domain):
        """Whether there is such a record; who may not read it need not make it."""
        Model = self.env[model]
        return not Model.has_access("read") or bool(
            Model.search(domain, order="id", limit=1)
        )

    # === Parts of figures ===

    def _figure(self, key, name, value, action=None, *, tone="", late="", **more):
        """A number of a step.

        :param action: of ``_list`` or ``_record``
        :param tone: "danger", "warning", "success" or nothing; shown unless it is 0
        :param late: its name under "What is late", which says of what it is without
            the step beside it; stands there unless it is 0
        :param more: "kind" count (default), amount, percent or text; "currency_id" of
            an amount; "amount" shown beside a count
        """
        return {
            "key": key,
            "name": name,
            "value": value,
            "kind": "count",
            "action": action,
            "tone": tone if value else "",
            "late": value and late or "",
            **more,
        }

    def _list(self, xmlid, domain, **context):
        """The list behind a number.

        :param xmlid: of the window action whose views are used
        :param domain: what the number counts
        """
        return {"xmlid": xmlid, "domain": domain, "context": context}

    def _record(self, xmlid, record):
        """The form of one record, by a window action of its model."""
        return {"xmlid": xmlid, "res_id": record.id}

    # === What is at work ===

    def _get_work(self, scope):
        """What runs, or ended with errors.

        :return: ``[{"name", "state", "text", "progress", "time_left", "failed",
            "action"}, …]``; progress in percent, "state" of running, stopped, failed
        """
        return []

    # === What a new company lacks ===

    def _get_setup(self, scope):
        """``[(sequence, name, what it is good for, whether done, action xmlid), …]``"""
        return []

    def _read_setup(self, scope):
        """Steps until the first bill; empty once all of them are done."""
        if not self.env.user.has_group("billing_base.group_billing_manager"):
            return []
        rows = sorted(self._get_setup(scope), key=lambda row: row[0])
        if all(row[3] for row in rows):
            return []
        return [
            {
                "name": name,
                "help": text,
                "is_done": bool(done),
                "action": {"xmlid": xmlid},
            }
            for _sequence, name, text, done, xmlid in rows
        ]


def _late(lanes):
    """Figures of what is late, of all lanes."""
    return [
        {**figure, "step": step["name"]}
        for lane in lanes
        for step in lane["steps"]
        for figure in step["figures"]
        if figure["late"]
    ]
