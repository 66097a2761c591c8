from odoo import models

from .billing_segment import OPEN_STATES

LATER = "billing_base.segments_with_new_figures"
"""Where a transaction keeps the segments whose figures it still has to refresh."""


class BillingSegment(models.Model):
    """Buttons of segments."""

    _inherit = "billing.segment"

    def _refresh_figures_later(self):
        """Bring the figures up to date once, before the transaction ends."""
        data = self.env.cr.precommit.data
        if LATER not in data:
            data[LATER] = set()
            self.env.cr.precommit.add(self._refresh_figures_now)
        data[LATER].update(self.ids)

    def _refresh_figures_now(self):
        ids = self.env.cr.precommit.data.pop(LATER, ())
        self.browse(ids).exists()._refresh_figures()

    def action_regenerate(self):
        """Rate the selected segments again from their corrected sources."""
        self.env["res.users"]._check_may("generate")
        changed = self._regenerate()
        return self._notify(
            self.env._(
                "%(changed)s of %(all)s segments changed.",
                changed=len(changed),
                all=len(self),
            )
        )

    def _regenerate(self):
        """Rate anew the agreements and charges of these segments, period by period.

        :return: the billing.segment that changed
        """
        generator = self.env["billing.generator"]
        changed = self.browse()
        for period, segments in self.grouped("period_id").items():
            charges = segments.charge_id
            changed |= generator._generate(
                segments.filtered("is_exclusive").agreement_id, period
            )
            made = generator._generate_charges(charges, period)
            self.env["billing.check"]._run(made)
            made._refresh_figures()
            changed |= made
        return changed.exists()

    def action_check(self):
        self.env["res.users"]._check_may("generate")
        self.env["billing.check"]._run(self.filtered(lambda s: s.state in OPEN_STATES))
        self._refresh_figures()

    def action_invoice(self):
        """Make and post the invoices of the selected ready segments."""
        self.env["res.users"]._check_may("invoice")
        invoicer = self.env["billing.invoicer"]
        ready = self.filtered(lambda s: s.state == "ready")
        moves = invoicer._create_invoices(ready.filtered(lambda s: not s.invoice_id))
        moves |= ready.invoice_id.filtered(lambda move: move.state == "draft")
        invoicer._post(moves)
        if not moves:
            return self._notify(
                self.env._(
                    "No invoice was made: none of these segments is ready, or their "
                    "bills are held back because one of their segments has an error."
                ),
                "warning",
            )
        return self._action_open_moves(moves)

    def action_open_invoice(self):
        return self._action_open_moves(self.invoice_id)

    def action_open_credit_note(self):
        return self._action_open_moves(self.reversal_id)

    def _action_open_moves(self, moves):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_out_invoice_type"
        )
        action["context"] = {"default_move_type": "out_invoice"}
        if len(moves) == 1:
            action.update(res_id=moves.id, view_mode="form", views=[(False, "form")])
        else:
            action["domain"] = [("id", "in", moves.ids)]
        return action

    def _notify(self, message, kind="success"):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
