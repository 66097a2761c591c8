from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.billing_base.models.billing_segment import DEAD_STATES, OPEN_STATES

from .postal_draft import specification_draft


class PostalSpecification(models.Model):
    """Segments, invoices and what buttons open."""

    _inherit = "postal.specification"

    @api.model
    def _get_due(self, agreements, period):
        """Checked specifications of the agreements to bill in the period."""
        return self.search(
            [
                ("agreement_id", "in", agreements.ids),
                ("period_id", "=", period.id),
                ("is_checked", "=", True),
            ]
        )

    def _make_segments(self):
        """A segment for each checked specification that has none yet.

        Those with the same inputs are left alone; the source key lets the database
        refuse a second one.

        :return: the billing.segment made or made anew
        """
        generator = self.env["billing.generator"]
        specifications = self.filtered("is_checked")
        existing, blocked = {}, set()
        for segment in specifications.segment_ids:
            key = ("specification", segment.specification_id.id)
            if segment.state in DEAD_STATES:
                continue
            if segment.state in OPEN_STATES and not segment.invoice_id:
                existing[key] = segment
            else:
                blocked.add(key)
        due = specifications.filtered(
            lambda spec: ("specification", spec.id) not in blocked
        )
        for period in due.period_id:
            period._check_open()
        priced = due.line_ids._get_priced()
        # a price of since the check: the entry shows what is billed
        due.line_ids.filtered(
            lambda line: line in priced and line._differs_from(priced[line])
        )._price()
        drafts = [specification_draft(spec, priced) for spec in due]
        changed, _unchanged = generator._split_unchanged(drafts, existing)
        segments = generator._store(changed, existing)
        if segments:
            self.env["billing.check"]._run(segments)
        return segments

    def action_make_segments(self):
        self.action_check()
        segments = self._make_segments()
        segments._refresh_figures()
        return self.action_view_segments()

    def action_invoice(self):
        """Check, make the segments and post the invoices of the selection at once."""
        return self._make_invoices(is_posted=True)

    def action_make_draft(self):
        """The same, but left as drafts: pro-formas until they are posted."""
        return self._make_invoices(is_posted=False)

    def _make_invoices(self, is_posted):
        self.action_check()
        self._make_segments()
        ready = self.segment_ids.filtered(
            lambda segment: segment.state == "ready" and not segment.invoice_id
        )
        invoicer = self.env["billing.invoicer"]
        moves = invoicer._create_invoices(ready)
        if not moves:
            raise UserError(
                self.env._(
                    "Nothing to invoice: the specifications are on invoices already, "
                    "or their bills are held back by a finding."
                )
            )
        if is_posted:
            invoicer._post(moves)
        else:
            moves._make_proforma()
        return ready._action_open_moves(moves)

    # === Screens ===

    def action_view_segments(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_segment_action"
        )
        action["domain"] = [("specification_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_view_invoices(self):
        return self.sudo().segment_ids._action_open_moves(self.invoice_ids)

    def action_fetch_last(self):
        """The services of the partner's last specification here, without quantities."""
        self.ensure_one()
        self._check_changeable()
        last = self.search(
            [
                ("kind", "=", self.kind),
                ("partner_id", "=", self.partner_id.id),
                ("cost_centre_id", "=", self.cost_centre_id.id),
                ("period_id.date_end", "<", self.period_id.date_start),
                ("id", "!=", self.id),
            ],
            order="period_id desc, id desc",
            limit=1,
        )
        known = set(self.line_ids.mapped("item_id.id"))
        lines = last.line_ids.filtered(
            lambda line: line.item_id.active and line.item_id.id not in known
        )
        self.env["postal.specification.line"].create(
            [
                {**line._prepare_copy(keeps_quantities=False), **{
                    "specification_id": self.id}}
                for line in lines
            ]
        )  # fmt: skip
        return True
