from odoo import api, fields, models


class BillingAdvanceReceive(models.TransientModel):
    """Asks when and where pro-formas of advances were paid."""

    _name = "billing.advance.receive"
    _description = "Advances Received"

    advance_ids = fields.Many2many("billing.advance", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    date = fields.Date(
        string="Paid On",
        required=True,
        default=fields.Date.context_today,
        help="The tax of an advance is due on this day.",
    )
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash')), ('company_id', '=', company_id)]",
    )

    @api.depends("advance_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.advance_ids.company_id[:1] or self.env.company

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "billing.advance":
            values["advance_ids"] = [(6, 0, self.env.context.get("active_ids", []))]
        return values

    def action_receive(self):
        self.ensure_one()
        payments = self.advance_ids._receive(self.date, self.journal_id)
        return payments._get_records_action()
