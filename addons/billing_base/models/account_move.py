from odoo import api, fields, models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    _inherit = "account.move"

    segment_ids = fields.One2many(
        "billing.segment", "invoice_id", string="Segments", readonly=True
    )
    reversed_segment_ids = fields.One2many(
        "billing.segment", "reversal_id", string="Cancelled Segments", readonly=True
    )
    segment_count = fields.Integer(compute="_compute_segment_count")

    @api.depends("segment_ids", "reversed_segment_ids")
    def _compute_segment_count(self):
        for move in self:
            move.segment_count = len(move.segment_ids) + len(move.reversed_segment_ids)

    def _post(self, soft=True):
        """Segments freeze with their invoice; what they replace is taken back."""
        posted = super()._post(soft)
        segments = posted.segment_ids
        unready = segments.filtered(lambda segment: segment.state != "ready")
        if unready:
            raise UserError(
                self.env._(
                    "Segment %(segment)s on invoice of %(partner)s is not ready: "
                    "%(finding)s",
                    segment=unready[0].display_name,
                    partner=unready[0].partner_id.display_name,
                    finding=unready[0].finding or unready[0].state,
                )
            )
        if segments:
            segments._set_state("frozen")
            segments.replaces_id._complete_cancellation()
            segments._refresh_figures()
        return posted

    def _prepare_product_base_line_for_taxes_computation(self, product_line):
        base_line = super()._prepare_product_base_line_for_taxes_computation(
            product_line
        )
        base_line["is_billed"] = product_line.is_billed
        return base_line

    def button_draft(self):
        self._check_not_billed()
        return super().button_draft()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        self._check_not_billed()
        return super()._reverse_moves(default_values_list, cancel)

    def _check_not_billed(self):
        billed = self.filtered(
            lambda move: (
                move.state == "posted"
                and (move.segment_ids or move.reversed_segment_ids)
            )
        )
        if billed:
            raise UserError(
                self.env._(
                    "%(invoice)s was made from segments. Cancel them, with or without "
                    "rebilling: the credit note follows by itself.",
                    invoice=billed[0].display_name,
                )
            )

    def action_view_billing_segments(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [
            ("id", "in", (self.segment_ids | self.reversed_segment_ids).ids)
        ]
        action["context"] = {}
        return action
