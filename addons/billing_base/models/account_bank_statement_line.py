from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..matching import Debt, Payment, match_payments
from ..rating import to_decimal
from .account_move_proforma import PROFORMA


class AccountBankStatementLine(models.Model):
    """Incoming payments find what they pay; what is not certain says why."""

    _inherit = "account.bank.statement.line"

    match_finding = fields.Selection(
        [
            ("unknown", "No reference of an open invoice, customer not known"),
            ("amount", "Customer known, the amount fits no open invoice"),
            ("several", "Invoices of several customers, not their sum"),
            ("ambiguous", "The reference is that of several customers"),
            ("short", "Less than the pro-forma asks for"),
            ("proforma", "The pro-forma could not be invoiced"),
            ("charges", "The settings name no account for the bank's charges"),
        ],
        string="Why It Is Open",
        readonly=True,
        copy=False,
    )

    def _do_auto_reconcile(self, reconcile_if_possible=True):
        """A proposal for the screen books nothing, no pro-forma either."""
        lines = self.with_context(match_proformas=reconcile_if_possible)
        return super(AccountBankStatementLine, lines)._do_auto_reconcile(
            reconcile_if_possible
        )

    def _do_auto_reconcile_invoices(self):
        """Incoming payments by the rules of ``matching``; others by OCA's.

        OCA takes any open item whose number contains the bank's text, "1" for
        example, which is not enough to book a customer's money.
        """
        incoming = self.filtered(lambda line: line.amount > 0)
        done = self.browse()
        for (company, currency), lines in incoming.grouped(
            lambda line: (line.company_id, line.currency_id)
        ).items():
            done |= lines._match_debts(company, currency)
        rest, others_done = super(
            AccountBankStatementLine, self - incoming
        )._do_auto_reconcile_invoices()
        return rest | (incoming - done), others_done | done

    def _match_debts(self, company, currency):
        """Prepare the reconciliation of the lines that are certain.

        :return: those, with ``reconcile_data_info`` that can be reconciled
        """
        debts = self._get_open_debts(company, currency)
        if self.env.context.get("match_proformas"):
            debts += self.env["account.move"]._get_open_proformas(company, currency)
        matches, reviews = match_payments(
            [
                line._to_payment()
                for line in self.sorted(lambda line: (line.date, line.id))
            ],
            debts,
        )
        for reason, found in _grouped(reviews).items():
            self.browse(found).match_finding = reason
        matched = self.browse()
        for match in matches:
            line = self.browse(match.payment)
            invoiced = line._invoice_proformas(match)
            if invoiced:
                line._prepare_reconciliation(invoiced)
                matched |= line
        matched.match_finding = False
        return matched.filtered(
            lambda line: line.reconcile_data_info.get("can_reconcile")
        )

    def _to_payment(self):
        self.ensure_one()
        texts = (self.ref, self.payment_ref, self.narration and str(self.narration))
        return Payment(
            self.id,
            to_decimal(self.amount),
            tuple(text for text in texts if text),
            self.partner_id.commercial_partner_id.id or None,
        )

    def _get_open_debts(self, company, currency):
        """Open items of the customers of one company in one currency.

        :return: list of matching.Debt, keys are ids of account.move.line
        """
        self.env["account.move.line"].flush_model()
        self.env["account.move"].flush_model(
            ["name", "payment_reference", "proforma_number", "state"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT l.id, l.amount_residual_currency::text, l.partner_id,
                       COALESCE(l.date_maturity, l.date), m.payment_reference, m.name,
                       m.proforma_number
                  FROM account_move_line l
                  JOIN account_move m ON m.id = l.move_id
                  JOIN account_account a ON a.id = l.account_id
                 WHERE a.account_type = 'asset_receivable' AND m.state = 'posted'
                   AND l.reconciled IS NOT TRUE AND l.amount_residual_currency > 0
                   AND l.company_id = %s AND l.currency_id = %s
                   AND l.partner_id IS NOT NULL
                """,
                company.id,
                currency.id,
            )
        )
        return [
            Debt(
                line_id,
                to_decimal(amount),
                tuple(filter(None, references)),
                partner_id,
                due,
            )
            for line_id, amount, partner_id, due, *references in rows
        ]

    def _invoice_proformas(self, match):
        """Post the pro-formas that a match pays.

        :return: the match with the items of their invoices in their place, or None
            if one could not be posted
        """
        moves = self.env["account.move"].browse(
            key[1] for key, _amount in match.parts if _is_proforma(key)
        )
        if not moves:
            return match
        try:
            with self.env.cr.savepoint():
                moves._invoice_paid_proformas(self.date)
        except UserError as error:
            self.match_finding = "proforma"
            self.move_id.message_post(body=str(error))
            return None
        items = moves.line_ids.filtered(
            lambda item: item.account_type == "asset_receivable"
        )
        owed = [part for part in match.parts if not _is_proforma(part[0])]
        owed += [(item.id, to_decimal(item.amount_residual_currency)) for item in items]
        return replace(match, parts=tuple(owed))

    def _prepare_reconciliation(self, match, extra=()):
        """What OCA's reconciliation books: each part against its open item, the rest
        on the customer's account, where it is offset later.

        :param extra: ``(account, text, amount)`` of further items; debits positive
        """
        self.ensure_one()
        liquidity_lines, _suspense_lines, _other_lines = self._seek_for_lines()
        data, number = [], 1
        for line in liquidity_lines:
            number, lines = self._get_reconcile_line(
                line, "liquidity", reconcile_auxiliary_id=number, move=True
            )
            data += lines
        for key, amount in match.parts:
            number, lines = self._get_reconcile_line(
                self.env["account.move.line"].browse(key),
                "other",
                is_counterpart=True,
                max_amount=float(amount),
                reconcile_auxiliary_id=number,
                move=True,
            )
            data += lines
        partner = self.env["res.partner"].browse(match.partner or [])
        if match.rest:
            account = partner.with_company(
                self.company_id
            ).property_account_receivable_id
            text = self.env._("Overpaid: %s", self.payment_ref or "")
            data.append(self._prepare_item(number, account, text, -match.rest, partner))
            number += 1
        for account, text, amount in extra:
            data.append(self._prepare_item(number, account, text, amount))
            number += 1
        self.reconcile_data_info = self._recompute_suspense_line(
            data, number, self.manual_reference
        )

    def _prepare_item(self, number, account, text, amount, partner=None):
        """A new item of the entry. :param amount: in its currency; debits positive"""
        company_currency = self.company_id.currency_id
        amount = float(amount)
        balance = self.currency_id._convert(
            amount, company_currency, self.company_id, self.date
        )
        return {
            "reference": f"reconcile_auxiliary;{number}",
            "id": False,
            "account_id": [account.id, account.display_name],
            "partner_id": partner and [partner.id, partner.display_name],
            "date": fields.Date.to_string(self.date),
            "name": text,
            "amount": balance,
            "net_amount": balance,
            "credit": max(-balance, 0.0),
            "debit": max(balance, 0.0),
            "kind": "other",
            "currency_id": company_currency.id,
            "line_currency_id": self.currency_id.id,
            "currency_amount": amount,
        }


def _grouped(reviews):
    """Payment keys by the reason they are looked at."""
    grouped = {}
    for review in reviews:
        grouped.setdefault(review.reason, []).append(review.payment)
    return grouped


def _is_proforma(key):
    return isinstance(key, tuple) and key[0] == PROFORMA
