import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KEPT = ("billing_", "energy_", "postal_", "connection_", "contract_", "account_")
"""Tables whose rows Odoo's merge must not delete, by the beginning of their name."""


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging doubles keeps all of a customer.

    Odoo deletes the rows that a constraint does not let move. Here these are moved
    first, and what cannot be moved stops the merge and is named.
    """

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        accounts = self.env["billing.account"].sudo()
        if accounts.search_count([("partner_id", "in", list(partner_ids))], limit=1):
            self.env["res.users"]._check_may("merge")
        return super()._merge(partner_ids, dst_partner, extra_checks)

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # frozen segments change their customer only within a merge
        self.env.cr.execute(
            SQL("SELECT set_config('billing.merging_partners', 'yes', TRUE)")
        )
        self.env.flush_all()
        for table, column in self._get_fk_on("res_partner"):
            if table.startswith(KEPT) and self._has_check_or_unique_constraint(
                table, column
            ):
                self._move_rows(table, column, src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self.env.cr.execute(
            SQL("SELECT set_config('billing.merging_partners', '', TRUE)")
        )
        return result

    @api.model
    def _move_rows(self, table, column, src_partners, dst_partner):
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE %s = ANY(%s)",
                        SQL.identifier(table),
                        SQL.identifier(column),
                        dst_partner.id,
                        SQL.identifier(column),
                        src_partners.ids,
                    )
                )
        except psycopg2.IntegrityError as error:
            name = table.replace("_", ".")
            kind = self.env["ir.model"]._get(name).name or table
            raise UserError(
                self.env._(
                    "The customers cannot be merged: both have %(kind)s that exclude "
                    "each other. Archive or end one of them first. %(reason)s",
                    kind=kind,
                    reason=error.diag.message_detail or "",
                )
            ) from error
