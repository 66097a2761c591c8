from odoo import models
from odoo.exceptions import UserError

from ..rating import Span


class BillingSegment(models.Model):
    """Cancel, cancel and rebill, undo."""

    _inherit = "billing.segment"

    def _cancel(self, reason, note=""):
        """Frozen segments become pending cancel; nothing is reversed yet.

        :param reason: billing.reason of the kind "cancel"
        """
        self._check_may_cancel()
        self._begin_cancel(reason, note)

    def _check_may_cancel(self):
        self.env["res.users"]._check_may("cancel")

    def _begin_cancel(self, reason, note=""):
        """The same for the system itself, which replaces estimates."""
        if not reason or reason.kind != "cancel":
            raise UserError(self.env._("Say why the segments are cancelled."))
        self._set_state("cancelling", cancel_reason_id=reason.id)
        self._message_log_batch(
            bodies={
                segment.id: self.env._(
                    "Cancelled: %(reason)s %(note)s", reason=reason.name, note=note
                )
                for segment in self
            }
        )
        self._refresh_figures()

    def _undo_cancel(self):
        """Back to frozen, as long as nothing replaced it; drops the replacement."""
        self._check_transition("frozen")
        self.replaced_by_ids.unlink()
        self._set_state("frozen", cancel_reason_id=False)
        self._message_log_batch(
            bodies={
                segment.id: self.env._("Cancellation undone, billed as before.")
                for segment in self
            }
        )
        self._refresh_figures()

    def _rebill(self):
        """Make the replacement of segments that are pending cancel.

        Only their own days and charges are made again, at the prices of those days.
        They belong to the segment's period, or where it is closed to the open one in
        which they are billed.

        :return: the new billing.segment, linked by ``replaces_id``
        :raises UserError: where the cycle has no open period
        """
        self._check_transition("cancelled")
        generator = self.env["billing.generator"]
        made = self.browse()
        for period, segments in self.grouped(
            lambda segment: segment._get_processing_period()
        ).items():
            exclusive = segments.filtered("is_exclusive")
            spans = {}
            for segment in exclusive:
                days = Span(segment.date_start, segment.date_end)
                spans.setdefault(segment.agreement_id.id, []).append(
                    segment.agreement_id._clip(days)
                )
            made |= generator._generate_spans(
                exclusive.agreement_id, period, spans, is_whole=False
            )[0]
            made |= generator._generate_charges(segments.charge_id, period)
        self.env["billing.check"]._run(made)
        self.env["billing.invoicer"]._renew_drafts(made.invoice_id)
        (self | made)._refresh_figures()
        return self.replaced_by_ids

    def _get_processing_period(self):
        """The period the replacement is billed in."""
        self.ensure_one()
        if self.period_id.state == "open":
            return self.period_id
        cycle = self.period_id.cycle_id or self.agreement_id.cycle_id
        periods = cycle.period_ids.filtered(
            lambda period: period.state == "open" and period.date_end > self.date_end
        )
        found = periods.filtered("is_active") or periods.sorted("date_start")
        if not found:
            raise UserError(
                self.env._(
                    "%(segment)s cannot be rebilled: the cycle %(cycle)s has no open "
                    "period after it. Generate the next one, or reopen its own.",
                    segment=self.display_name,
                    cycle=cycle.display_name,
                )
            )
        return found[:1]

    def _is_billed_again_by(self, vals):
        """Whether a new segment of the same agreement bills what this one did.

        :param dict vals: values of the new segment
        """
        self.ensure_one()
        if self.charge_id or vals.get("charge_id"):
            return self.charge_id.id == vals.get("charge_id")
        return (
            self.type_id.id == vals["type_id"]
            and self.is_exclusive
            and self.date_start <= vals["date_end"]
            and self.date_end >= vals["date_start"]
        )

    def _complete_cancellation(self):
        """Post the credit notes and make the segments cancelled, in one go."""
        pending = self.filtered(lambda segment: segment.state == "cancelling")
        if not pending:
            return self.env["account.move"]
        credit_notes = self.env["billing.invoicer"]._create_credit_notes(pending)
        credit_notes._post(soft=False)
        pending._set_state("cancelled")
        pending._refresh_figures()
        return credit_notes

    def action_undo_cancel(self):
        self._check_may_cancel()
        self._undo_cancel()

    def action_rebill(self):
        self._check_may_cancel()
        replacements = self._rebill()
        if not replacements:
            return self._notify(
                self.env._(
                    "Nothing is left to bill for these days. Complete the "
                    "cancellation, or undo it."
                ),
                "warning",
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("id", "in", (self | replacements).ids)]
        action["context"] = {}
        return action

    def action_complete_cancellation(self):
        self._check_may_cancel()
        return self._action_open_moves(self._complete_cancellation())
