from odoo import api, fields, models
from odoo.fields import Domain


class BillingAgreement(models.Model):
    """Agreements made from a distributor's confirmation wait for a clerk's release."""

    _inherit = "billing.agreement"

    is_draft = fields.Boolean(
        string="Draft",
        readonly=True,
        copy=False,
        tracking=True,
        help="Made from a confirmation and not billed until it is released.",
    )

    supply_state = fields.Selection(
        [("future", "Future"), ("active", "Active"), ("expired", "Expired")],
        string="Supply",
        compute="_compute_supply_state",
        search="_search_supply_state",
        help="Today: not begun yet, in force or ended.",
    )

    # the drafts, few among all
    _draft_index = models.Index("(company_id) WHERE is_draft")

    @api.depends("date_start", "date_end")
    def _compute_supply_state(self):
        today = fields.Date.context_today(self)
        for agreement in self:
            if agreement.date_end and agreement.date_end < today:
                agreement.supply_state = "expired"
            elif agreement.date_start and agreement.date_start > today:
                agreement.supply_state = "future"
            else:
                agreement.supply_state = "active"

    def _search_supply_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        future = Domain("date_start", ">", today)
        expired = Domain("date_end", "<", today)
        states = {
            "future": future & ~expired,
            "active": ~future & ~expired,
            "expired": expired,
        }
        return Domain.OR(states[state] for state in value if state in states)

    @api.model
    def _get_billable_domain(self, period):
        return super()._get_billable_domain(period) & Domain("is_draft", "=", False)

    def _get_spans_to_bill(self, period):
        released = self.filtered(lambda agreement: not agreement.is_draft)
        return super(BillingAgreement, released)._get_spans_to_bill(period)

    def action_release(self):
        """Bill the drafts from now on."""
        drafts = self.filtered("is_draft")
        drafts.write({"is_draft": False})
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s agreements are released.", count=len(drafts)
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
