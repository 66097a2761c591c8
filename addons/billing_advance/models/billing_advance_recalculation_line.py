from odoo import api, fields, models
from odoo.tools import SQL


class BillingAdvanceRecalculationLine(models.Model):
    """A plan's payments before and after."""

    _name = "billing.advance.recalculation.line"
    _description = "Recalculated Advance"
    _order = "recalculation_id desc, id"

    recalculation_id = fields.Many2one(
        "billing.advance.recalculation", required=True, index=True, ondelete="cascade"
    )
    state = fields.Selection(related="recalculation_id.state")
    plan_id = fields.Many2one(
        "billing.advance.plan",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(related="plan_id.partner_id")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    count = fields.Integer(string="Payments Left", readonly=True)
    expected_amount = fields.Monetary(readonly=True)
    old_amount = fields.Monetary(string="Payment Before", readonly=True)
    new_amount = fields.Monetary(string="Payment After")

    @api.model
    def _insert(self, recalculation, rows):
        """Previews, in one statement.

        :param rows: ``[(plan, expected amount, payment, Payments), …]``
        """
        self.check_access("create")
        recalculation.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_advance_recalculation_line (
                       recalculation_id, plan_id, expected_amount, new_amount,
                       old_amount, count, create_uid, create_date, write_uid,
                       write_date)
                SELECT %(parent)s, *, %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(plans)s::int[], %(expected)s::numeric[],
                              %(new)s::numeric[], %(old)s::numeric[],
                              %(counts)s::int[])
                """,
                parent=recalculation.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
                plans=[plan.id for plan, *_rest in rows],
                expected=[str(expected) for _plan, expected, *_rest in rows],
                new=[str(payment) for *_rest, payment, _payments in rows],
                old=[str(payments.amount) for *_rest, payments in rows],
                counts=[payments.count for *_rest, payments in rows],
            )
        )
        recalculation.invalidate_recordset(["line_ids"])

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
