from markupsafe import Markup

from odoo import api, fields, models

from ..shares import Case, Component, SharesError, contribution
from .tools import exact, rounding_of, sentences, translated

INTERNAL = "billing_base.group_billing_viewer"
"""Who sees figures; customers see them on the offer, contractors not at all."""

BASIS = (
    "date_start",
    "point_count",
    "capacity_kw",
    "cost_ids.estimate",
    "cost_ids.actual",
    "cost_ids.has_actual",
    "cost_ids.caused",
    "cost_ids.payer",
    "cost_ids.source",
    "cost_ids.is_regulated",
    "cost_ids.component_id.level",
    "share_ids.method",
    "share_ids.part",
    "share_ids.total",
    "share_ids.before",
    "share_ids.reinvestment",
    "share_ids.quality",
    "share_ids.advancement",
    "share_ids.component_id",
)
"""What the figures of a case are made from, besides the dated rules."""


class ConnectionCase(models.Model):
    """The cost basis: what the customer contributes, and why."""

    _inherit = "connection.case"

    contribution = fields.Monetary(
        string="Construction Contribution",
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
    )
    contribution_actual = fields.Monetary(
        string="Contribution at Actual Cost",
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
    )
    deduction = fields.Monetary(
        string="Standard Deduction",
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
    )
    contractual = fields.Monetary(
        string="Contractual Work",
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
    )
    contractual_actual = fields.Monetary(
        string="Contractual at Actual Cost",
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
    )
    amount = fields.Monetary(
        string="Total Without Tax",
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
    )
    explanation = fields.Json(compute="_compute_basis", store=True, groups=INTERNAL)
    explanation_html = fields.Html(
        string="Calculation", compute="_compute_explanation_html", groups=INTERNAL
    )
    problem = fields.Char(
        compute="_compute_basis",
        store=True,
        groups=INTERNAL,
        help="Why it can't be calculated. No offer is made until it is mended.",
    )

    @api.depends(*BASIS)
    def _compute_basis(self):
        rules = self._load_rules()
        for case in self:
            try:
                planned = case._get_contribution(rules)
                real = case._get_contribution(rules, actual=True)
            except SharesError as error:
                case.update(case._prepare_problem(translated(error, self.env.lang)))
                continue
            works = case.cost_ids.filtered(
                lambda cost: cost.payer == "customer" and not cost.is_regulated
            )
            contractual = sum(exact(cost.estimate) for cost in works)
            case.update(
                {
                    "contribution": float(planned.amount),
                    "contribution_actual": float(real.amount),
                    "deduction": float(min(planned.deduction, planned.shared)),
                    "contractual": float(contractual),
                    "contractual_actual": float(
                        sum(exact(cost._get_final()) for cost in works)
                    ),
                    "amount": float(planned.amount + contractual),
                    "explanation": case._explain(planned),
                    "problem": False,
                }
            )

    def _prepare_problem(self, text):
        names = ("contribution", "contribution_actual", "deduction", "contractual")
        figures = dict.fromkeys((*names, "contractual_actual", "amount"), 0.0)
        return {**figures, "explanation": False, "problem": text}

    def _load_rules(self):
        """``{company id: (reductions, deductions)}``, two queries for all cases."""
        reductions = self.env["connection.reduction.rule"]._get_rules(self.company_id)
        deductions = self.env["connection.deduction.rule"]._get_rules(self.company_id)
        return {
            company: (reductions[company], deductions[company])
            for company in reductions
        }

    def _get_contribution(self, rules, actual=False, changes=None):
        """:class:`..shares.Contribution` of the case.

        :param rules: of :meth:`_load_rules`
        :param actual: at actual cost without what the customer caused, else estimated
        :param changes: for a what-if, ``{share id: {field: value}, "case": {…}}``
        :raises SharesError: figures that can't be shared
        """
        self.ensure_one()
        changes = changes or {}
        facts = {
            "point_count": self.point_count,
            "capacity_kw": self.capacity_kw,
            **changes.get("case", {}),
        }
        reductions, deductions = rules.get(self.company_id.id, ((), ()))
        return contribution(
            Case(
                start=self.date_start or fields.Date.context_today(self),
                points=facts["point_count"],
                capacity_kw=exact(facts["capacity_kw"]),
            ),
            self._prepare_components(actual, changes),
            reductions,
            deductions,
            rounding_of(self.currency_id),
        )

    def _prepare_components(self, actual, changes):
        """Regulated costs the customer pays, one component each."""
        costs = self.cost_ids.filtered(
            lambda cost: cost.payer == "customer" and cost.is_regulated
        )

        def total(some):
            if actual:
                return sum(
                    (exact(cost._get_final()) - exact(cost.caused) for cost in some),
                    exact(0),
                )
            return sum((exact(cost.estimate) for cost in some), exact(0))

        later = costs.filtered(lambda cost: cost.source == "later")
        rest = costs - later
        components = []
        for share in self.share_ids:
            own = rest.filtered(lambda c, s=share: c.component_id == s.component_id)
            rest -= own
            components.append(
                share._prepare_component(total(own), changes.get(share.id, {}))
            )
        for cost in rest | later:
            components.append(
                Component(
                    key=cost._get_key(),
                    name=cost.name,
                    level="" if cost in later else cost.component_id.level or "",
                    cost=total(cost),
                )
            )
        return components

    def _explain(self, result):
        """Parts with their sentences, as they are stored and shown."""
        lang = self.partner_id.lang or self.env.lang
        names = {share._get_key(): share.component_id.name for share in self.share_ids}
        names |= {cost._get_key(): cost.name for cost in self.cost_ids}
        parts = [
            {
                "key": share.key,
                "name": names.get(share.key, ""),
                "amount": str(share.amount),
                "steps": sentences(share.steps, lang),
            }
            for share in result.shares
        ]
        return [
            *parts,
            {
                "key": "sum",
                "name": "",
                "amount": str(result.amount),
                "steps": sentences(result.steps, lang),
            },
        ]

    @api.depends("explanation")
    def _compute_explanation_html(self):
        for case in self:
            case.explanation_html = explain_html(case.explanation)

    def _ensure_shares(self):
        """A share for each component that regulated costs name, with its settings."""
        values = []
        for case in self:
            costs = case.cost_ids.filtered(
                lambda c: c.is_regulated and c.component_id and c.source != "later"
            )
            missing = costs.component_id - case.share_ids.component_id
            values += [
                {"case_id": case.id, "component_id": component.id}
                for component in missing
            ]
        return self.env["connection.share"].create(values)


def explain_html(parts):
    """The stored explanation as a list of parts with their sentences."""
    html = Markup()
    for part in parts or ():
        if part["name"]:
            html += Markup("<h6>%s</h6>") % part["name"]
        steps = Markup().join(Markup("<li>%s</li>") % s["text"] for s in part["steps"])
        html += Markup("<ul>%s</ul>") % steps
    return html
