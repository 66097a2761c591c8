from odoo import api, fields, models
from odoo.tools import SQL

from ..fields import DerivedMany2one

WORST = ("ok", "info", "warning", "waived", "error")
"""Results of checks from best to worst, as screens and SQL rank them."""


class BillingAgreementPeriod(models.Model):
    """The figures of one agreement in one period; only ever written by ``_refresh``."""

    _name = "billing.agreement.period"
    _description = "Agreement Figures"
    _order = "period_id, agreement_id"
    _log_access = False
    _check_company_auto = True

    agreement_id = fields.Many2one(
        "billing.agreement",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    period_id = fields.Many2one(
        "billing.period", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = DerivedMany2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(related="agreement_id.partner_id")
    is_active = fields.Boolean(related="period_id.is_active")
    currency_id = DerivedMany2one("res.currency", readonly=True)
    billed_to = fields.Date(readonly=True, help="Last day on a posted invoice.")
    segment_count = fields.Integer(string="Segments", readonly=True)
    error_count = fields.Integer(string="With Error", readonly=True)
    ready_count = fields.Integer(string="Ready", readonly=True)
    frozen_count = fields.Integer(string="Invoiced", readonly=True)
    stale_count = fields.Integer(string="Source Changed", readonly=True)
    worst_check = fields.Selection(
        [
            ("ok", "OK"),
            ("info", "Info"),
            ("warning", "Warning"),
            ("waived", "Error waived"),
            ("error", "Error"),
        ],
        string="Checks",
        readonly=True,
    )
    quantity = fields.Float(digits="Product Unit", min_display_digits=2, readonly=True)
    amount = fields.Monetary(string="Untaxed Amount", readonly=True)
    invoice_id = fields.Many2one("account.move", string="Last Invoice", readonly=True)
    invoice_state = fields.Selection(related="invoice_id.state")
    payment_state = fields.Selection(related="invoice_id.payment_state")

    _agreement_period_unique = models.Constraint(
        "UNIQUE (agreement_id, period_id)",
        "An agreement has one row of figures in a period.",
    )

    def action_view_segments(self):
        """The segments behind the figures of the row."""
        action = self.agreement_id.action_view_segments()
        action["domain"] += [("period_id", "=", self.period_id.id)]
        return action

    def _refresh(self, period, agreements=None):
        """Recompute the figures of ``period`` in one statement.

        :param agreements: billing.agreement, or None for all of the period's cycle
        """
        period.ensure_one()
        self.env.flush_all()
        scope = SQL("a.cycle_id = %s AND (%s)", period.cycle_id.id, self._scope(period))
        within = SQL("TRUE")
        if agreements is not None:
            within = SQL("s.agreement_id = ANY(%s)", agreements.ids)
            scope = SQL("%s AND a.id = ANY(%s)", scope, agreements.ids)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO billing_agreement_period AS f (
                    agreement_id, period_id, company_id, currency_id, billed_to,
                    segment_count, error_count, ready_count, frozen_count,
                    stale_count, worst_check, quantity, amount, invoice_id
                )
                SELECT a.id, %(period)s, a.company_id,
                       COALESCE(now.currency_id, c.currency_id), past.billed_to,
                       COALESCE(now.total, 0), COALESCE(now.error, 0),
                       COALESCE(now.ready, 0), COALESCE(now.frozen, 0),
                       COALESCE(now.stale, 0),
                       (%(worst)s::varchar[])[now.worst],
                       COALESCE(now.quantity, 0), COALESCE(now.amount, 0),
                       now.invoice_id
                  FROM billing_agreement a
                  JOIN res_company c ON c.id = a.company_id
             LEFT JOIN (
                    SELECT s.agreement_id,
                           max(s.date_end) AS billed_to
                      FROM billing_segment s
                     WHERE s.state = 'frozen' AND s.is_exclusive AND %(within)s
                  GROUP BY s.agreement_id
                  ) past ON past.agreement_id = a.id
             LEFT JOIN (
                    SELECT s.agreement_id,
                           max(s.currency_id) AS currency_id,
                           count(*) AS total,
                           count(*) FILTER (
                               WHERE s.state IN ('incomplete', 'error')) AS error,
                           count(*) FILTER (WHERE s.state = 'ready') AS ready,
                           count(*) FILTER (WHERE s.state = 'frozen') AS frozen,
                           count(*) FILTER (WHERE s.is_stale) AS stale,
                           max(array_position(%(worst)s::varchar[], s.worst_check))
                               AS worst,
                           sum(s.quantity) AS quantity,
                           sum(s.amount) AS amount,
                           max(s.invoice_id) AS invoice_id
                      FROM billing_segment s
                     WHERE s.period_id = %(period)s
                       AND s.state NOT IN ('cancelling', 'cancelled')
                       AND %(within)s
                  GROUP BY s.agreement_id
                  ) now ON now.agreement_id = a.id
                 WHERE %(scope)s
                ON CONFLICT (agreement_id, period_id) DO UPDATE
                   SET currency_id = EXCLUDED.currency_id,
                       billed_to = EXCLUDED.billed_to,
                       segment_count = EXCLUDED.segment_count,
                       error_count = EXCLUDED.error_count,
                       ready_count = EXCLUDED.ready_count,
                       frozen_count = EXCLUDED.frozen_count,
                       stale_count = EXCLUDED.stale_count,
                       worst_check = EXCLUDED.worst_check,
                       quantity = EXCLUDED.quantity,
                       amount = EXCLUDED.amount,
                       invoice_id = EXCLUDED.invoice_id
                """,
                period=period.id,
                worst=list(WORST),
                within=within,
                scope=scope,
            )
        )
        self.invalidate_model()
        self.env["billing.agreement"].invalidate_model(
            ["active_figure_id", "billed_to", "worst_check"]
        )

    @api.model
    def _scope(self, period):
        """Which agreements ``a`` of the cycle have figures in a period: those in force
        on one of its days, and those that are billed in it for other days."""
        return SQL(
            "(a.date_start <= %s AND (a.date_end IS NULL OR a.date_end >= %s))"
            " OR a.id IN (SELECT s.agreement_id FROM billing_segment s"
            " WHERE s.period_id = %s AND s.state <> 'cancelled')",
            period.date_end,
            period.date_start,
            period.id,
        )
