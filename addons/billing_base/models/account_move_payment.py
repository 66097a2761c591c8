from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    """Which payments an invoice is reconciled with."""

    _inherit = "account.move"  # pylint: disable=consider-merging-classes-inherited

    def _compute_reconciled_payment_ids(self):
        """Ask Odoo for the payments of what is reconciled at all.

        Odoo joins payments, lines and reconciliations for the new drafts of a run,
        too. Where Postgres takes these tables for empty, that lasts minutes.
        """
        Partial = self.env["account.partial.reconcile"]
        Partial.flush_model(["debit_move_id", "credit_move_id"])
        self.env["account.move.line"].flush_model(["move_id"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.move_id FROM account_move_line l
                  JOIN account_partial_reconcile p ON p.debit_move_id = l.id
                 WHERE l.move_id = ANY(%(moves)s)
                 UNION
                SELECT l.move_id FROM account_move_line l
                  JOIN account_partial_reconcile p ON p.credit_move_id = l.id
                 WHERE l.move_id = ANY(%(moves)s)
                """,
                moves=self.ids,
            )
        )
        found = {move_id for (move_id,) in rows}
        reconciled = self.filtered(lambda move: move._origin.id in found)
        for move in self - reconciled:
            move.reconciled_payment_ids = move.matched_payment_ids
        return super(AccountMove, reconciled)._compute_reconciled_payment_ids()
