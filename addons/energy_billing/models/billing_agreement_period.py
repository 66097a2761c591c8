from odoo import api, fields, models
from odoo.tools import SQL


class BillingAgreementPeriod(models.Model):
    _inherit = "billing.agreement.period"

    point_id = fields.Many2one(related="agreement_id.point_id", string="Metering Point")

    @api.model
    def _scope(self, period):
        """With agreements that ended earlier, but have a valid order to be billed."""
        return SQL(
            """
            %(scope)s OR a.id IN (
                SELECT g.id
                  FROM billing_agreement g
                  JOIN billing_agreement_type t ON t.id = g.type_id
                   AND t.billed_on = 'order'
                  JOIN energy_billing_order o ON o.point_id = g.point_id
                   AND o.state = 'open'
                   AND daterange(o.date_start, o.date_end, '[]')
                       && daterange(g.date_start, g.date_end, '[]')
                 WHERE g.date_end < %(start)s
                   AND NOT EXISTS (
                       SELECT 1 FROM billing_segment s
                        WHERE s.agreement_id = g.id AND s.state = 'frozen'
                          AND daterange(s.date_start, s.date_end, '[]')
                              && daterange(o.date_start, o.date_end, '[]')))
            """,
            scope=super()._scope(period),
            start=period.date_start,
        )
