from odoo import fields, models
from odoo.tools import SQL

from .connection_component import LEVELS


class ConnectionComponentRegister(models.Model):
    """Who had financed which component on a day, and what was still shared then.

    The day is ``register_day`` of the context, else today.
    """

    _name = "connection.component.register"
    _description = "Register of Components"
    _auto = False
    _order = "code, date, id"
    _rec_name = "component_id"

    component_id = fields.Many2one("connection.component", readonly=True)
    code = fields.Char(string="Asset Code", readonly=True)
    level = fields.Selection(LEVELS, string="Grid Level", readonly=True)
    date_completed = fields.Date(string="Completed On", readonly=True)
    date_expiry = fields.Date(string="Shared Until", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Payer", readonly=True)
    case_id = fields.Many2one("connection.case", readonly=True)
    date = fields.Date(string="Paid In On", readonly=True)
    weight = fields.Float(string="Points or kW", digits=(12, 3), readonly=True)
    contribution = fields.Monetary(string="Contributed", readonly=True)
    refunded = fields.Monetary(
        string="Paid Back", readonly=True, help="Credited until that day."
    )
    paid = fields.Monetary(string="Net of Refunds", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)

    @property
    def _table_query(self):
        for name in (
            "connection.component",
            "connection.component.payer",
            "connection.refund",
        ):
            self.env[name].flush_model()
        return self._get_query(self._get_day())

    def _get_day(self):
        day = self.env.context.get("register_day")
        return fields.Date.to_date(day) or fields.Date.context_today(self)

    def _get_query(self, day):
        """Rows of ``day``; only credited refunds count, by the day of their note."""
        return SQL(
            """
            SELECT p.id, p.component_id, c.code, c.level, c.date_completed,
                   c.date_expiry, p.partner_id, p.case_id, p.date, p.weight,
                   p.contribution, COALESCE(r.amount, 0) AS refunded,
                   p.contribution - COALESCE(r.amount, 0) AS paid,
                   c.company_id, o.currency_id
              FROM connection_component c
              JOIN connection_component_payer p
                ON p.component_id = c.id AND p.date <= %(day)s
              JOIN res_company o ON o.id = c.company_id
         LEFT JOIN (SELECT payer_id, SUM(amount) AS amount
                      FROM connection_refund
                     WHERE state = 'credited' AND credited_on <= %(day)s
                     GROUP BY payer_id) r ON r.payer_id = p.id
             WHERE c.date_completed <= %(day)s AND c.date_expiry >= %(day)s
            """,
            day=day,
        )

    def action_open_component(self):
        self.ensure_one()
        return self.component_id._get_records_action()
