from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.billing_base.models.billing_ledger_column import FIELDS, LedgerColumn


class BillingLedgerExport(models.Model):
    """Batches for the general ledger of another system, by its profile."""

    _name = "billing.ledger.export"
    _inherit = ["billing.ledger.export", "billing.exchange.sending"]

    profile_id = fields.Many2one(
        "billing.exchange.profile",
        domain="[('kind', '=', 'ledger')]",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Columns, codes and form of the file. Empty: a plain CSV file.",
    )

    @api.onchange("profile_id")
    def _onchange_profile_id(self):
        if self.profile_id:
            self.company_id = self.profile_id.company_id

    def _has_entries(self):
        """Whether there is something to export."""
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT 1 FROM account_move_line
                 WHERE company_id = %s AND parent_state = 'posted'
                   AND ledger_export_id IS NULL AND date <= %s
                   AND COALESCE(display_type, '') NOT IN
                       ('line_section', 'line_subsection', 'line_note')
                 LIMIT 1
                """,
                self.company_id.id,
                self.date_end,
            )
        )
        return bool(rows)

    def action_export(self):
        result = super().action_export()
        self._hand_over()
        for batch in self.filtered("profile_id.lock_period"):
            batch._lock_period()
        return result

    def _lock_period(self):
        """Nothing is posted any more up to the last day of the batch."""
        locked = self.company_id.fiscalyear_lock_date
        if not locked or locked < self.date_end:
            # managers of billing lock by exporting, they need not administer companies
            self.company_id.sudo().fiscalyear_lock_date = self.date_end

    def _get_ledger_columns(self):
        profile = self.profile_id
        if not profile.column_ids:
            return super()._get_ledger_columns()
        own, given = self._get_codes(), profile.code_ids._get_codes()
        codes = {
            # a list that has none of a kind leaves that kind as it is
            kind: given[kind]
            if profile.codes_required and given[kind]
            else {**own[kind], **given[kind]}
            for kind in own
        }
        digits = self.currency_id.decimal_places
        return [
            LedgerColumn(
                column.ledger_field,
                column.name,
                digits=digits,
                width=column.width,
                codes=codes.get(FIELDS[column.ledger_field].coded, {}),
                plan_accounts=column._get_plan_accounts(),
            )
            for column in profile.column_ids
        ]

    def _get_layout(self, columns):
        profile = self.profile_id
        if not profile:
            return super()._get_layout(columns)
        return profile._get_layout([column.column() for column in columns])

    def _get_filename(self, name, layout):
        profile = self.profile_id
        if not profile:
            return super()._get_filename(name, layout)
        return profile._make_filename(self.id, self.date_end)

    def _release(self):
        self._check_not_locked()
        return super()._release()

    def _check_not_locked(self):
        for batch in self.filtered("profile_id.lock_period"):
            locked = batch.company_id.fiscalyear_lock_date
            if locked and locked >= batch.date_end:
                raise UserError(
                    self.env._(
                        "The period up to %(date)s is locked. Open it first, then "
                        "cancel the batch.",
                        date=locked,
                    )
                )
