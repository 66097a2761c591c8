from odoo import fields, models
from odoo.tools import SQL

from .billing_agreement_type import KINDS
from .billing_tariff_item import SERVICE_KINDS


class PostalReport(models.Model):
    """Every entry once: entered, invoiced, and taken back, for any grouping."""

    _name = "postal.report"
    _description = "Postal Report"
    _auto = False
    _order = "period_id desc, id desc"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    period_id = fields.Many2one("billing.period", readonly=True)
    date = fields.Date(readonly=True, help="Of the invoice, else the period's end.")
    kind = fields.Selection(KINDS, readonly=True)
    cost_centre_id = fields.Many2one("account.analytic.account", readonly=True)
    region_id = fields.Many2one("postal.region", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    item_id = fields.Many2one("billing.tariff.item", string="Service", readonly=True)
    category_id = fields.Many2one("billing.tariff.item", readonly=True)
    service_kind = fields.Selection(SERVICE_KINDS, readonly=True)
    specification_id = fields.Many2one("postal.specification", readonly=True)
    move_id = fields.Many2one("account.move", string="Invoice", readonly=True)
    document = fields.Selection(
        [
            ("none", "Not invoiced yet"),
            ("proforma", "Pro-forma"),
            ("individual", "Individual invoice"),
            ("consolidated", "Consolidated invoice"),
            ("credit", "Credit note"),
        ],
        readonly=True,
    )
    quantity = fields.Float(string="Pieces", digits=(16, 0), readonly=True)
    money = fields.Monetary(string="Paid Out", readonly=True)
    amount = fields.Monetary(string="Untaxed Amount", readonly=True)

    @property
    def _table_query(self):
        """Entries without a segment as they stand; those with one as it bills them.

        A segment that was taken back counts twice, with the credit note below zero.
        """
        return SQL(
            """
            WITH invoiced AS (
                SELECT invoice_id, count(DISTINCT cost_centre_id) > 1 AS is_several
                  FROM billing_segment
                 WHERE specification_id IS NOT NULL AND invoice_id IS NOT NULL
              GROUP BY invoice_id
            ), segment AS (
                SELECT s.id, s.specification_id, s.invoice_id, s.reversal_id, s.state,
                       s.currency_id,
                       CASE WHEN m.state IS NULL THEN 'none'
                            WHEN m.state = 'draft' THEN 'proforma'
                            WHEN i.is_several THEN 'consolidated'
                            ELSE 'individual' END AS document,
                       m.invoice_date, r.invoice_date AS reversal_date,
                       s.state NOT IN ('cancelling', 'cancelled') AS is_live
                  FROM billing_segment s
             LEFT JOIN account_move m ON m.id = s.invoice_id
             LEFT JOIN account_move r ON r.id = s.reversal_id
             LEFT JOIN invoiced i ON i.invoice_id = s.invoice_id
                 WHERE s.specification_id IS NOT NULL
            ), entry AS (
                SELECT l.id::bigint * 4 AS id, l.id AS line_id, l.item_id,
                       NULL::int AS move_id, 'none' AS document, NULL::date AS date,
                       l.quantity, l.money, l.amount
                  FROM postal_specification_line l
                 WHERE NOT EXISTS (
                       SELECT FROM segment s
                        WHERE s.specification_id = l.specification_id AND s.is_live)
                 UNION ALL
                SELECT b.id::bigint * 4 + 1, b.specification_line_id, b.item_id,
                       s.invoice_id, s.document, s.invoice_date,
                       l.quantity, l.money, b.amount
                  FROM segment s
                  JOIN billing_segment_line b ON b.segment_id = s.id
                  JOIN postal_specification_line l ON l.id = b.specification_line_id
                 WHERE s.is_live OR s.reversal_id IS NOT NULL
                 UNION ALL
                SELECT b.id::bigint * 4 + 2, b.specification_line_id, b.item_id,
                       s.reversal_id, 'credit', s.reversal_date,
                       -l.quantity, -l.money, -b.amount
                  FROM segment s
                  JOIN billing_segment_line b ON b.segment_id = s.id
                  JOIN postal_specification_line l ON l.id = b.specification_line_id
                 WHERE s.reversal_id IS NOT NULL
            )
            SELECT e.id, l.company_id, c.currency_id, l.period_id,
                   COALESCE(e.date, p.date_end) AS date, l.kind, l.cost_centre_id,
                   a.postal_region_id AS region_id, l.partner_id, e.item_id,
                   t.parent_id AS category_id, t.service_kind, l.specification_id,
                   e.move_id, e.document, e.quantity, e.money, e.amount
              FROM entry e
              JOIN postal_specification_line l ON l.id = e.line_id
              JOIN res_company c ON c.id = l.company_id
              JOIN billing_period p ON p.id = l.period_id
              JOIN billing_tariff_item t ON t.id = e.item_id
         LEFT JOIN account_analytic_account a ON a.id = l.cost_centre_id
            """
        )
