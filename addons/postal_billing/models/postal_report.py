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
    _depends = {
        "account.move": ["invoice_date", "state"],
        "billing.segment": [
            "cost_centre_id",
            "invoice_id",
            "reversal_id",
            "specification_id",
            "state",
        ],
        "billing.segment.line": ["amount", "item_id", "specification_line_id"],
        "postal.specification.line": [
            "amount",
            "cost_centre_id",
            "item_id",
            "kind",
            "money",
            "partner_id",
            "period_id",
            "quantity",
            "reference",
            "specification_id",
        ],
    }

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
    main_category_id = fields.Many2one(
        "billing.tariff.item", readonly=True, help="The top of the service's tree."
    )
    subcategory_id = fields.Many2one(
        "billing.tariff.item", readonly=True, help="The level below the top."
    )
    service_kind = fields.Selection(SERVICE_KINDS, readonly=True)
    specification_id = fields.Many2one("postal.specification", readonly=True)
    reference = fields.Char(string="Posting List", readonly=True)
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
        """Every entry once, on the invoice that bills it, if any; the prices of
        entries are those of their segment. What was taken back counts twice more,
        above zero on its invoice and below zero on the credit note.

        Outer joins of what a question does not name are dropped by the planner.
        """
        return SQL(
            """
            SELECT l.id::bigint * 4 AS id, l.company_id, c.currency_id, l.period_id,
                   COALESCE(d.date, p.date_end) AS date, l.kind, l.cost_centre_id,
                   a.postal_region_id AS region_id, l.partner_id, l.item_id,
                   %(levels)s, l.service_kind, l.specification_id, l.reference,
                   d.move_id, COALESCE(d.document, 'none') AS document,
                   l.quantity, l.money, l.amount
              FROM postal_specification_line l
         LEFT JOIN (%(live)s) d ON d.specification_id = l.specification_id
         LEFT JOIN res_company c ON c.id = l.company_id
         LEFT JOIN billing_period p ON p.id = l.period_id
         LEFT JOIN billing_tariff_item t ON t.id = l.item_id
         LEFT JOIN account_analytic_account a ON a.id = l.cost_centre_id
         UNION ALL
            SELECT b.id::bigint * 4 + k.number, l.company_id, c.currency_id,
                   l.period_id, COALESCE(m.invoice_date, p.date_end), l.kind,
                   l.cost_centre_id, a.postal_region_id, l.partner_id, b.item_id,
                   %(levels)s, l.service_kind, l.specification_id, l.reference,
                   m.id,
                   CASE WHEN k.sign < 0 THEN 'credit'
                        WHEN i.is_several THEN 'consolidated' ELSE 'individual' END,
                   k.sign * l.quantity, k.sign * l.money, k.sign * b.amount
              FROM billing_segment s
              JOIN billing_segment_line b ON b.segment_id = s.id
              JOIN postal_specification_line l ON l.id = b.specification_line_id
              JOIN res_company c ON c.id = l.company_id
              JOIN billing_period p ON p.id = l.period_id
              JOIN billing_tariff_item t ON t.id = b.item_id
        CROSS JOIN (VALUES (1, 1), (2, -1)) k(number, sign)
              JOIN account_move m
                ON m.id = CASE WHEN k.sign > 0 THEN s.invoice_id ELSE s.reversal_id END
         LEFT JOIN account_analytic_account a ON a.id = l.cost_centre_id
         LEFT JOIN (%(several)s) i ON i.invoice_id = s.invoice_id
             WHERE s.specification_id IS NOT NULL AND s.reversal_id IS NOT NULL
               AND s.state IN ('cancelling', 'cancelled')
            """,
            levels=LEVELS,
            live=SQL(LIVE, several=SQL(SEVERAL)),
            several=SQL(SEVERAL),
        )


LEVELS = SQL(
    """t.parent_id AS category_id,
       NULLIF(split_part(t.parent_path, '/', 1), '')::int AS main_category_id,
       COALESCE(NULLIF(split_part(t.parent_path, '/', 2), ''),
                NULLIF(split_part(t.parent_path, '/', 1), ''))::int AS subcategory_id"""
)
SEVERAL = """
    SELECT invoice_id, min(cost_centre_id) <> max(cost_centre_id) AS is_several
      FROM billing_segment
     WHERE specification_id IS NOT NULL AND invoice_id IS NOT NULL
  GROUP BY invoice_id
"""
"""Whether an invoice bills several cost centres."""
LIVE = """
    SELECT DISTINCT ON (s.specification_id) s.specification_id,
           s.invoice_id AS move_id, m.invoice_date AS date,
           CASE WHEN m.state IS NULL THEN 'none'
                WHEN m.state = 'draft' THEN 'proforma'
                WHEN i.is_several THEN 'consolidated'
                ELSE 'individual' END AS document
      FROM billing_segment s
 LEFT JOIN account_move m ON m.id = s.invoice_id
 LEFT JOIN (%(several)s) i ON i.invoice_id = s.invoice_id
     WHERE s.specification_id IS NOT NULL
       AND s.state NOT IN ('cancelling', 'cancelled')
  ORDER BY s.specification_id
"""
"""Where the segment of a specification stands; there is one at most."""
