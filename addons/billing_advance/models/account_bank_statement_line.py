from dataclasses import replace

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.billing_base.matching import Debt
from odoo.addons.billing_base.rating import to_decimal

PROFORMA = "proforma"


class AccountBankStatementLine(models.Model):
    """A payment with the reference of an advance's pro-forma makes its invoice."""

    _inherit = "account.bank.statement.line"

    def _get_open_proformas(self, company, currency):
        self.env["billing.advance"].flush_model()
        self.env["billing.charge"].flush_model()
        self.env["billing.segment"].flush_model()
        self.env["account.move"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT m.id, m.amount_total::text, m.commercial_partner_id,
                       m.payment_reference, a.date
                  FROM billing_advance a
                  JOIN billing_advance_plan p ON p.id = a.plan_id
                  JOIN billing_charge c ON c.advance_id = a.id
                  JOIN billing_segment s ON s.charge_id = c.id
                  JOIN account_move m ON m.id = s.invoice_id
                 WHERE a.state = 'requested' AND p.document = 'proforma'
                   AND c.is_settlement IS NOT TRUE
                   AND m.state = 'draft' AND m.move_type = 'out_invoice'
                   AND m.payment_reference IS NOT NULL AND m.amount_total > 0
                   AND m.company_id = %s AND m.currency_id = %s
                """,
                company.id,
                currency.id,
            )
        )
        return super()._get_open_proformas(company, currency) + [
            Debt(
                (PROFORMA, move_id),
                to_decimal(amount),
                (reference,),
                partner_id,
                due,
                owed=False,
            )
            for move_id, amount, partner_id, reference, due in rows
        ]

    def _invoice_proformas(self, match):
        match = super()._invoice_proformas(match)
        paid = match and [key for key, _amount in match.parts if _is_proforma(key)]
        if not paid:
            return match
        moves = self.env["account.move"].browse(move_id for _kind, move_id in paid)
        try:
            with self.env.cr.savepoint():
                self.env["billing.advance"]._invoice_paid(moves, self.date)
        except UserError as error:
            self.match_finding = "proforma"
            self.move_id.message_post(body=str(error))
            return None
        parts = []
        for key, amount in match.parts:
            if not _is_proforma(key):
                parts.append((key, amount))
                continue
            items = moves.browse(key[1]).line_ids.filtered(
                lambda item: item.account_type == "asset_receivable"
            )
            parts += [
                (item.id, to_decimal(item.amount_residual_currency)) for item in items
            ]
        return replace(match, parts=tuple(parts))


def _is_proforma(key):
    return isinstance(key, tuple) and key[0] == PROFORMA
