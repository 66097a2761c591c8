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
UNPAID = ("accepted", "released", "invoice_sent")
"""States of a case whose customer said yes and has not paid all of it."""


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
            Step("offers", "grid", _("Offers"), "sale.order", 25),
            Step("orders", "grid", _("Orders"), "connection.order", 30),
            Step("invoices", "grid", _("Invoices"), "account.move", 35),
            Step(
                "settlements",
                "grid",
                _("Settlement"),
                "connection.refund",
                40,
                also=("connection.case", "connection.settlement"),
            ),
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
                late=self.env._("Cases Past Their Deadline"),
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
            self._figure(
                "unpaid",
                self.env._("Accepted, Not Paid"),
                sum(found.get(state, (0, 0.0))[0] for state in UNPAID),
                self._list(action, [own, ("state", "in", list(UNPAID))]),
                amount=sum(found.get(state, (0, 0.0))[1] or 0.0 for state in UNPAID),
                currency_id=scope.company.currency_id.id,
            ),
        ]

    def _read_offers(self, scope):
        """Offers nobody has answered yet, and those that ran out."""
        _ = self.env._
        sent = [
            ("company_id", "=", scope.company.id),
            ("connection_case_id", "!=", False),
            ("state", "=", "sent"),
        ]
        over = [*sent, ("validity_date", "<", scope.today)]
        Offer = self.env["sale.order"]
        action = "energy_connection.connection_offer_action"
        return [
            self._figure(
                "out",
                _("Waiting for an Answer"),
                Offer.search_count(sent),
                self._list(action, sent),
            ),
            self._figure(
                "over",
                _("Validity Over"),
                Offer.search_count(over),
                self._list(action, over),
                tone="danger",
                late=_("Offers Past Their Validity"),
            ),
        ]

    def _read_invoices(self, scope):
        """Invoices of cases that are drafts, open or overdue."""
        _ = self.env._
        own = [
            ("company_id", "=", scope.company.id),
            ("connection_case_id", "!=", False),
            ("move_type", "=", "out_invoice"),
        ]
        unpaid = [
            *own,
            ("state", "=", "posted"),
            ("payment_state", "not in", ("paid", "in_payment", "reversed")),
        ]
        rows = (
            ("draft", _("Draft"), [*own, ("state", "=", "draft")], "total", "warning"),
            ("open", _("Not Paid"), unpaid, "residual", ""),
            (
                "overdue_invoice",
                _("Overdue"),
                [*unpaid, ("invoice_date_due", "<", scope.today)],
                "residual",
                "danger",
            ),
        )
        figures = []
        for key, name, domain, amount, tone in rows:
            [(count, total)] = self.env["account.move"]._read_group(
                domain, [], ["__count", f"amount_{amount}_signed:sum"]
            )
            figures.append(
                self._figure(
                    key,
                    name,
                    count,
                    self._list("billing_base.account_move_action", domain),
                    amount=total or 0.0,
                    currency_id=scope.company.currency_id.id,
                    tone=tone,
                    late=tone == "danger" and _("Invoices of Cases Overdue"),
                )
            )
        return figures

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
                late=key == "late_order" and _("Orders Past Their Deadline"),
            )
            for key, name, domain, tone in (
                ("blocked", _("Blocked"), [("state", "=", "blocked")], ""),
                ("released", _("Released"), [("state", "=", "released")], "success"),
                ("started", _("Started"), [("state", "=", "started")], "success"),
                (
                    "review",
                    _("To Be Looked At"),
                    [("needs_review", "=", True)],
                    "warning",
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
        """Work notified as complete that has no final invoice, settlements that are
        shown but not done, and what earlier payers are to get back."""
        _ = self.env._
        own = ("company_id", "=", scope.company.id)
        rows = (
            (
                "completed",
                _("Completed, Not Settled"),
                "connection.case",
                [
                    own,
                    ("date_completion", "!=", False),
                    ("state", "in", list(CHAIN)),
                    ("settlement_ids", "not any", [("state", "=", "done")]),
                ],
                "amount",
            ),
            (
                "preview",
                _("Settlements to Confirm"),
                "connection.settlement",
                [own, ("state", "=", "preview")],
                "due",
            ),
            (
                "refunds",
                _("Refunds Proposed"),
                "connection.refund",
                [own, ("state", "=", "proposed")],
                "amount",
            ),
        )
        figures = []
        for key, name, model, domain, amount in rows:
            [(count, total)] = self.env[model]._read_group(
                domain, [], ["__count", f"{amount}:sum"]
            )
            action = f"energy_connection.{model.replace('.', '_')}_action"
            figures.append(
                self._figure(
                    key,
                    name,
                    count,
                    self._list(action, domain),
                    amount=total or 0.0,
                    currency_id=scope.company.currency_id.id,
                    tone="warning",
                )
            )
        return figures

    def _read_comparison(self, scope, business):
        """Of ordered grid work alone: what stands in each state of a case."""
        if business != "grid" or not self.env["connection.case"].has_access("read"):
            return super()._read_comparison(scope, business)
        Case = self.env["connection.case"]
        labels = dict(Case._fields["state"]._description_selection(self.env))
        found = dict(
            Case._read_group(
                [
                    ("company_id", "=", scope.company.id),
                    ("state", "in", list(CHAIN)),
                ],
                ["state"],
                ["amount:sum"],
            )
        )
        chart = {
            "key": "cases",
            "name": self.env._("Amount of Open Cases by State"),
            "type": "bar",
            "labels": [labels[state] for state in CHAIN],
            "sets": [
                {
                    "name": scope.company.currency_id.name,
                    "values": [found.get(state) or 0.0 for state in CHAIN],
                }
            ],
        }
        return [], [chart]
