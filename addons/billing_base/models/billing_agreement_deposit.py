from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from ..rating import round_amount, to_decimal

BILLS = 12
"""So many last bills make the average."""


class BillingAgreement(models.Model):
    """The security deposit that the type asks for, requested as a charge."""

    _inherit = "billing.agreement"  # pylint: disable=consider-merging-classes-inherited

    deposit_rule = fields.Selection(related="type_id.deposit_rule")

    def action_request_deposit(self):
        """Put the deposit into the queue of charges; each agreement once.

        :raises UserError: where the type asks for none, or it cannot be worked out
        """
        deposit = self.env.ref("billing_base.segment_type_deposit")
        charges = self.env["billing.charge"]._request(
            [
                {
                    "source_key": f"deposit,{agreement.id}",
                    "name": self.env._("Security deposit"),
                    "type_id": deposit.id,
                    "agreement_id": agreement.id,
                    "company_id": agreement.company_id.id,
                    "currency_id": agreement.company_id.currency_id.id,
                    "product_id": agreement._get_deposit_product().id,
                    "unit_price": float(agreement._get_deposit_amount()),
                    "date": fields.Date.context_today(agreement),
                }
                for agreement in self
            ]
        )
        return charges._get_records_action()

    def action_return_deposit(self):
        """Give the billed deposits back with the next bill, each once, with the
        interest they earned: they settle what is owed, the rest stays in the customer's
        favour.

        :raises UserError: where no deposit was billed
        """
        deposits = self.env["billing.charge"].search(
            [
                ("agreement_id", "in", self.ids),
                ("type_id", "=", self.env.ref("billing_base.segment_type_deposit").id),
                ("state", "=", "billed"),
                ("unit_price", ">", 0),
                ("quantity", ">", 0),
            ]
        )
        if not deposits:
            raise UserError(self.env._("No deposit of these agreements was billed."))
        charges = self.env["billing.charge"]._request(
            [
                {
                    "source_key": f"deposit.return,{deposit.id}",
                    "name": self.env._("Returned: %(what)s", what=deposit.name),
                    "type_id": deposit.type_id.id,
                    "agreement_id": deposit.agreement_id.id,
                    "company_id": deposit.company_id.id,
                    "currency_id": deposit.currency_id.id,
                    "product_id": deposit.product_id.id,
                    "quantity": -deposit.quantity,
                    "uom_id": deposit.uom_id.id,
                    "unit_price": deposit.unit_price,
                    "date": fields.Date.context_today(deposit),
                }
                for deposit in deposits
            ]
        )
        charges |= self.env["billing.charge"]._request(
            deposits._prepare_deposit_interest()
        )
        return charges._get_records_action()

    def _get_deposit_product(self):
        product = self.type_id.deposit_product_id
        if self.deposit_rule == "none" or not product:
            raise UserError(
                self.env._(
                    "Agreements of type %(type)s have no rule or no product for a "
                    "security deposit. Enter both at the type.",
                    type=self.type_id.display_name,
                )
            )
        return product

    def _get_deposit_amount(self):
        """The amount by the rule of the type, as Decimal.

        :raises UserError: where there is no bill yet to take an average of
        """
        self.ensure_one()
        agreement_type = self.type_id
        if self.deposit_rule == "fixed":
            return to_decimal(agreement_type.deposit_amount)
        bills = self.env["billing.segment"].search(
            [
                ("agreement_id", "=", self.id),
                ("is_exclusive", "=", True),
                ("state", "=", "frozen"),
            ],
            order="date_end desc",
            limit=BILLS,
        )
        if not bills:
            raise UserError(
                self.env._(
                    "%(agreement)s has no bill yet to take an average of. Enter the "
                    "deposit as a charge to bill.",
                    agreement=self.display_name,
                )
            )
        total = sum((to_decimal(bill.amount) for bill in bills), Decimal())
        return round_amount(
            total / len(bills) * to_decimal(agreement_type.deposit_bills),
            to_decimal(self.company_id.currency_id.rounding),
        )
