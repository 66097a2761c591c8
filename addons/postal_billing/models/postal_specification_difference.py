from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class PostalSpecification(models.Model):
    _inherit = "postal.specification"

    has_difference = fields.Boolean(
        string="Unlike the Principal's List",
        compute="_compute_has_difference",
        search="_search_has_difference",
        help="Items and the principal's list disagree, and nobody waived it.",
    )

    @api.depends("difference_text", "waive_reason")
    def _compute_has_difference(self):
        for specification in self:
            specification.has_difference = bool(
                specification.difference_text and not specification.waive_reason
            )

    def _search_has_difference(self, operator, value):
        """What ``_get_differences`` finds, of all payouts at once."""
        if operator != "in":
            return NotImplemented
        for name in ("line_ids", "centre_ids"):
            self.env[self._fields[name].comodel_name].flush_model()
        self.flush_model()
        found = SQL(
            """(
            WITH paid AS (
                SELECT l.specification_id AS id, l.cost_centre_id AS centre_id,
                       sum(trunc(l.quantity::numeric)) AS cheques,
                       COALESCE(sum(l.money), 0) AS money
                  FROM postal_specification s
                  JOIN postal_specification_line l ON l.specification_id = s.id
                 WHERE s.kind = 'payout' AND s.waive_reason IS NULL
              GROUP BY l.specification_id, l.cost_centre_id
            ), ordered AS (
                SELECT c.specification_id AS id, c.cost_centre_id AS centre_id,
                       COALESCE(c.cheques, 0) AS cheques, COALESCE(c.money, 0) AS money
                  FROM postal_specification s
                  JOIN postal_payout_centre c ON c.specification_id = s.id
                 WHERE s.kind = 'payout' AND s.waive_reason IS NULL
            )
            SELECT s.id
              FROM postal_specification s
         LEFT JOIN (SELECT id, sum(cheques) AS cheques, sum(money) AS money
                      FROM paid GROUP BY id) p ON p.id = s.id
             WHERE s.kind = 'payout' AND s.waive_reason IS NULL
               AND (COALESCE(s.total_cheques, 0), COALESCE(s.total_money, 0))
                <> (COALESCE(p.cheques, 0), COALESCE(p.money, 0))
         UNION
            SELECT COALESCE(o.id, p.id)
              FROM ordered o
         FULL JOIN paid p ON p.id = o.id AND p.centre_id = o.centre_id
             WHERE (COALESCE(o.cheques, 0), COALESCE(o.money, 0))
                <> (COALESCE(p.cheques, 0), COALESCE(p.money, 0))
               AND COALESCE(o.id, p.id) IN (SELECT id FROM ordered)
            )"""
        )
        return Domain("id", "in" if True in value else "not in", found)
