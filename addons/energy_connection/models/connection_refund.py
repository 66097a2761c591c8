from odoo import fields, models
from odoo.exceptions import UserError


class ConnectionRefund(models.Model):
    """What an earlier payer of a component gets back because of a later customer."""

    _name = "connection.refund"
    _description = "Refund Proposal"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "payer_id"
    _check_company_auto = True

    payer_id = fields.Many2one(
        "connection.component.payer",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    component_id = fields.Many2one(related="payer_id.component_id", store=True)
    partner_id = fields.Many2one(related="payer_id.partner_id", store=True)
    company_id = fields.Many2one(related="payer_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    case_id = fields.Many2one(
        "connection.case",
        string="Later Case",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    amount = fields.Monetary(required=True)
    explanation = fields.Text(readonly=True)
    state = fields.Selection(
        [("proposed", "Proposed"), ("credited", "Credited"), ("rejected", "Rejected")],
        default="proposed",
        required=True,
        readonly=True,
        tracking=True,
    )
    credited_on = fields.Date(readonly=True)
    invoice_id = fields.Many2one("account.move", string="Credit Note", readonly=True)

    _once = models.Constraint(
        "UNIQUE (payer_id, case_id)", "This refund was already proposed."
    )
    _positive = models.Constraint("CHECK (amount > 0)", "A refund is above zero.")

    def action_credit(self):
        """Draft credit notes to the earlier payers, one each."""
        proposed = self.filtered(lambda refund: refund.state == "proposed")
        moves = self.env["account.move"].create(
            [refund._prepare_credit_note() for refund in proposed]
        )
        for refund, move in zip(proposed, moves, strict=True):
            refund.invoice_id = move
        today = fields.Date.context_today(self)
        proposed.write({"state": "credited", "credited_on": today})
        return moves._get_records_action(name=self.env._("Credit Notes"))

    def action_reject(self):
        if any(refund.state != "proposed" for refund in self):
            raise UserError(
                self.env._("Only proposals can be rejected. Cancel the credit note.")
            )
        self.state = "rejected"

    def _prepare_credit_note(self):
        self.ensure_one()
        kind = (self.payer_id.case_id or self.case_id).type_id.contribution_type_id
        return {
            "move_type": "out_refund",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "connection_case_id": self.payer_id.case_id.id,
            "ref": self.component_id.display_name,
            "invoice_line_ids": [
                fields.Command.create(
                    {
                        "product_id": kind.product_id.id,
                        "name": self.explanation or kind.name,
                        "quantity": 1,
                        "price_unit": self.amount,
                        "tax_ids": [fields.Command.set(kind.tax_ids.ids)],
                    }
                )
            ],
        }
