from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL


class BillingAdvanceQuantity(models.Model):
    """What the customer is expected to use in the days of a plan."""

    _name = "billing.advance.quantity"
    _description = "Expected Quantity"
    _order = "quantity_type_id"

    plan_id = fields.Many2one(
        "billing.advance.plan", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="plan_id.company_id", store=True)
    quantity_type_id = fields.Many2one(
        "billing.quantity.type",
        string="Quantity",
        required=True,
        domain="[('kind', '=', 'flow')]",
    )
    value = fields.Float(
        string="Expected", digits="Product Unit", min_display_digits=2, required=True
    )
    uom_id = fields.Many2one(related="quantity_type_id.uom_id")

    _once = models.Constraint(
        "UNIQUE (plan_id, quantity_type_id)", "A quantity is expected once in a plan."
    )
    _not_negative = models.Constraint(
        "CHECK (value >= 0)", "What is used is not negative."
    )

    @api.model
    def _insert(self, rows):
        """Expected quantities of many plans, in one statement.

        :param rows: ``[(plan id, quantity type id, Decimal), …]``
        """
        self.check_access("create")
        self.env["billing.advance.plan"].flush_model(["company_id"])
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_advance_quantity (
                       plan_id, company_id, quantity_type_id, value,
                       create_uid, create_date, write_uid, write_date)
                SELECT p.id, p.company_id, v.type_id, round(v.value, %(digits)s),
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM unnest(%(plans)s::int[], %(types)s::int[],
                              %(values)s::numeric[]) v(plan_id, type_id, value)
                  JOIN billing_advance_plan p ON p.id = v.plan_id
                """,
                digits=self._fields["value"].get_digits(self.env)[1],
                uid=self.env.uid,
                now=self.env.cr.now(),
                plans=[plan_id for plan_id, _type_id, _value in rows],
                types=[type_id for _plan_id, type_id, _value in rows],
                values=[str(value) for *_ids, value in rows],
            )
        )
        self.env["billing.advance.plan"].invalidate_model(["quantity_ids"])

    @api.model
    def _get_by_plan(self, plans):
        """What is expected of each plan.

        :return: ``{plan id: [(billing.quantity.type, float), …]}``
        """
        plans.check_access("read")
        self.flush_model()
        types = self.env["billing.quantity.type"]
        found = defaultdict(list)
        for plan_id, type_id, value in self.env.execute_query(
            SQL(
                """
                SELECT q.plan_id, q.quantity_type_id, q.value::float8
                  FROM billing_advance_quantity q
                  JOIN billing_quantity_type t ON t.id = q.quantity_type_id
                 WHERE q.plan_id = ANY(%s) ORDER BY q.plan_id, t.sequence, t.code
                """,
                plans.ids,
            )
        ):
            found[plan_id].append((types.browse(type_id), value))
        return found
