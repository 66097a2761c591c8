from odoo import fields, models
from odoo.tools import SQL


class BillingLedgerReconciliation(models.Model):
    """Ledger = sum of exports: by month and account, what is posted and what left."""

    _name = "billing.ledger.reconciliation"
    _description = "Ledger Against Exports"
    _auto = False
    _order = "date desc, account_id, id"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(string="Month", readonly=True)
    account_id = fields.Many2one("account.account", readonly=True)
    batch_id = fields.Many2one(
        "billing.ledger.export", string="Exported With", readonly=True
    )
    line_count = fields.Integer(string="Entries", readonly=True)
    debit = fields.Monetary(string="Debit in the Ledger", readonly=True)
    credit = fields.Monetary(string="Credit in the Ledger", readonly=True)
    exported_debit = fields.Monetary(string="Debit Exported", readonly=True)
    exported_credit = fields.Monetary(string="Credit Exported", readonly=True)
    open_count = fields.Integer(string="Entries to Export", readonly=True)
    open_debit = fields.Monetary(string="Debit to Export", readonly=True)
    open_credit = fields.Monetary(string="Credit to Export", readonly=True)

    @property
    def _table_query(self):
        for model in ("account.move.line", "billing.ledger.export"):
            self.env[model].flush_model()
        return SQL(
            """
            SELECT min(l.id) AS id, l.company_id, c.currency_id,
                   date_trunc('month', l.date)::date AS date,
                   l.account_id, l.ledger_export_id AS batch_id,
                   count(*) AS line_count,
                   sum(l.debit) AS debit, sum(l.credit) AS credit,
                   COALESCE(sum(l.debit) FILTER (WHERE b.id IS NOT NULL), 0)
                       AS exported_debit,
                   COALESCE(sum(l.credit) FILTER (WHERE b.id IS NOT NULL), 0)
                       AS exported_credit,
                   count(*) FILTER (WHERE b.id IS NULL) AS open_count,
                   COALESCE(sum(l.debit) FILTER (WHERE b.id IS NULL), 0)
                       AS open_debit,
                   COALESCE(sum(l.credit) FILTER (WHERE b.id IS NULL), 0)
                       AS open_credit
              FROM account_move_line l
              JOIN res_company c ON c.id = l.company_id
         LEFT JOIN billing_ledger_export b
                ON b.id = l.ledger_export_id AND b.state = 'done'
             WHERE l.parent_state = 'posted'
               AND COALESCE(l.display_type, '') NOT IN
                   ('line_section', 'line_subsection', 'line_note')
          GROUP BY l.company_id, c.currency_id, date_trunc('month', l.date),
                   l.account_id, l.ledger_export_id
            """
        )
