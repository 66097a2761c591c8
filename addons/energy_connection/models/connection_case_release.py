from odoo import fields, models
from odoo.exceptions import UserError

from ..shares import round_amount
from .tools import exact, rounding_of


class ConnectionCase(models.Model):
    """Blocking and release of orders; withdrawal."""

    _inherit = "connection.case"

    def _release_orders(self):
        """Release the blocked orders of cases whose condition is met."""
        basis = {}
        for case in self:
            if case.withdrawn_on:
                continue
            if not case.type_id.needs_offer:
                basis[case] = self.env["connection.acceptance"]
            elif case.acceptance_ids and case._is_prepaid():
                accepted = case._get_standing_acceptances()
                if accepted:
                    basis[case] = accepted[:1]
        ready = self.env["connection.case"].union(*basis)
        orders = ready.order_ids._release(basis)
        orders.case_id._trigger_invoicing()
        return orders

    def _get_standing_acceptances(self):
        """Acceptances of offers that were confirmed and not cancelled since."""
        return self.acceptance_ids.filtered(lambda a: a.order_id.state == "sale")

    def _is_prepaid(self):
        """Whether what must be paid before the release has been paid."""
        self.ensure_one()
        if self.type_id.release_on == "acceptance":
            return True
        offers = self._get_accepted_offers()
        total = sum((exact(offer.amount_total) for offer in offers), exact(0))
        required = round_amount(
            total * exact(self.type_id.prepayment_percent) / 100,
            rounding_of(self.currency_id),
        )
        invoices = self.invoice_ids.filtered(lambda move: move.state == "posted")
        paid = sum(
            exact(move.amount_total_signed) - exact(move.amount_residual_signed)
            for move in invoices
        )
        # a payment in the portal counts before its invoice is made
        online = sum(exact(offer.amount_paid) for offer in offers.sudo())
        return bool(offers) and max(paid, online) >= required

    def _release_by_hand(self, reason):
        """Release although the prepayment is missing. The acceptance is never waived.

        :raises AccessError: without the right to
        :raises UserError: without a reason or an accepted offer
        """
        if not self.env.user.has_group("energy_connection.group_connection_release"):
            raise UserError(
                self.env._(
                    "Orders are released by hand by those who may. Ask a manager."
                )
            )
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the orders are released by hand."))
        basis = {}
        for case in self:
            if case.withdrawn_on:
                raise UserError(
                    self.env._("Case %(case)s was withdrawn.", case=case.name)
                )
            accepted = case._get_standing_acceptances()
            if case.type_id.needs_offer and not accepted:
                raise UserError(
                    self.env._(
                        "Case %(case)s: the customer has not accepted the offer. "
                        "Record his acceptance first.",
                        case=case.name,
                    )
                )
            basis[case] = accepted[:1]
        return self.order_ids._release(basis, reason=reason.strip())

    def _withdraw(self, reason):
        """The customer withdraws: what hasn't begun is stopped, offers are cancelled;
        accrued cost is invoiced by a settlement."""
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the case is withdrawn."))
        self.write(
            {
                "withdrawn_on": fields.Date.context_today(self),
                "withdraw_reason": reason.strip(),
            }
        )
        not_begun = self.order_ids.filtered(
            lambda order: order.state in ("blocked", "released")
        )
        not_begun.action_stop()
        open_offers = self.offer_ids.filtered(lambda o: o.state in ("draft", "sent"))
        open_offers._action_cancel()
        return True
