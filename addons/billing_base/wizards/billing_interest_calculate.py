from odoo import fields, models


class BillingInterestCalculate(models.TransientModel):
    _name = "billing.interest.calculate"
    _description = "Calculate Late Interest"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_end = fields.Date(
        string="Interest To",
        required=True,
        default=fields.Date.context_today,
        help="The last day that bears interest.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Empty: all customers."
    )

    def action_calculate(self):
        """Make draft claims to look through; nothing is posted."""
        self.ensure_one()
        customers = self.partner_ids.commercial_partner_id or None
        self.env["billing.interest.claim"]._make_drafts(
            self.company_id, self.date_end, customers
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_interest_claim_action"
        )
        action["domain"] = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "draft"),
            ("date_end", "=", fields.Date.to_string(self.date_end)),
        ]
        if customers:
            action["domain"].append(("partner_id", "in", customers.ids))
        action["context"] = {}
        return action
