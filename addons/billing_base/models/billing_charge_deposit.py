from odoo import fields, models
from odoo.exceptions import UserError

from ..rating import problem_sentence, to_decimal
from ..rating.deposits import deposit_interest


class BillingCharge(models.Model):
    """What a deposit earns while it is held."""

    _inherit = "billing.charge"

    def _prepare_deposit_interest(self):
        """Values of the charges that give interest on these deposits, each once.

        :raises UserError: where the policy has no rate for some days
        """
        today = fields.Date.context_today(self)
        charge_type = self.env.ref("billing_base.segment_type_charge")
        found = []
        for deposit in self:
            policy = deposit.agreement_id.type_id.deposit_policy_id
            paid_on = policy and deposit._get_paid_on()
            if not paid_on:
                continue
            interest = deposit._get_deposit_interest(policy, paid_on, today)
            if not interest.total:
                continue
            found.append(
                {
                    "source_key": f"deposit.interest,{deposit.id}",
                    "name": self.env._(
                        "Interest on %(what)s from %(start)s to %(end)s",
                        what=deposit.name,
                        start=interest.lines[0].span.start,
                        end=interest.lines[-1].span.end,
                    ),
                    "type_id": charge_type.id,
                    "agreement_id": deposit.agreement_id.id,
                    "company_id": deposit.company_id.id,
                    "currency_id": deposit.currency_id.id,
                    "product_id": policy.product_id.id,
                    "quantity": -1,
                    "unit_price": float(interest.total),
                    "date": today,
                }
            )
        return found

    def _get_deposit_interest(self, policy, paid_on, until):
        terms = policy._prepare_terms(self.currency_id)
        interest = deposit_interest(
            to_decimal(self.amount),
            paid_on,
            until,
            terms["rates"],
            rounding=terms["rounding"],
            day_basis=terms["day_basis"],
        )
        if interest.problems:
            raise UserError(
                self.env._(
                    "Interest policy %(policy)s: %(problem)s",
                    policy=policy.display_name,
                    problem=problem_sentence(
                        interest.problems[0], translate=self.env._
                    ),
                )
            )
        return interest

    def _get_paid_on(self):
        """The day on which the bill of a deposit was paid in full, or None."""
        invoice = self.invoice_id.sudo()
        if invoice.payment_state not in ("paid", "in_payment"):
            return None
        receivable = invoice.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        days = receivable.matched_credit_ids.mapped("max_date")
        return max(days, default=None)
