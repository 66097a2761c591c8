from odoo import models
from odoo.exceptions import AccessError, UserError

from odoo.addons.billing_base.models.billing_segment import OPEN_STATES


class PostalSpecification(models.Model):
    """Checked, waived, reopened."""

    _inherit = "postal.specification"

    def action_check(self):
        """Take the prices anew, see that all is right, and lock the entries."""
        self.check_access("write")
        open_ones = self.filtered(lambda spec: not spec.is_checked)
        for period in open_ones.period_id:
            period._check_open()
        open_ones._make_direct_agreements()
        open_ones.line_ids._price()
        for specification in open_ones:
            specification._check_complete()
        # one line in the log of each, written for all at once
        open_ones.sudo().with_context(tracking_disable=True).is_checked = True
        open_ones._message_log_batch(
            bodies=dict.fromkeys(open_ones.ids, self.env._("Checked"))
        )
        self.env["postal.fund.entry"].sudo()._add_paid(open_ones)
        return True

    def _check_complete(self):
        """:raises UserError: naming what is missing or does not agree"""
        self.ensure_one()
        problem = ""
        if not self.agreement_id:
            problem = self.env._(
                "%(partner)s has no agreement for “%(kind)s” in %(period)s. Enter the "
                "contract and its agreement first.",
                partner=self.partner_id.display_name,
                kind=dict(self._fields["kind"]._description_selection(self.env))[
                    self.kind
                ],
                period=self.period_id.display_name,
            )
        elif not self.line_ids.filtered(lambda line: line.quantity or line.money):
            problem = self.env._("There are no entries.")
        elif self.problem_count:
            line = self.line_ids.filtered("problem")[0]
            problem = f"{line.item_id.display_name}: {line.problem}"
        elif self.difference_text and not self.waive_reason:
            problem = self.env._(
                "The items do not agree with the principal's list. Correct them, or "
                "have the difference waived:\n%(differences)s",
                differences=self.difference_text,
            )
        if problem:
            raise UserError(
                self.env._(
                    "%(specification)s cannot be checked. %(problem)s",
                    specification=self.display_name,
                    problem=problem,
                )
            )

    def action_reopen(self):
        """Back to draft; what is on an invoice stays there."""
        self.check_access("write")
        self.env["postal.approval"]._check_open(self)
        segments = self.sudo().segment_ids.filtered(
            lambda segment: segment.state not in ("cancelled",)
        )
        billed = segments.filtered(
            lambda segment: segment.invoice_id or segment.state not in OPEN_STATES
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(specification)s is on %(invoice)s. Cancel its segment or delete "
                    "the draft first.",
                    specification=billed[0].specification_id.display_name,
                    invoice=billed[0].invoice_id.display_name,
                )
            )
        segments.unlink()
        self.env["postal.fund.entry"].sudo()._drop_paid(self)
        self.sudo().write(
            {"is_checked": False, "waive_reason": False, "waived_by_id": False}
        )

    def _waive(self, reason):
        """Let payouts be checked although their totals disagree.

        :raises AccessError: without the permission to waive
        """
        if not self.env.user.has_group("billing_base.group_billing_waive"):
            raise AccessError(
                self.env._("Waiving a difference needs the permission to waive.")
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the difference is waived."))
        self.check_access("write")
        for specification in self.filtered("difference_text"):
            specification.message_post(
                body=self.env._(
                    "Waived: %(difference)s Reason: %(reason)s",
                    difference=specification.difference_text,
                    reason=reason,
                )
            )
        self.sudo().write(
            {"waive_reason": reason.strip(), "waived_by_id": self.env.uid}
        )
