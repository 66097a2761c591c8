import base64
import csv
import hashlib
import io
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

COLUMNS = (
    "entry_id",
    "journal",
    "move",
    "date",
    "account",
    "account_name",
    "partner",
    "label",
    "debit",
    "credit",
    "currency",
    "amount_currency",
)


class BillingLedgerExport(models.Model):
    """A batch of posted entries for the general ledger; every entry goes once."""

    _name = "billing.ledger.export"
    _description = "Ledger Export"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_end = fields.Date(
        string="Entries Up To", required=True, default=fields.Date.context_today
    )
    state = fields.Selection(
        [("draft", "Draft"), ("done", "Exported")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    line_count = fields.Integer(string="Entries", readonly=True, copy=False)
    debit = fields.Monetary(string="Total Debit", readonly=True, copy=False)
    credit = fields.Monetary(string="Total Credit", readonly=True, copy=False)
    file = fields.Binary(readonly=True, copy=False, attachment=True)
    filename = fields.Char(readonly=True, copy=False)
    file_hash = fields.Char(string="SHA-256", readonly=True, copy=False)
    line_ids = fields.One2many(
        "account.move.line", "ledger_export_id", string="Journal Items", readonly=True
    )

    _balanced = models.Constraint(
        "CHECK (debit = credit)", "Debit and credit of a batch must be equal."
    )

    def action_open_entries(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_account_moves_all"
        )
        action["domain"] = [("ledger_export_id", "=", self.id)]
        action["context"] = {}
        return action

    def action_export(self):
        """Take every posted entry up to the date that no batch has taken yet."""
        for batch in self:
            if batch.state == "done":
                raise UserError(
                    self.env._(
                        "Batch %(batch)s is already exported. Download its file; new "
                        "entries go into a new batch.",
                        batch=batch.display_name,
                    )
                )
            batch._export()

    def _export(self):
        self.ensure_one()
        self.env.flush_all()
        # one batch of a company at a time: two would share the entries between them
        self.env.cr.execute(
            SQL(
                "SELECT pg_advisory_xact_lock(hashtext('billing.ledger'), %s)",
                self.company_id.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move_line SET ledger_export_id = %s
                 WHERE company_id = %s AND parent_state = 'posted'
                   AND ledger_export_id IS NULL AND date <= %s
                   AND COALESCE(display_type, '') NOT IN
                       ('line_section', 'line_subsection', 'line_note')
                """,
                self.id,
                self.company_id.id,
                self.date_end,
            )
        )
        if not self.env.cr.rowcount:
            raise UserError(
                self.env._(
                    "No entry up to %(date)s is left to export.", date=self.date_end
                )
            )
        self.env["account.move.line"].invalidate_model(["ledger_export_id"])
        content, count, debit, credit = self._render()
        name = f"LED/{self.date_end:%Y}/{self.id:05d}"
        self.write(
            {
                "name": name,
                "file": base64.b64encode(content),
                "filename": f"{name.replace('/', '-')}.csv",
                "file_hash": hashlib.sha256(content).hexdigest(),
                "line_count": count,
                "debit": debit,
                "credit": credit,
                "state": "done",
            }
        )

    def _render(self):
        """The batch as a CSV file with a control line at its end.

        :return: ``(bytes, number of entries, debit, credit)``
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT l.id, j.code, m.name, l.date,
                       acc.code_store->>%(company)s, %(account_name)s,
                       p.name, l.name, l.debit::text, l.credit::text, cur.name,
                       l.amount_currency::text
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN account_journal j ON j.id = l.journal_id
                  JOIN account_account acc ON acc.id = l.account_id
                  JOIN res_currency cur ON cur.id = l.currency_id
             LEFT JOIN res_partner p ON p.id = l.partner_id
                 WHERE l.ledger_export_id = %(batch)s
              ORDER BY l.date, m.name, l.id
                """,
                company=str(self.company_id.root_id.id),
                account_name=SQL("acc.name->>'en_US'"),
                batch=self.id,
            )
        )
        buffer = io.StringIO()
        writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        count, debit, credit = 0, Decimal(), Decimal()
        for row in self.env.cr.fetchall():
            writer.writerow([*map(_neutral, row[:8]), *row[8:]])
            count += 1
            # amounts come as texts: the driver would make them floats
            debit += Decimal(row[8])
            credit += Decimal(row[9])
        writer.writerow(["TOTAL", count, *[""] * 6, debit, credit, "", ""])
        content = buffer.getvalue().encode("utf-8-sig")
        return content, count, float(debit), float(credit)

    def init(self):
        self.env.cr.execute(EXPORT_GUARD)


def _neutral(value):
    """A text a spreadsheet would take for a formula is quoted."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return "" if value is None else value


EXPORT_GUARD = """
CREATE OR REPLACE FUNCTION billing_ledger_export_guard() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'account.move.line: entry % is exported', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF ROW(OLD.ledger_export_id, OLD.move_id, OLD.account_id, OLD.date, OLD.debit,
           OLD.credit, OLD.amount_currency, OLD.currency_id, OLD.company_id,
           OLD.parent_state)
       IS DISTINCT FROM
       ROW(NEW.ledger_export_id, NEW.move_id, NEW.account_id, NEW.date, NEW.debit,
           NEW.credit, NEW.amount_currency, NEW.currency_id, NEW.company_id,
           NEW.parent_state) THEN
        RAISE EXCEPTION 'account.move.line: entry % is exported', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS billing_ledger_export_guard ON account_move_line;
CREATE TRIGGER billing_ledger_export_guard
    BEFORE UPDATE OR DELETE ON account_move_line
    FOR EACH ROW WHEN (OLD.ledger_export_id IS NOT NULL)
    EXECUTE FUNCTION billing_ledger_export_guard();

CREATE OR REPLACE FUNCTION billing_ledger_batch_guard() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' OR ROW(OLD.name, OLD.company_id, OLD.date_end, OLD.state,
           OLD.line_count, OLD.debit, OLD.credit, OLD.file_hash)
       IS DISTINCT FROM
       ROW(NEW.name, NEW.company_id, NEW.date_end, NEW.state,
           NEW.line_count, NEW.debit, NEW.credit, NEW.file_hash) THEN
        RAISE EXCEPTION 'billing.ledger.export: batch % is exported', OLD.name
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
DROP TRIGGER IF EXISTS billing_ledger_batch_guard ON billing_ledger_export;
CREATE TRIGGER billing_ledger_batch_guard
    BEFORE UPDATE OR DELETE ON billing_ledger_export
    FOR EACH ROW WHEN (OLD.state = 'done')
    EXECUTE FUNCTION billing_ledger_batch_guard();
"""
