from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count, groupby

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..rating import to_decimal
from ..rating.interest import Payment, late_interest

FETCHED = 5000
"""Debts read from the database at a time."""

CLAIMED_OF_ALL = SQL(
    """
    (SELECT move_line_id, max(date_end) AS until FROM billing_interest_line
      WHERE NOT is_cancelled GROUP BY move_line_id) claimed
    ON claimed.move_line_id = l.id
    """
)
CLAIMED_OF_ONE = SQL(
    """
    LATERAL (SELECT max(c.date_end) AS until FROM billing_interest_line c
              WHERE c.move_line_id = l.id AND NOT c.is_cancelled) claimed ON TRUE
    """
)
"""Last day claimed before: for all debts at once, else by the index of each. While
claims of a piece are stored, a look-up for each debt would go through them all."""

_cursor_numbers = count()


@dataclass(frozen=True)
class Debt:
    """A due instalment of a posted invoice.

    :param line_id: the account.move.line of the receivable
    :param amount: in the currency of the invoice
    :param payments: ``(Payment, …)``
    :param claimed_until: last day claimed before, or None
    """

    line_id: int
    partner_id: int
    currency_id: int
    policy_id: int
    due: date
    amount: Decimal
    payments: tuple
    claimed_until: date | None


class BillingInterestCalculator(models.AbstractModel):
    """Counts late interest: loads the debts in one query, counts with rating/."""

    _name = "billing.interest.calculator"
    _description = "Interest Calculator"

    @api.model
    def _iter_claims(self, company, until, partners=None, debts=None):
        """Interest not claimed yet, of days up to ``until``, customer by customer.

        Nothing is kept but the customer at hand: the memory needed does not grow with
        the number of debts.

        :param partners: commercial res.partner, or None for all customers
        :param debts: account.move.line, or None for all of the customers' debts
        :return: iterator of ``((partner id, currency id, policy id),
            [(Debt, InterestLine), …])``, without claims smaller than their policy's
            minimum
        :raises UserError: naming the policy that has no rate for a day
        """
        terms = {}
        found_debts = self._iter_debts(company, until, partners, debts)
        # pylint: disable-next=bad-builtin-groupby  # the one of Odoo reads everything
        for _partner, own in groupby(found_debts, key=lambda debt: debt.partner_id):
            found = {}
            for debt in own:
                lines = self._get_interest(debt, until, terms)
                key = (debt.partner_id, debt.currency_id, debt.policy_id)
                if lines:
                    found.setdefault(key, []).extend((debt, line) for line in lines)
            for key, lines in found.items():
                _arguments, minimum = terms[key[1:]]
                if sum(line.amount for _debt, line in lines) >= minimum:
                    yield key, lines

    def _get_interest(self, debt, until, terms):
        """The lines of a debt that bear interest.

        :param terms: ``{(currency id, policy id): (arguments, minimum)}``, filled here
        """
        key = (debt.currency_id, debt.policy_id)
        if key not in terms:
            currency = self.env["res.currency"].browse(debt.currency_id)
            policy = self.env["billing.interest.policy"].browse(debt.policy_id)
            terms[key] = policy._prepare_terms(currency), to_decimal(policy.minimum)
        interest = late_interest(
            debt.amount,
            debt.due,
            until,
            payments=debt.payments,
            claimed_until=debt.claimed_until,
            **terms[key][0],
        )
        for problem in interest.problems:
            policy = self.env["billing.interest.policy"].browse(debt.policy_id)
            raise UserError(
                self.env._(
                    "The interest policy %(policy)s has no rate for %(start)s to "
                    "%(end)s. Enter it under Late Interest, Policies.",
                    policy=policy.display_name,
                    start=format_date(self.env, problem.span.start),
                    end=format_date(self.env, problem.span.end),
                )
            )
        return [line for line in interest.lines if line.amount]

    @api.model
    def _iter_debts(self, company, until, partners=None, debts=None):
        """The debts that may bear interest not claimed yet.

        What was paid in time is left out by the database, and so is what was paid
        late and is claimed to its last payment.

        :return: iterator of Debt, those of a customer together
        """
        self.env.flush_all()
        cursor = SQL.identifier(f"billing_debts_{next(_cursor_numbers)}")
        self.env.cr.execute(
            SQL(
                """
                DECLARE %(cursor)s NO SCROLL CURSOR FOR
                WITH policy AS (
                    SELECT DISTINCT ON (a.commercial_partner_id)
                           a.commercial_partner_id AS partner_id,
                           COALESCE(a.interest_policy_id, p.interest_policy_id) AS id
                      FROM billing_account a
                      JOIN billing_profile p ON p.id = a.profile_id
                     WHERE a.company_id = %(company)s
                  ORDER BY 1, a.interest_policy_id NULLS LAST,
                           p.interest_policy_id NULLS LAST, a.id
                ), debt AS (
                    SELECT l.id, m.commercial_partner_id AS partner_id, l.currency_id,
                           l.date_maturity, l.amount_currency, l.reconciled,
                           COALESCE(policy.id, fallback.id) AS policy_id,
                           claimed.until AS claimed_until
                      FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id
                      JOIN account_account a ON a.id = l.account_id
                 LEFT JOIN policy ON policy.partner_id = m.commercial_partner_id
                 LEFT JOIN billing_interest_policy fallback
                        ON fallback.company_id = l.company_id
                       AND fallback.is_default AND fallback.active
                 LEFT JOIN %(claimed)s
                     WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                       AND l.display_type = 'payment_term'
                       AND m.move_type = 'out_invoice'
                       AND a.account_type = 'asset_receivable'
                       AND l.date_maturity < %(until)s AND l.amount_currency > 0
                       AND m.interest_claim_id IS NULL
                       AND COALESCE(policy.id, fallback.id) IS NOT NULL
                       AND %(partners)s AND %(debts)s
                )
                SELECT debt.id, partner_id, currency_id, policy_id, date_maturity,
                       amount_currency::text, claimed_until, paid.days, paid.amounts
                  FROM debt
     LEFT JOIN LATERAL (
                    SELECT array_agg(c.date) AS days, max(c.date) AS last,
                           array_agg(r.debit_amount_currency::text) AS amounts
                      FROM account_partial_reconcile r
                      JOIN account_move_line c ON c.id = r.credit_move_id
                     WHERE r.debit_move_id = debt.id
                       ) paid ON TRUE
                 WHERE debt.reconciled IS NOT TRUE
                    OR paid.last > GREATEST(date_maturity, claimed_until)
              ORDER BY partner_id, date_maturity, debt.id
                """,
                cursor=cursor,
                company=company.id,
                until=until,
                partners=SQL("m.commercial_partner_id = ANY(%s)", partners.ids)
                if partners is not None
                else SQL("TRUE"),
                debts=SQL("l.id = ANY(%s)", debts.ids)
                if debts is not None
                else SQL("TRUE"),
                claimed=CLAIMED_OF_ALL
                if partners is None and debts is None
                else CLAIMED_OF_ONE,
            )
        )
        while rows := self.env.execute_query(
            SQL("FETCH %s FROM %s", SQL(str(FETCHED)), cursor)
        ):
            for *key, due, amount, claimed, days, paid in rows:
                payments = tuple(
                    Payment(day, Decimal(part))
                    for day, part in zip(days or (), paid or (), strict=True)
                    if day <= until
                )
                yield Debt(*key, due, Decimal(amount), payments, claimed)
        self.env.cr.execute(SQL("CLOSE %s", cursor))
