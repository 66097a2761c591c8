from odoo import fields, models
from odoo.tools import SQL


class BillingAdvanceRecalculateLine(models.TransientModel):
    """A plan's payments before and after."""

    _name = "billing.advance.recalculate.line"
    _description = "Recalculated Advance"
    _order = "id"

    wizard_id = fields.Many2one(
        "billing.advance.recalculate", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one("billing.advance.plan", required=True)
    partner_id = fields.Many2one(related="plan_id.partner_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    count = fields.Integer(string="Payments Left", readonly=True)
    expected_amount = fields.Monetary(readonly=True)
    old_amount = fields.Monetary(string="Payment Before", readonly=True)
    new_amount = fields.Monetary(string="Payment After")

    def _apply(self):
        """New amounts of what is planned; a payment of zero is not needed."""
        plans = self.plan_id
        plans._check_access_to_plan()
        self.env.flush_all()
        plan_ids = [line.plan_id.id for line in self]
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_advance_plan p SET expected_amount = v.expected
                  FROM unnest(%s::int[], %s::numeric[]) v(id, expected)
                 WHERE p.id = v.id
                """,
                plan_ids,
                [str(line.expected_amount) for line in self],
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_advance a
                   SET amount = CASE WHEN v.amount > 0 THEN v.amount ELSE a.amount END,
                       is_dropped = v.amount = 0,
                       state = CASE WHEN v.amount = 0 THEN 'dropped' ELSE a.state END
                  FROM unnest(%s::int[], %s::numeric[]) v(plan_id, amount)
                 WHERE a.plan_id = v.plan_id AND a.state = 'planned'
                """,
                plan_ids,
                [str(line.new_amount) for line in self],
            )
        )
        self.env.invalidate_all(flush=False)
        plans._message_log_batch(
            bodies=dict.fromkeys(plans.ids, self.env._("Advances recalculated"))
        )
