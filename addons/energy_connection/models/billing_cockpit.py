"""What the overview shows of ordered grid work."""

from odoo import models

from odoo.addons.billing_base.models.billing_cockpit import Step

CHAIN = {
    "basis": "warning",
    "offer_sent": "",
    "accepted": "",
    "released": "",
    "invoice_sent": "",
    "invoice_paid": "success",
}
"""States a case goes through until it is settled."""


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_lanes(self, scope):
        lanes = super()._get_lanes(scope)
        if self._has("connection.case", ("company_id", "=", scope.company.id)):
            lanes.append(("grid", 70, self.env._("Ordered Grid Work"), "grid"))
        return lanes

    def _get_steps(self):
        _ = self.env._
        return [
            *super()._get_steps(),
            Step("notifications", "grid", _("Requests"), "connection.notification", 10),
            Step("cases", "grid", _("Cases"), "connection.case", 20),
            Step("orders", "grid", _("Orders"), "connection.order", 30),
            Step("settlements", "grid", _("Settlement"), "connection.refund", 40),
        ]

    def _read_notifications(self, scope):
        new = [("company_id", "=", scope.company.id), ("state", "=", "new")]
        return [
            self._figure(
                "new",
                self.env._("New Requests"),
                self.env["connection.notification"].search_count(new),
                self._list("energy_connection.connection_notification_action", new),
                tone="warning",
            )
        ]

    def _read_cases(self, scope):
        """Open cases by state with their amounts, and those past their deadline."""
        own = ("company_id", "=", scope.company.id)
        action = "energy_connection.connection_case_action"
        Case = self.env["connection.case"]
        late = [
            own,
            ("date_deadline", "<", scope.today),
            ("state", "in", list(CHAIN)),
        ]
        labels = dict(Case._fields["state"]._description_selection(self.env))
        found = {
            state: (count, amount)
            for state, count, amount in Case._read_group(
                [own, ("state", "in", list(CHAIN))],
                ["state"],
                ["__count", "amount:sum"],
            )
        }
        return [
            self._figure(
                "late",
                self.env._("Past Deadline"),
                Case.search_count(late),
                self._list(action, late),
                tone="danger",
                is_late=True,
            ),
            *(
                self._figure(
                    state,
                    labels[state],
                    found.get(state, (0, 0.0))[0],
                    self._list(action, [own, ("state", "=", state)]),
                    amount=found.get(state, (0, 0.0))[1] or 0.0,
                    currency_id=scope.company.currency_id.id,
                    tone=tone,
                )
                for state, tone in CHAIN.items()
            ),
        ]

    def _read_orders(self, scope):
        """Orders to contractors: blocked, under way, past their deadline."""
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        Order = self.env["connection.order"]
        return [
            self._figure(
                key,
                name,
                Order.search_count([own, *domain]),
                self._list("energy_connection.connection_order_action", [own, *domain]),
                tone=tone,
                is_late=key == "late_order",
            )
            for key, name, domain, tone in (
                ("blocked", _("Blocked"), [("state", "=", "blocked")], ""),
                (
                    "going",
                    _("Under Way"),
                    [("state", "in", ("released", "started"))],
                    "success",
                ),
                (
                    "late_order",
                    _("Past Deadline"),
                    [
                        ("date_deadline", "<", scope.today),
                        ("state", "not in", ("done", "stopped")),
                    ],
                    "danger",
                ),
            )
        ]

    def _read_settlements(self, scope):
        """What earlier payers are to get back."""
        proposed = [("company_id", "=", scope.company.id), ("state", "=", "proposed")]
        (count, amount), *_rest = self.env["connection.refund"]._read_group(
            proposed, [], ["__count", "amount:sum"]
        )
        return [
            self._figure(
                "refunds",
                self.env._("Refunds Proposed"),
                count,
                self._list("energy_connection.connection_refund_action", proposed),
                amount=amount or 0.0,
                currency_id=scope.company.currency_id.id,
                tone="warning",
            )
        ]
