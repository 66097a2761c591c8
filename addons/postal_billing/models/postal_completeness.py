from odoo import fields, models
from odoo.tools import SQL


class PostalCompleteness(models.Model):
    """Which cost centre has entered and checked what, in each period."""

    _name = "postal.completeness"
    _description = "Completeness"
    _auto = False
    _order = "period_id desc, state, cost_centre_id"

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
        ],
        readonly=True,
    )

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
                   CASE WHEN count(s.id) = 0 THEN 'a_nothing'
                        WHEN count(s.id) FILTER (WHERE s.state = 'draft') > 0
                        THEN 'b_draft' ELSE 'c_checked' END AS state
              FROM billing_period p
              JOIN account_analytic_account a ON a.is_cost_centre AND a.active
               AND (a.company_id IS NULL OR a.company_id = p.company_id)
         LEFT JOIN postal_specification s ON s.period_id = p.id
               AND s.cost_centre_id = a.id
             WHERE EXISTS (
                   SELECT FROM billing_agreement_type t
                    WHERE t.cycle_id = p.cycle_id AND t.postal_kind IS NOT NULL)
               AND p.date_start <= (now() AT TIME ZONE 'UTC')::date
          GROUP BY p.id, p.company_id, a.id, a.postal_region_id
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
