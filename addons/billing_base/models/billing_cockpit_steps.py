"""Steps of billing itself: from agreements to money and ledger."""

from odoo import models

from .billing_cockpit import Step


class BillingCockpit(models.AbstractModel):
    _inherit = "billing.cockpit"

    def _get_steps(self):
        _ = self.env._
        return [
            *super()._get_steps(),
            Step("generate", "billing", _("Generate"), "billing.agreement.period", 10),
            Step("check", "billing", _("Check"), "billing.agreement.period", 20),
            Step("invoice", "billing", _("Invoice"), "account.move", 30),
            Step(
                "send",
                "billing",
                _("Send"),
                "billing.delivery",
                40,
                also=("account.move",),
            ),
            Step(
                "pay",
                "billing",
                _("Payments"),
                "billing.debt",
                50,
                also=("account.move", "billing.payment.plan"),
            ),
            Step("ledger", "billing", _("Ledger"), "billing.ledger.export", 60),
        ]

    def _read_generate(self, scope):
        """Who is to be billed, and for whom nothing was made yet."""
        _ = self.env._
        period = ("period_id", "=", scope.period.id)
        Figures = self.env["billing.agreement.period"]
        figures = "billing_base.billing_agreement_period_action"
        segments = "billing_base.billing_segment_action"
        nothing = [period, ("segment_count", "=", 0)]
        is_over = scope.period.date_end < scope.today
        charges = [("state", "=", "waiting"), ("date", "<=", scope.today)]
        charges += [("company_id", "=", scope.company.id)]
        live = ("state", "not in", ("cancelling", "cancelled"))
        return [
            self._figure(
                "agreements",
                _("Agreements"),
                scope.total("__count"),
                self._list(figures, [period]),
            ),
            self._figure(
                "segments",
                _("Segments"),
                scope.total("segment_count:sum"),
                self._list(segments, [period, live]),
                amount=scope.total("amount:sum"),
                currency_id=scope.company.currency_id.id,
            ),
            self._figure(
                "nothing",
                _("Nothing Generated"),
                Figures.search_count(nothing),
                self._list(figures, nothing),
                tone="warning",
                late=is_over and _("Agreements without a Segment"),
            ),
            self._figure(
                "stale",
                _("Source Changed"),
                scope.total("stale_count:sum"),
                self._list(segments, [period, ("is_stale", "=", True), live]),
                tone="warning",
            ),
            self._figure(
                "charges",
                _("Charges Due and Waiting"),
                self.env["billing.charge"].search_count(charges),
                self._list("billing_base.billing_charge_action", charges),
                tone="warning",
            ),
        ]

    def _read_check(self, scope):
        """How the segments stand, and whose findings keep them from being invoiced."""
        _ = self.env._
        period = ("period_id", "=", scope.period.id)
        segments = "billing_base.billing_segment_action"
        figures = "billing_base.billing_agreement_period_action"
        return [
            self._figure(
                "error",
                _("With Error"),
                scope.total("error_count:sum"),
                self._list(
                    segments,
                    [period, ("state", "in", ("incomplete", "error"))],
                    search_default_group_check=1,
                ),
                tone="danger",
                late=scope.period.date_end < scope.today
                and _("Segments with an Error"),
            ),
            self._figure(
                "warning",
                _("Agreements with a Warning"),
                scope.total("__count", "warning"),
                self._list(figures, [period, ("worst_check", "=", "warning")]),
                tone="warning",
            ),
            self._figure(
                "waived",
                _("Agreements with a Waived Error"),
                scope.total("__count", "waived"),
                self._list(figures, [period, ("worst_check", "=", "waived")]),
            ),
            self._figure(
                "ready",
                _("Ready"),
                scope.total("ready_count:sum"),
                self._list(segments, [period, ("state", "=", "ready")]),
                tone="success",
            ),
            self._figure(
                "frozen",
                _("Invoiced"),
                scope.total("frozen_count:sum"),
                self._list(segments, [period, ("state", "=", "frozen")]),
                tone="success",
            ),
        ]

    def _read_invoice(self, scope):
        """Invoices of the period's segments by state."""
        _ = self.env._
        own = ("segment_ids.period_id", "=", scope.period.id)
        found = {
            state: (count, amount)
            for state, count, amount in self.env["account.move"]._read_group(
                [own], ["state"], ["__count", "amount_total_signed:sum"]
            )
        }
        return [
            self._figure(
                state,
                name,
                found.get(state, (0, 0.0))[0],
                self._list(
                    "billing_base.account_move_action", [own, ("state", "=", state)]
                ),
                amount=found.get(state, (0, 0.0))[1],
                currency_id=scope.company.currency_id.id,
                tone=tone,
            )
            for state, name, tone in (
                ("draft", _("Draft"), "warning"),
                ("posted", _("Posted"), "success"),
            )
        ]

    def _read_send(self, scope):
        """Deliveries of the period's invoices; what needs attention, of any period."""
        _ = self.env._
        own = ("move_id.segment_ids.period_id", "=", scope.period.id)
        action = "billing_base.billing_delivery_action"
        Delivery = self.env["billing.delivery"]
        found = dict(Delivery._read_group([own], ["state"], ["__count"]))
        bad = [
            ("company_id", "=", scope.company.id),
            ("state", "in", ("failed", "uncertain")),
        ]
        waiting = found.get("waiting", 0) + found.get("sending", 0)
        return [
            self._figure(
                "waiting",
                _("To Deliver"),
                waiting,
                self._list(action, [own, ("state", "in", ("waiting", "sending"))]),
                tone="warning",
            ),
            self._figure(
                "sent",
                _("Sent"),
                found.get("sent", 0),
                self._list(action, [own, ("state", "=", "sent")]),
                tone="success",
            ),
            self._figure(
                "failed",
                _("Failed or Uncertain"),
                Delivery.search_count(bad),
                self._list(action, bad),
                tone="danger",
                late=_("Deliveries Failed or Uncertain"),
            ),
        ]

    def _read_pay(self, scope):
        """What of the period is paid, and what is overdue of any period."""
        _ = self.env._
        currency = {"currency_id": scope.company.currency_id.id}
        own = ("segment_ids.period_id", "=", scope.period.id)
        posted = ("state", "=", "posted")
        paid = ("payment_state", "in", ("paid", "in_payment", "reversed"))
        invoices = "billing_base.account_move_action"
        (count, amount), *_rest = self.env["account.move"]._read_group(
            [own, posted, paid], [], ["__count", "amount_total_signed:sum"]
        )
        overdue = [
            ("company_id", "=", scope.company.id),
            ("amount_open", ">", 0),
            ("days_overdue", ">", 0),
        ]
        (late, owed), *_rest = self.env["billing.debt"]._read_group(
            overdue, [], ["__count", "amount_open:sum"]
        )
        broken = [("company_id", "=", scope.company.id), ("state", "=", "broken")]
        return [
            self._figure(
                "paid",
                _("Paid"),
                count,
                self._list(invoices, [own, posted, paid]),
                amount=amount or 0.0,
                tone="success",
                **currency,
            ),
            self._figure(
                "overdue",
                _("Debts Overdue"),
                late,
                self._list(
                    "billing_base.billing_debt_action",
                    overdue,
                    search_default_by_age=1,
                ),
                amount=owed or 0.0,
                tone="danger",
                late=_("Debts Overdue"),
                **currency,
            ),
            self._figure(
                "broken",
                _("Broken Payment Arrangements"),
                self.env["billing.payment.plan"].search_count(broken),
                self._list("billing_base.billing_payment_plan_action", broken),
                tone="danger",
                late=_("Broken Payment Arrangements"),
            ),
        ]

    def _read_ledger(self, scope):
        """Exports of the ledger."""
        _ = self.env._
        found = dict(
            self.env["billing.ledger.export"]._read_group(
                [("company_id", "=", scope.company.id)], ["state"], ["__count"]
            )
        )
        return [
            self._figure(
                state,
                name,
                found.get(state, 0),
                self._list(
                    "billing_base.billing_ledger_export_action",
                    [("company_id", "=", scope.company.id), ("state", "=", state)],
                ),
                tone=tone,
            )
            for state, name, tone in (
                ("draft", _("Exports in Draft"), "warning"),
                ("done", _("Exports Made"), ""),
            )
        ]

    # === What is at work ===

    def _get_work(self, scope):
        rows = super()._get_work(scope)
        if scope.period:
            runs = self.env["billing.run"].search(
                [("period_id", "=", scope.period.id)], order="id desc", limit=5
            )
            rows += [
                self._describe_work(
                    run,
                    "billing_base.billing_run_action",
                    text=dict(run._selection_step()).get(run.step, ""),
                    time_left=run.time_left,
                    failed=run.failed_count,
                )
                for run in runs
                if run.state in ("running", "stopped", "failed")
            ]
        batches = self.env["billing.document.batch"].search(
            [("company_id", "=", scope.company.id)], order="id desc", limit=3
        )
        rows += [
            self._describe_work(
                batch,
                "billing_base.billing_document_batch_action",
                failed=batch.error_count,
            )
            for batch in batches
            if batch.state == "running"
        ]
        return rows

    def _describe_work(self, record, xmlid, text="", time_left="", failed=0):
        """A row of ``_get_work`` of a record with state and progress."""
        states = dict(record._fields["state"]._description_selection(self.env))
        return {
            "name": record.display_name,
            "state": record.state,
            "text": text or states[record.state],
            "progress": record.progress,
            "time_left": time_left or "",
            "failed": failed,
            "action": self._record(xmlid, record),
        }
