"""What the overview shows of the post office: specifications on their way."""

from odoo import models

from odoo.addons.billing_base.models.billing_cockpit import Step

CENTRES = {
    "a_nothing": "danger",
    "b_draft": "warning",
    "c_checked": "",
    "d_approved": "success",
}
"""How far a cost centre is, and how it is shown."""


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_lanes(self, scope):
        lanes = super()._get_lanes(scope)
        own = ("company_id", "=", scope.company.id)
        if scope.period and self._has("postal.specification", own):
            lanes.append(("post", 30, self.env._("Post Office"), "post"))
        return lanes

    def _get_steps(self):
        _ = self.env._
        return [
            *super()._get_steps(),
            Step("centres", "post", _("Cost Centres"), "postal.completeness", 10),
            Step("entries", "post", _("Specifications"), "postal.specification", 20),
            Step("mailings", "post", _("Hybrid Mail"), "postal.specification", 25),
            Step("proformas", "post", _("Pro-Formas"), "account.move", 30),
        ]

    def _read_centres(self, scope):
        """Cost centres by how far their month is; late when the period is over."""
        _ = self.env._
        Centre = self.env["postal.completeness"]
        own = ("period_id", "=", scope.period.id)
        found = dict(Centre._read_group([own], ["state"], ["__count"]))
        labels = dict(Centre._fields["state"]._description_selection(self.env))
        is_over = scope.period.date_end < scope.today
        late = {
            "a_nothing": _("Cost Centres without a Specification"),
            "b_draft": _("Cost Centres Not All Checked"),
        }
        return [
            self._figure(
                state,
                label,
                found[state],
                self._list(
                    "postal_billing.postal_completeness_action",
                    [own, ("state", "=", state)],
                ),
                tone=CENTRES[state],
                late=is_over and late.get(state),
            )
            for state, label in labels.items()
            if state in found
        ]

    def _read_entries(self, scope):
        """Specifications of the period by state, and entries without a price."""
        _ = self.env._
        Specification = self.env["postal.specification"]
        own = ("period_id", "=", scope.period.id)
        action = "postal_billing.postal_specification_action"
        found = {
            state: (count, amount)
            for state, count, amount in Specification._read_group(
                [own], ["state"], ["__count", "amount:sum"]
            )
        }
        bad = [own, ("problem_count", ">", 0)]
        unlike = [own, ("state", "=", "draft"), ("has_difference", "=", True)]
        is_over = scope.period.date_end < scope.today
        return [
            self._figure(
                "no_price",
                _("Without Price"),
                Specification.search_count(bad),
                self._list(action, bad),
                tone="danger",
            ),
            self._figure(
                "unlike",
                _("Unlike the Principal's List"),
                Specification.search_count(unlike),
                self._list(action, unlike),
                tone="danger",
            ),
            *(
                self._figure(
                    state,
                    name,
                    found.get(state, (0, 0.0))[0],
                    self._list(
                        action,
                        [own, ("state", "=", state)],
                        search_default_group_centre=1,
                    ),
                    amount=found.get(state, (0, 0.0))[1],
                    currency_id=scope.company.currency_id.id,
                    tone=tone,
                    late=is_over
                    and state == "draft"
                    and _("Specifications Not Checked"),
                )
                for state, name, tone in (
                    ("draft", _("Open"), "warning"),
                    ("checked", _("Checked, Not Invoiced"), "warning"),
                    ("invoiced", _("Invoiced"), "success"),
                )
            ),
        ]

    def _read_mailings(self, scope):
        """Specifications of hybrid mail, and those without a mailing job yet."""
        _ = self.env._
        own = [("period_id", "=", scope.period.id), ("kind", "=", "hybrid")]
        empty = [*own, ("state", "=", "draft"), ("mailing_ids", "=", False)]
        action = "postal_billing.postal_specification_hybrid_action"
        Specification = self.env["postal.specification"]
        [(count, amount)] = Specification._read_group(
            own, [], ["__count", "amount:sum"]
        )
        return [
            self._figure(
                "hybrid",
                _("Specifications"),
                count,
                self._list(action, own),
                amount=amount or 0.0,
                currency_id=scope.company.currency_id.id,
            ),
            self._figure(
                "no_mailing",
                _("Without a Mailing Job"),
                Specification.search_count(empty),
                self._list(action, empty),
                tone="warning",
            ),
        ]

    def _read_proformas(self, scope):
        """Drafts of the period that went out as pro-formas."""
        domain = [
            ("segment_ids.period_id", "=", scope.period.id),
            ("state", "=", "draft"),
            ("proforma_number", "!=", False),
        ]
        (count, amount), *_rest = self.env["account.move"]._read_group(
            domain, [], ["__count", "amount_total_signed:sum"]
        )
        return [
            self._figure(
                "proforma",
                self.env._("Pro-Formas Open"),
                count,
                self._list("billing_base.account_move_action", domain),
                amount=amount or 0.0,
                currency_id=scope.company.currency_id.id,
                tone="warning",
            )
        ]

    def _read_comparison(self, scope, business):
        compare, charts = super()._read_comparison(scope, business)
        is_asked = business in (None, False, "post")
        lanes = {lane[0] for lane in self._get_lanes(scope)}
        Specification = self.env["postal.specification"]
        if not is_asked or "post" not in lanes or not Specification.has_access("read"):
            return compare, charts
        _ = self.env._
        rows = self._read_history(
            scope, Specification._name, ("__count", "amount:sum", "money:sum")
        )
        names = (
            (1, _("Specifications"), "count"),
            (2, _("Specifications, Untaxed Amount"), "amount"),
            (3, _("Paid Out for Principals"), "amount"),
        )
        chart = {
            "key": "specifications",
            "name": _("Specifications by Period"),
            "type": "bar",
            "labels": [row[0].name for row in rows],
            "sets": [
                {
                    "name": scope.company.currency_id.name,
                    "values": [row[2] or 0.0 for row in rows],
                }
            ],
        }
        return [*compare, *self._compare(scope, rows, names)], [*charts, chart]
