from odoo import api, fields, models
from odoo.exceptions import UserError


class BillingDocumentPrint(models.TransientModel):
    """Asks how the documents of many invoices are put into files."""

    _name = "billing.document.print"
    _description = "Documents in ZIP Files"

    sort = fields.Selection(
        lambda self: self.env["billing.document.batch"]._fields["sort"].selection,
        string="Sorted By",
        default="number",
        required=True,
    )
    size = fields.Integer(string="Invoices a File, at Most", default=500, required=True)
    move_count = fields.Integer(compute="_compute_move_count")

    _size_positive = models.Constraint(
        "CHECK (size BETWEEN 1 AND 10000)", "A file takes 1 to 10,000 invoices."
    )

    @api.depends_context("active_model", "active_ids")
    def _compute_move_count(self):
        self.move_count = len(self._get_moves())

    def _get_moves(self):
        """Posted invoices of what was selected: invoices or billing runs."""
        selected = self.env[self.env.context.get("active_model", "account.move")]
        selected = selected.browse(self.env.context.get("active_ids"))
        if selected._name == "billing.run":
            segments = self.env["billing.segment"]
            for run in selected:
                segments |= segments.search(run._get_segment_domain())
            selected = segments.invoice_id
        return selected.filtered_domain(
            [
                ("state", "=", "posted"),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
        )

    def action_make(self):
        self.ensure_one()
        moves = self._get_moves()
        if not moves:
            raise UserError(
                self.env._("None of the selected invoices is posted. Post them first.")
            )
        batches = self.env["billing.document.batch"]._make(
            moves, sort=self.sort, size=self.size
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_document_batch_action"
        )
        if len(batches) == 1:
            action.update({"views": [(False, "form")], "res_id": batches.id})
        else:
            action["domain"] = [("id", "in", batches.ids)]
        return action
