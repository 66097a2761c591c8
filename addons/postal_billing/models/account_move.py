from odoo import fields, models
from odoo.exceptions import UserError

LISTS = 6
"""Numbers of posting lists that find room on an invoice."""


class AccountMove(models.Model):
    _inherit = "account.move"

    specification_ids = fields.Many2many(
        "postal.specification", compute="_compute_specification_ids"
    )
    is_consolidated = fields.Boolean(
        compute="_compute_specification_ids",
        help="Bills specifications of several cost centres.",
    )

    def _compute_specification_ids(self):
        for move in self:
            segments = move.sudo().segment_ids
            move.specification_ids = self.env["postal.specification"].browse(
                segments.specification_id.ids
            )
            move.is_consolidated = len(segments.cost_centre_id) > 1

    def _make_proforma(self):
        """Give drafts a number of the pro-formas' own row, once."""
        for move in self:
            if move.state != "draft" or move.move_type != "out_invoice":
                raise UserError(
                    self.env._(
                        "%(invoice)s is not a draft invoice. A pro-forma is made "
                        "before the invoice is posted.",
                        invoice=move.display_name,
                    )
                )
            if not move.proforma_number:
                move.proforma_number = (
                    self.env["ir.sequence"]
                    .with_company(move.company_id)
                    .next_by_code("postal.proforma")
                )

    def _get_document_facts(self):
        facts = super()._get_document_facts()
        lists = self.segment_ids.specification_id.mapped("reference")
        lists = list(dict.fromkeys(filter(None, lists)))
        if lists:
            more = " …" if len(lists) > LISTS else ""
            text = ", ".join(lists[:LISTS]) + more
            facts = (*facts, (self.env._("Posting lists"), text))
        return facts

    def action_make_proforma(self):
        """Number the pro-formas and print them."""
        self._make_proforma()
        return (
            self.env.ref("account.account_invoices")
            .with_context(proforma_invoice=True)
            .report_action(self, data={"proforma": True})
        )

    def action_view_specifications(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "postal_billing.postal_specification_action"
        )
        action["domain"] = [("id", "in", self.specification_ids.ids)]
        action["context"] = {}
        return action
