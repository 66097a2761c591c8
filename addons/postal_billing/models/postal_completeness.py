from odoo import fields, models
from odoo.tools import SQL


class PostalCompleteness(models.Model):
    """Which cost centre has entered and checked what, in each period."""

    _name = "postal.completeness"
    _description = "Completeness"
    _auto = False
    _order = "period_id desc, state, cost_centre_id"
    _depends = {
        "postal.approval": ["cost_centre_id", "period_id"],
        "postal.specification": ["amount", "cost_centre_id", "period_id", "state"],
    }

    company_id = fields.Many2one("res.company", readonly=True)
    period_id = fields.Many2one("billing.period", readonly=True)
    cost_centre_id = fields.Many2one("account.analytic.account", readonly=True)
    region_id = fields.Many2one("postal.region", readonly=True)
    draft_count = fields.Integer(string="Drafts", readonly=True)
    checked_count = fields.Integer(string="Checked", readonly=True)
    invoiced_count = fields.Integer(string="Invoiced", readonly=True)
    state = fields.Selection(
        [
            ("a_nothing", "Nothing yet"),
            ("b_draft", "Not all checked"),
            ("c_checked", "All checked"),
            ("d_approved", "Approved"),
        ],
        readonly=True,
    )
    amount = fields.Float(string="Untaxed Amount", digits=(16, 2), readonly=True)
    amount_before = fields.Float(
        string="Period Before",
        digits=(16, 2),
        readonly=True,
        help="What the cost centre entered in the period before, checked or not.",
    )
    approved_by_id = fields.Many2one("res.users", readonly=True)

    @property
    def _table_query(self):
        """Every cost centre in every open or used period of postal cycles."""
        return SQL(
            """
            SELECT p.id::bigint * 1000000 + a.id AS id, p.company_id,
                   p.id AS period_id, a.id AS cost_centre_id,
                   a.postal_region_id AS region_id,
                   count(s.id) FILTER (WHERE s.state = 'draft') AS draft_count,
                   count(s.id) FILTER (WHERE s.state = 'checked') AS checked_count,
                   count(s.id) FILTER (WHERE s.state = 'invoiced') AS invoiced_count,
                   sum(s.amount)::float AS amount, b.amount AS amount_before,
                   v.user_id AS approved_by_id,
                   CASE WHEN v.id IS NOT NULL THEN 'd_approved'
                        WHEN count(s.id) = 0 THEN 'a_nothing'
                        WHEN count(s.id) FILTER (WHERE s.state = 'draft') > 0
                        THEN 'b_draft' ELSE 'c_checked' END AS state
              FROM billing_period p
              JOIN account_analytic_account a ON a.is_cost_centre AND a.active
               AND (a.company_id IS NULL OR a.company_id = p.company_id)
         LEFT JOIN postal_specification s ON s.period_id = p.id
               AND s.cost_centre_id = a.id
         LEFT JOIN postal_approval v ON v.period_id = p.id AND v.cost_centre_id = a.id
         LEFT JOIN (
                   SELECT n.id AS period_id, o.cost_centre_id,
                          sum(o.amount)::float AS amount
                     FROM postal_specification o
                     JOIN billing_period q ON q.id = o.period_id
                     JOIN billing_period n ON n.cycle_id = q.cycle_id
                      AND n.date_start = q.date_end + 1
                 GROUP BY n.id, o.cost_centre_id) b
                ON b.period_id = p.id AND b.cost_centre_id = a.id
             WHERE EXISTS (
                   SELECT FROM billing_agreement_type t
                    WHERE t.cycle_id = p.cycle_id AND t.postal_kind IS NOT NULL)
               AND p.date_start <= (now() AT TIME ZONE 'UTC')::date
          GROUP BY p.id, p.company_id, a.id, a.postal_region_id, v.id, b.amount
            """
        )

    def action_open_specifications(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "postal_billing.postal_specification_action"
        )
        action["domain"] = [
            ("period_id", "=", self.period_id.id),
            ("cost_centre_id", "=", self.cost_centre_id.id),
        ]
        action["context"] = {
            "default_period_id": self.period_id.id,
            "default_cost_centre_id": self.cost_centre_id.id,
        }
        return action

    def action_approve(self):
        """Approve the cost centres of the selection: nothing more comes to them."""
        self.env["postal.approval"].create(
            [
                {"period_id": row.period_id.id, "cost_centre_id": row.cost_centre_id.id}
                for row in self
                if row.state != "d_approved"
            ]
        )
        self.invalidate_model()
        return True

    def action_withdraw(self):
        """Take the approval back, so that something can be added or corrected."""
        Approval = self.env["postal.approval"]
        Approval.union(
            *(
                Approval.search(
                    [
                        ("period_id", "=", row.period_id.id),
                        ("cost_centre_id", "=", row.cost_centre_id.id),
                    ]
                )
                for row in self
            )
        ).unlink()
        self.invalidate_model()
        return True
