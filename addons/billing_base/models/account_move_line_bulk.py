from odoo import fields, models
from odoo.tools import SQL, float_repr

from .billing_context import COMPLETE, NUMBER_FORMATS


class LineMonetary(fields.Monetary):
    """An amount of a complete line, which comes with its currencies: Odoo would make a
    record for every amount to find them."""

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        name = self.get_currency_field(record)
        if not record.env.context.get(COMPLETE) or name not in (values or ()):
            return super().convert_to_column_insert(value, record, values, validate)
        currency = record.env["res.currency"].browse(values[name])
        return float_repr(currency.round(value or 0.0), currency.decimal_places)

    def convert_to_cache(self, value, record, validate=True):
        if not value or not validate or not record.env.context.get(COMPLETE):
            return super().convert_to_cache(value, record, validate)
        return record[self.get_currency_field(record)].round(value)


class AccountMoveLine(models.Model):
    """What Odoo does for each line by itself, for many lines at once."""

    _inherit = "account.move.line"  # pylint: disable=consider-merging-classes-inherited

    debit = LineMonetary()
    credit = LineMonetary()
    balance = LineMonetary()
    amount_currency = LineMonetary()
    amount_residual = LineMonetary()
    amount_residual_currency = LineMonetary()
    price_subtotal = LineMonetary()
    price_total = LineMonetary()

    def _create_analytic_lines(self):
        """In bulk, lines that belong to one analytic account as a whole are copied by
        one statement; test_same_as_odoo.py proves them equal to Odoo's."""
        if self.env.context.get(NUMBER_FORMATS) is None:
            return super()._create_analytic_lines()
        self._validate_analytic_distribution()
        whole = self.filtered(
            lambda line: (
                line.is_billed
                and len(line.analytic_distribution or ()) == 1
                and line.analytic_distribution.get(_only(line)) == 100
                and _only(line).isdigit()
            )
        )
        accounts = self.env["account.analytic.account"].browse(
            {int(_only(line)) for line in whole}
        )
        self.flush_model()
        self.move_id.flush_model(["invoice_user_id", "move_type"])
        for plan, own in accounts.grouped("plan_id").items():
            whole._insert_analytic_lines(plan._column_name(), own)
        whole.invalidate_recordset(["analytic_line_ids"], flush=False)
        return super(AccountMoveLine, self - whole)._create_analytic_lines()

    def _insert_analytic_lines(self, column, accounts):
        """The analytic lines of ``self`` that belong to ``accounts`` of one plan."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO account_analytic_line (
                       name, date, %(column)s, partner_id, unit_amount, product_id,
                       product_uom_id, amount, general_account_id, journal_id, ref,
                       move_line_id, user_id, company_id, currency_id, category,
                       create_uid, create_date, write_uid, write_date)
                SELECT l.name, l.date, a.id, l.partner_id, l.quantity, l.product_id,
                       l.product_uom_id, -l.balance, l.account_id, l.journal_id, l.ref,
                       l.id, COALESCE(m.invoice_user_id, %(uid)s), l.company_id,
                       l.company_currency_id, 'invoice',
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s,
                       now() AT TIME ZONE 'UTC'
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN account_analytic_account a ON a.id = ANY(%(accounts)s)
                   AND l.analytic_distribution ? a.id::text
                 WHERE l.id = ANY(%(lines)s) AND l.balance <> 0
              ORDER BY l.id
                """,
                column=SQL.identifier(column),
                uid=self.env.uid,
                accounts=accounts.ids,
                lines=self.ids,
            )
        )


def _only(line):
    return next(iter(line.analytic_distribution))
