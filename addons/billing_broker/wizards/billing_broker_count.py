from odoo import fields, models


class BillingBrokerCount(models.TransientModel):
    """Asks until which day commissions are counted."""

    _name = "billing.broker.count"
    _description = "Count Commissions"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_end = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self._default_date_end(),
        help="Bills, payments and credit notes until this day count, each once. "
        "Drafts are made anew; confirmed statements stay.",
    )

    def _default_date_end(self):
        month = fields.Date.start_of(fields.Date.context_today(self), "month")
        return fields.Date.subtract(month, days=1)

    def action_count(self):
        self.ensure_one()
        self.env["billing.broker.statement"]._count(self.company_id, self.date_end)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "billing_broker.billing_broker_statement_action"
        )
