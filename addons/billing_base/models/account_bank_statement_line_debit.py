import re

from odoo import models

from ..matching import Match
from ..rating import to_decimal

NAME = re.compile(r"[\w/.-]+")


class AccountBankStatementLine(models.Model):
    """Collected direct debits, and those that came back, find their bookings."""

    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "account.bank.statement.line"

    def _do_auto_reconcile_invoices(self):
        debits = self.browse()
        for company, lines in self.grouped("company_id").items():
            debits |= lines._match_debits_under_way(company)
        rest, done = super(
            AccountBankStatementLine, self - debits
        )._do_auto_reconcile_invoices()
        return rest, done | debits

    def _match_debits_under_way(self, company):
        """Prepare the reconciliation of entries that name a lot or an order of direct
        debits, or a debit that came back, and are its open amount.

        :return: those, with ``reconcile_data_info`` that can be reconciled
        """
        names = {line: line._get_names() for line in self}
        items = self._get_items_under_way(company, set().union(*names.values()))
        matched, taken = self.browse(), self.env["account.move.line"]
        for line in self:
            for name in names[line] & items.keys():
                found = items[name] - taken
                owed = sum(found.mapped("amount_residual_currency"))
                if (
                    not found
                    or found.currency_id != line.currency_id
                    or line.currency_id.compare_amounts(owed, line.amount)
                ):
                    continue
                parts = tuple(
                    (item.id, to_decimal(item.amount_residual_currency))
                    for item in found
                )
                line._prepare_reconciliation(Match(line.id, parts, to_decimal(0), None))
                line.match_finding = False
                matched |= line
                taken |= found
                break
        return matched.filtered(
            lambda line: line.reconcile_data_info.get("can_reconcile")
        )

    def _get_names(self):
        """Words of what the bank passed on."""
        texts = (self.ref, self.payment_ref, self.narration and str(self.narration))
        return set(NAME.findall(" ".join(text for text in texts if text)))

    def _get_items_under_way(self, company, names):
        """Open items of collected and returned debits; who reconciles need not see
        their orders.

        :return: {name of a lot, an order or a returned debit: account.move.line}
        """
        names = list(names)
        lots = self.env["account.payment.lot"].sudo()
        lots = lots.search(
            [
                ("company_id", "=", company.id),
                ("payment_type", "=", "inbound"),
                "|",
                ("name", "in", names),
                ("order_id.name", "in", names),
            ]
        )
        collected = self._get_under_way(lots.payment_ids.move_id)
        items = {}
        for lot in lots:
            moves = set(lot.payment_ids.move_id.ids)
            items[lot.name] = collected.filtered(
                lambda item, moves=moves: item.move_id.id in moves
            )
        for order, group in lots.grouped("order_id").items():
            items[order.name] = collected.browse().union(
                *(items[lot.name] for lot in group)
            )
        debits = self.env["billing.returned.debit"].sudo()
        debits = debits.search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "done"),
                ("reference", "in", names),
            ]
        )
        returned = self._get_under_way(debits.move_id).grouped("move_id")
        items.update(
            (debit.reference, returned[debit.move_id])
            for debit in debits
            if debit.move_id in returned
        )
        return items

    def _get_under_way(self, moves):
        """Open items of bookings on the account of money under way."""
        return self.env["account.move.line"].search(
            [
                ("move_id", "in", moves.ids),
                ("parent_state", "=", "posted"),
                ("reconciled", "=", False),
                ("account_id.reconcile", "=", True),
                ("account_type", "!=", "asset_receivable"),
            ]
        )
