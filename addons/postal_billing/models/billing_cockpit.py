"""What the overview shows of the post office: specifications on their way."""

from odoo import models

from odoo.addons.billing_base.models.billing_cockpit import Step


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
            Step("proformas", "post", _("Pro-Formas"), "account.move", 30),
        ]

    def _read_centres(self, scope):
        """Cost centres by how far their month is."""
        Centre = self.env["postal.completeness"]
        own = ("period_id", "=", scope.period.id)
        found = dict(Centre._read_group([own], ["state"], ["__count"]))
        labels = dict(Centre._fields["state"]._description_selection(self.env))
        return [
            self._figure(
                state,
                label,
                found[state],
                self._list(
                    "postal_billing.postal_completeness_action",
                    [own, ("state", "=", state)],
                ),
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
        is_over = scope.period.date_end < scope.today
        return [
            self._figure(
                "no_price",
                _("Without Price"),
                Specification.search_count(bad),
                self._list(action, bad),
                tone="danger",
            ),
            *(
                self._figure(
                    state,
                    name,
                    found.get(state, (0, 0.0))[0],
                    self._list(action, [own, ("state", "=", state)]),
                    amount=found.get(state, (0, 0.0))[1],
                    currency_id=scope.company.currency_id.id,
                    tone=tone,
                    is_late=is_over and state == "draft",
                )
                for state, name, tone in (
                    ("draft", _("Open"), "warning"),
                    ("checked", _("Checked, Not Invoiced"), "warning"),
                    ("invoiced", _("Invoiced"), "success"),
                )
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
