"""Creates moves whose lines are complete.

Product lines, the tax lines that Odoo's own tax engine computes for them, and the
terms of payment are all there from the start, with every amount that Odoo would derive
from them. Its synchronisation arrives at the same lines by computing them several
times over; test_same_as_odoo.py proves the two equal, column by column. What is not
sure to be equal goes Odoo's way.
"""

from decimal import Decimal

from odoo.exceptions import UserError
from odoo.fields import Command

from ..rating import round_amount, to_decimal
from .billing_context import COMPLETE

NOISE = Decimal("0.000001")
"""Far below the smallest currency unit, far above the noise of a float."""

LINE_FIELDS = (
    "amount_residual",
    "amount_residual_currency",
    "date",
    "invoice_date",
    "move_name",
    "parent_state",
    "price_subtotal",
    "price_total",
    "reconciled",
    "ref",
)
"""Computed fields of lines that are given, beside those Odoo itself takes as given."""
MOVE_FIELDS = (
    "amount_residual",
    "amount_residual_signed",
    "amount_tax",
    "amount_tax_signed",
    "amount_total",
    "amount_total_in_currency_signed",
    "amount_total_signed",
    "amount_untaxed",
    "amount_untaxed_in_currency_signed",
    "amount_untaxed_signed",
    "payment_state",
)


def given(env, lines, moves):
    """Context manager: what complete moves came with is not computed again."""
    return env.protecting(
        [
            ([records._fields[name] for name in names], records)
            for records, names in ((lines, LINE_FIELDS), (moves, MOVE_FIELDS))
        ]
    )


class MoveCompletion:
    """Complete values of the moves of one company."""

    def __init__(self, env, company):
        self.env = env
        self.company = company
        self.has_distributions = bool(
            env["account.analytic.distribution.model"].search_count([], limit=1)
        )
        self.reconciled_accounts = {}

    def is_possible(self, draft):
        """Whether Odoo adds nothing but taxes and terms.

        Cash rounding adds a line or changes a tax; an early payment discount may
        lower the base of the taxes; analytic distributions split them; countries
        differ in the day whose exchange rate counts.
        """
        vals = draft.vals
        return not (
            self.has_distributions
            or (
                vals["currency_id"] != self.company.currency_id.id
                and vals["date"] != vals["invoice_date"]
            )
            or vals["invoice_cash_rounding_id"]
            or self._term(vals).early_discount
        )

    def create_moves(self, drafts):
        """Create the moves of ``drafts``, whose balance is checked here.

        :return: the account.move, in order
        :raises UserError: for a draft that does not balance
        """
        vals_list = [self._complete(draft) for draft in drafts]
        # pending computations are not those that the context below spares
        self.env.flush_all()
        moves = self.env["account.move"].with_context(
            skip_invoice_sync=True,
            skip_invoice_line_sync=True,
            skip_analytic_sync=True,
            check_move_validity=False,
            tracking_disable=True,
            mail_create_nolog=True,
            **{COMPLETE: True},
        )
        return moves.create(vals_list).with_env(self.env)

    def _term(self, vals):
        return self.env["account.payment.term"].browse(
            vals["invoice_payment_term_id"] or []
        )

    def _complete(self, draft):
        """Values of the move with all its lines and amounts."""
        direction = 1 if draft.vals["move_type"] == "out_invoice" else -1
        vals = {
            "delivery_date": False,
            "taxable_supply_date": False,
            "ref": False,
            **draft.vals,
            "payment_state": "not_paid",
        }
        currency = self.env["res.currency"].browse(vals["currency_id"])
        vals["invoice_currency_rate"] = self._currency_rate(currency, vals)
        products = [line for line in draft.lines if line["display_type"] == "product"]
        taxes = self._tax_lines(draft, vals, currency, products, direction)
        terms = self._term_lines(draft, vals, currency, products, taxes, direction)
        self._check_balance(draft, products + taxes + terms)
        vals.update(self._amounts(products, taxes, terms, direction))
        for sequence, line in enumerate(draft.lines, start=1):
            line["sequence"] = sequence
        shared = self._shared(draft, vals, direction)
        vals["line_ids"] = [
            Command.create(
                {**shared, **line, **self._storno(line), **self._residual(line)}
            )
            for line in draft.lines + taxes + terms
        ]
        return vals

    def _currency_rate(self, currency, vals):
        """Units of ``currency`` for one of the company's, as Odoo's invoices use."""
        return self.env["res.currency"]._get_conversion_rate(
            self.company.currency_id, currency, self.company, vals["invoice_date"]
        )

    def _shared(self, draft, vals, direction):
        """What all lines of a move have in common, and Odoo's values by default."""
        return {
            "account_id": False,
            "analytic_distribution": False,
            "company_id": self.company.id,
            "company_currency_id": self.company.currency_id.id,
            "journal_id": vals["journal_id"],
            "partner_id": draft.partner.commercial_partner_id.id,
            "currency_id": vals["currency_id"],
            "date": vals["date"],
            "invoice_date": vals["invoice_date"],
            "ref": vals["ref"],
            "move_name": False,
            "no_followup": False,
            "parent_state": "draft",
            "quantity": 0.0,
            "price_unit": 0.0,
            "price_subtotal": 0.0,
            "price_total": 0.0,
            "product_uom_id": False,
            "tax_ids": [],
            "tax_line_id": False,
            "tax_group_id": False,
            "balance": 0.0,
            "amount_currency": 0.0,
            "amount_residual": 0.0,
            "amount_residual_currency": 0.0,
            "reconciled": False,
            "is_storno": self.company.account_storno and direction < 0,
        }

    def _storno(self, line):
        """A line of an invoice that gives back is a negative credit."""
        given_back = line.get("quantity", 0) * line.get("price_unit", 0) < 0
        return {"is_storno": True} if self.company.account_storno and given_back else {}

    def _residual(self, line):
        """What is still to be paid of a line."""
        if not line.get("account_id") or not self._is_reconciled(line["account_id"]):
            return {}
        return {
            "amount_residual": line["balance"],
            "amount_residual_currency": line["amount_currency"],
            "reconciled": not line["balance"] and not line["amount_currency"],
        }

    def _is_reconciled(self, account_id):
        """Whether lines of the account wait for payment."""
        if account_id not in self.reconciled_accounts:
            account = self.env["account.account"].browse(account_id)
            self.reconciled_accounts[account_id] = (
                account.reconcile
                or account.account_type in ("asset_cash", "liability_credit_card")
            )
        return self.reconciled_accounts[account_id]

    def _check_balance(self, draft, lines):
        """Odoo's own check is switched off together with the synchronisation."""
        _currency_amount, balance = _totals(lines)
        if balance:
            raise UserError(
                self.env._(
                    "The invoice of %(partner)s does not balance by %(amount)s.",
                    partner=draft.partner.display_name,
                    amount=balance,
                )
            )

    def _amounts(self, products, taxes, terms, direction):
        """The totals of the move, in its currency and the company's."""
        untaxed_currency, untaxed = _totals(products)
        tax_currency, tax = _totals(taxes)
        residual_currency, residual = _totals(terms)
        return {
            "amount_untaxed": float(-direction * untaxed_currency),
            "amount_tax": float(-direction * tax_currency),
            "amount_total": float(-direction * (untaxed_currency + tax_currency)),
            "amount_residual": float(direction * residual_currency),
            "amount_untaxed_signed": float(-untaxed),
            "amount_untaxed_in_currency_signed": float(-untaxed_currency),
            "amount_tax_signed": float(-tax),
            "amount_total_signed": float(-untaxed - tax),
            "amount_residual_signed": float(residual),
            "amount_total_in_currency_signed": float(-untaxed_currency - tax_currency),
        }

    # === Taxes ===

    def _tax_lines(self, draft, vals, currency, products, direction):
        """Compute the taxes: completes ``products`` and returns the tax lines."""
        AccountTax = self.env["account.tax"]
        base_lines = [
            {
                **AccountTax._prepare_base_line_for_taxes_computation(
                    {},
                    product_id=self.env["product.product"].browse(line["product_id"]),
                    product_uom_id=self.env["uom.uom"].browse(line["product_uom_id"]),
                    tax_ids=AccountTax.browse(line["tax_ids"][0][2]),
                    price_unit=line["price_unit"],
                    quantity=line["quantity"],
                    currency_id=currency,
                    partner_id=draft.partner.commercial_partner_id,
                    account_id=self.env["account.account"].browse(line["account_id"]),
                    sign=-direction,
                    is_refund=direction < 0,
                    rate=vals["invoice_currency_rate"],
                    name=line["name"],
                ),
                "is_billed": line["is_billed"],
                "is_tax_by_line": line["is_tax_by_line"],
            }
            for line in products
        ]
        AccountTax._add_tax_details_in_base_lines(base_lines, self.company)
        AccountTax._round_base_lines_tax_details(base_lines, self.company)
        AccountTax._add_accounting_data_in_base_lines_tax_details(
            base_lines, self.company
        )
        results = AccountTax._prepare_tax_lines(base_lines, self.company)
        for line, (base_line, update) in zip(
            products, results["base_lines_to_update"], strict=True
        ):
            details = base_line["tax_details"]
            line.update(
                update,
                price_subtotal=details["total_excluded_currency"],
                price_total=details["total_included_currency"],
            )
        return [self._tax_line(line) for line in results["tax_lines_to_add"]]

    def _tax_line(self, line):
        repartition = self.env["account.tax.repartition.line"].browse(
            line["tax_repartition_line_id"]
        )
        return {
            "display_type": "tax",
            "sequence": 10000,
            "tax_line_id": repartition.tax_id.id,
            "tax_group_id": repartition.tax_id.tax_group_id.id,
            **line,
        }

    # === Terms of payment ===

    def _term_lines(self, draft, vals, currency, products, taxes, direction):
        """One line for each date of payment; sets the due date of the move."""
        untaxed_currency, untaxed = _totals(products)
        tax_currency, tax = _totals(taxes)
        common = {
            "display_type": "payment_term",
            "name": "",
            "account_id": self._receivable(draft, vals).id,
            "sequence": 12000,
        }
        term = self._term(vals)
        if not term:
            vals["invoice_date_due"] = vals["invoice_date"]
            return [
                {
                    **common,
                    "date_maturity": vals["invoice_date"],
                    "amount_currency": float(-untaxed_currency - tax_currency),
                    "balance": float(-untaxed - tax),
                }
            ]
        found = term._compute_terms(
            date_ref=vals["invoice_date"],
            currency=currency,
            company=self.company,
            tax_amount=float(-tax),
            tax_amount_currency=float(-tax_currency),
            sign=direction,
            untaxed_amount=float(-untaxed),
            untaxed_amount_currency=float(-untaxed_currency),
        )["line_ids"]
        by_date = {}
        for line in found:
            values = by_date.setdefault(
                line["date"],
                {
                    **common,
                    "date_maturity": line["date"],
                    "amount_currency": 0.0,
                    "balance": 0.0,
                },
            )
            values["amount_currency"] += line["foreign_amount"]
            values["balance"] += line["company_amount"]
        vals["invoice_date_due"] = max(by_date)
        return list(by_date.values())

    def _receivable(self, draft, vals):
        """The account of the customer, as Odoo finds it."""
        position = self.env["account.fiscal.position"].browse(
            vals["fiscal_position_id"] or []
        )
        partner = draft.partner.commercial_partner_id.with_company(self.company)
        own = self.company.partner_id.with_company(self.company)
        return position.map_account(
            partner.property_account_receivable_id or own.property_account_receivable_id
        )


def _totals(lines):
    """Sums of amount_currency and balance of line values, as Decimals.

    Odoo's tax engine returns rounded floats; what is left behind their digits is
    binary noise.
    """
    totals = [Decimal(), Decimal()]
    for line in lines:
        for index, name in enumerate(("amount_currency", "balance")):
            totals[index] += round_amount(to_decimal(line[name]), NOISE)
    return tuple(totals)
