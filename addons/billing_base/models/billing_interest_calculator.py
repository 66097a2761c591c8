from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..rating.interest import Payment, late_interest


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
    def _calculate(self, company, until, partners=None):
        """Interest not claimed yet, of days up to ``until``.

        :param partners: commercial res.partner, or None for all customers
        :return: ``{(partner id, currency id, policy id): [(Debt, InterestLine), …]}``,
            without claims smaller than their policy's minimum
        :raises UserError: naming the policy that has no rate for a day
        """
        found = defaultdict(list)
        terms = {}
        policies = self.env["billing.interest.policy"]
        currencies = self.env["res.currency"]
        for debt in self._iter_debts(company, until, partners):
            policy = policies.browse(debt.policy_id)
            key = (debt.policy_id, debt.currency_id)
            if key not in terms:
                terms[key] = policy._prepare_terms(currencies.browse(debt.currency_id))
            interest = late_interest(
                debt.amount,
                debt.due,
                until,
                payments=debt.payments,
                claimed_until=debt.claimed_until,
                **terms[key],
            )
            for problem in interest.problems:
                raise UserError(
                    self.env._(
                        "The interest policy %(policy)s has no rate for %(start)s to "
                        "%(end)s. Enter it under Late Interest, Policies.",
                        policy=policy.display_name,
                        start=format_date(self.env, problem.span.start),
                        end=format_date(self.env, problem.span.end),
                    )
                )
            found[debt.partner_id, debt.currency_id, debt.policy_id] += [
                (debt, line) for line in interest.lines if line.amount
            ]
        minimums = {
            policy.id: Decimal(str(policy.minimum))
            for policy in policies.browse({key[2] for key in found})
        }
        return {
            key: lines
            for key, lines in found.items()
            if lines and sum(line.amount for _debt, line in lines) >= minimums[key[2]]
        }

    @api.model
    def _iter_debts(self, company, until, partners=None):
        """The debts that may bear interest not claimed yet.

        What was paid in time is left out by the database, and so is what was paid
        late and is claimed to its last payment.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
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
                           (SELECT max(c.date_end) FROM billing_interest_line c
                             WHERE c.move_line_id = l.id AND NOT c.is_cancelled
                           ) AS claimed_until
                      FROM account_move_line l
                      JOIN account_move m ON m.id = l.move_id
                      JOIN account_account a ON a.id = l.account_id
                 LEFT JOIN policy ON policy.partner_id = m.commercial_partner_id
                 LEFT JOIN billing_interest_policy fallback
                        ON fallback.company_id = l.company_id
                       AND fallback.is_default AND fallback.active
                     WHERE l.company_id = %(company)s AND l.parent_state = 'posted'
                       AND l.display_type = 'payment_term'
                       AND m.move_type = 'out_invoice'
                       AND a.account_type = 'asset_receivable'
                       AND l.date_maturity < %(until)s AND l.amount_currency > 0
                       AND m.interest_claim_id IS NULL
                       AND COALESCE(policy.id, fallback.id) IS NOT NULL
                       AND %(partners)s
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
                company=company.id,
                until=until,
                partners=SQL("m.commercial_partner_id = ANY(%s)", partners.ids)
                if partners is not None
                else SQL("TRUE"),
            )
        )
        for (
            line_id,
            partner_id,
            currency_id,
            policy_id,
            due,
            amount,
            claimed,
            days,
            paid,
        ) in self.env.cr.fetchall():
            payments = tuple(
                Payment(day, Decimal(part))
                for day, part in zip(days or (), paid or (), strict=True)
                if day <= until
            )
            yield Debt(
                line_id,
                partner_id,
                currency_id,
                policy_id,
                due,
                Decimal(amount),
                payments,
                claimed,
            )
