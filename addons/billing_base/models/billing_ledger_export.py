from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..exports import Layout
from ..streams import iter_rows
from .billing_ledger_column import DEFAULT, FIELDS, LedgerColumn, ledger_query


class BillingLedgerExport(models.Model):
    """A batch of posted entries for the general ledger; every entry goes once."""

    _name = "billing.ledger.export"
    _description = "Ledger Export"
    _inherit = ["billing.export.mixin", "mail.thread"]
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
    line_count = fields.Integer(string="Entries", readonly=True, copy=False)
    debit = fields.Monetary(string="Total Debit", readonly=True, copy=False)
    credit = fields.Monetary(string="Total Credit", readonly=True, copy=False)
    line_ids = fields.One2many(
        "account.move.line", "ledger_export_id", string="Journal Items", readonly=True
    )

    _balanced = models.Constraint(
        "CHECK (debit = credit)", "Debit and credit of a batch must be equal."
    )

    @api.depends("name")
    def _compute_display_name(self):
        for batch in self:
            batch.display_name = batch.name or self.env._("New Batch")

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
            if batch.state != "draft":
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
        self.env["res.users"]._check_may("export")
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
        columns = self._get_ledger_columns()
        layout = self._get_layout(columns)
        missing = set()
        rows = self._iter_entries(columns, missing)
        fileobj, control = self._write_file(layout, rows)
        if missing:
            fileobj.close()
            self._refuse_missing(missing)
        debit, credit = self._get_totals()
        name = f"LED/{self.date_end:%Y}/{self.id:05d}"
        self._finish(
            fileobj,
            self._get_filename(name, layout),
            name=name,
            line_count=control.count,
            debit=debit,
            credit=credit,
        )

    def _get_ledger_columns(self):
        """:return: list of LedgerColumn"""
        codes = self._get_codes()
        return [
            LedgerColumn(
                name,
                name,
                digits=self.currency_id.decimal_places,
                codes=codes.get(FIELDS[name].coded, {}),
            )
            for name in DEFAULT
        ]

    def _get_codes(self):
        """What accounts, journals, taxes and cost centres are called in the file.

        :return: ``{kind: {id: code}}``
        """
        company = self.company_id
        everything = {"active_test": False}
        # the ledger is told whole, whatever its reader may see of the records
        env = self.sudo().with_context(**everything).with_company(company).env
        return {
            "account": {
                account.id: account.code
                for account in env["account.account"].search(
                    [("company_ids", "parent_of", company.id)]
                )
            },
            "journal": {
                journal.id: journal.code
                for journal in env["account.journal"].search(
                    [("company_id", "parent_of", company.id)]
                )
            },
            "tax": {
                tax.id: tax.name
                for tax in env["account.tax"].search(
                    [("company_id", "parent_of", company.id)]
                )
            },
            "analytic": {
                account.id: account.code or account.name
                for account in env["account.analytic.account"].search([])
            },
        }

    def _get_layout(self, columns):
        return Layout("csv", tuple(column.column() for column in columns))

    def _get_filename(self, name, layout):
        return f"{name.replace('/', '-')}.{layout.form}"

    def _refuse_missing(self, missing):
        """Nothing is exported under a code that is not there."""
        models_by_kind = {
            "account": "account.account",
            "journal": "account.journal",
            "tax": "account.tax",
            "analytic": "account.analytic.account",
        }
        names = sorted(
            self.env[models_by_kind[kind]].sudo().browse(number).display_name
            for kind, number in missing
        )
        raise UserError(
            self.env._(
                "These have no code for the ledger file: %(names)s. Enter their codes "
                "and export again; nothing was exported.",
                names=", ".join(names[:20]),
            )
        )

    def _iter_entries(self, columns, missing):
        """Rows of the batch's file."""
        query = ledger_query(columns, SQL("l.ledger_export_id = %s", self.id))
        converters = [
            (place, convert)
            for place, column in enumerate(columns)
            if (convert := column.convert(missing))
        ]
        for row in iter_rows(self.env, query):
            row = list(row)
            for place, convert in converters:
                row[place] = convert(row[place])
            yield row

    def _get_totals(self):
        """Debit and credit of the batch as the database adds them up."""
        ((debit, credit),) = self.env.execute_query(
            SQL(
                "SELECT sum(debit), sum(credit) FROM account_move_line"
                " WHERE ledger_export_id = %s",
                self.id,
            )
        )
        return debit, credit

    def _release(self):
        """Entries of cancelled batches go into the next one."""
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET ledger_export_id = NULL"
                " WHERE ledger_export_id = ANY(%s)",
                self.ids,
            )
        )
        self.env["account.move.line"].invalidate_model(["ledger_export_id"])

    def init(self):
        result = super().init()
        self.env.cr.execute(EXPORT_GUARD)
        return result


EXPORT_GUARD = """
CREATE OR REPLACE FUNCTION billing_ledger_export_guard() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'account.move.line: entry % is exported', OLD.id
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF ROW(OLD.move_id, OLD.account_id, OLD.date, OLD.debit,
           OLD.credit, OLD.amount_currency, OLD.currency_id, OLD.company_id,
           OLD.parent_state)
       IS DISTINCT FROM
       ROW(NEW.move_id, NEW.account_id, NEW.date, NEW.debit,
           NEW.credit, NEW.amount_currency, NEW.currency_id, NEW.company_id,
           NEW.parent_state)
       OR (OLD.ledger_export_id IS DISTINCT FROM NEW.ledger_export_id
           -- a cancelled batch gives its entries back
           AND NOT (NEW.ledger_export_id IS NULL AND EXISTS (
               SELECT 1 FROM billing_ledger_export b
                WHERE b.id = OLD.ledger_export_id AND b.state = 'cancelled'))) THEN
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
"""
