import re
from collections import defaultdict

from odoo import api, fields, models

from ..matching import Match
from ..rating import to_decimal

NAME = re.compile(r"[\w/.-]+")


class AccountBankStatementLine(models.Model):
    """Collected direct debits, and those that came back, find their bookings."""

    # pylint: disable-next=consider-merging-classes-inherited
    _inherit = "account.bank.statement.line"

    has_returned_debit = fields.Boolean(
        compute="_compute_has_returned_debit", compute_sudo=True
    )

    @api.depends("is_reconciled")
    def _compute_has_returned_debit(self):
        for line in self:
            line.has_returned_debit = bool(line._get_returned_debits())

    def _get_returned_debits(self):
        items = self.line_ids.matched_credit_ids.credit_move_id
        return items.move_id.returned_debit_booked_ids

    def action_open_returned_debits(self):
        """What came back with this entry: debit, reason, invoices, charges."""
        debits = self.sudo()._get_returned_debits().sudo(False)
        return debits._get_records_action(name=self.env._("Returned Debits"))

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
        items, charges = self._get_items_under_way(
            company, set().union(*names.values())
        )
        matched, taken = self.browse(), self.env["account.move.line"]
        for line in self:
            for name in names[line] & (items.keys() | charges.keys()):
                found = items.get(name, taken) - taken
                if found and line._match_items(found, charges[name]):
                    matched |= line
                    taken |= found
                    break
                # what was charged beside the debit may be an entry of its own
                if line._match_charges(charges[name]):
                    matched |= line
                    break
        return matched.filtered(
            lambda line: line.reconcile_data_info.get("can_reconcile")
        )

    def _match_items(self, items, charges):
        """Prepare the reconciliation with these items, if they are the amount.

        :param charges: amounts the bank may have charged beside them
        :return: whether they are
        """
        self.ensure_one()
        parts = tuple(
            (item.id, to_decimal(item.amount_residual_currency)) for item in items
        )
        rest = sum(amount for _item, amount in parts) - to_decimal(self.amount)
        if items.currency_id != self.currency_id or (rest and rest not in charges):
            return False
        extra = []
        if rest:
            extra = self._prepare_charges(rest)
            if not extra:
                return False
        self._prepare_reconciliation(Match(self.id, parts, to_decimal(0), None), extra)
        self.match_finding = False
        return True

    def _match_charges(self, charges):
        """Prepare the reconciliation of an entry that is nothing but charges.

        :param charges: amounts the bank told
        :return: whether it is
        """
        self.ensure_one()
        amount = -to_decimal(self.amount)
        extra = amount > 0 and amount in charges and self._prepare_charges(amount)
        if not extra:
            return False
        self._prepare_reconciliation(Match(self.id, (), to_decimal(0), None), extra)
        self.match_finding = False
        return True

    def _prepare_charges(self, amount):
        """:return: further items of the entry; none without an account of charges"""
        account = self.company_id._get_return_charge_account()
        if not account:
            self.match_finding = "charges"
            return []
        text = self.env._(
            "Bank charges of the returned debit %(debit)s", debit=self.ref or ""
        )
        return [(account, text, amount)]

    def _get_names(self):
        """Words of what the bank passed on."""
        texts = (self.ref, self.payment_ref, self.narration and str(self.narration))
        return set(NAME.findall(" ".join(text for text in texts if text)))

    def _get_items_under_way(self, company, names):
        """Open items of collected and returned debits; who reconciles need not see
        their orders.

        :return: {name of a lot, an order or a returned debit: account.move.line},
            {name: amounts of Decimal that the bank told as charges beside it}
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
                # told again in another message, perhaps with the charges
                ("state", "in", ("done", "repeated")),
                ("reference", "in", names),
            ]
        )
        returned = self._get_under_way(debits.move_id).grouped("move_id")
        items.update(
            (debit.reference, returned[debit.move_id])
            for debit in debits
            if debit.move_id in returned
        )
        charges = defaultdict(set)
        for debit in debits:
            charges[debit.reference].add(to_decimal(debit.charges))
        return items, charges

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
