from odoo import models
from odoo.exceptions import UserError

from ..shares import SharesError, later_share
from .tools import exact, rounding_of, sentences, translated


class ConnectionCase(models.Model):
    """Later customers on a component that earlier ones financed (K13)."""

    _inherit = "connection.case"

    def _get_later_share(self, component, weight=None):
        """:class:`..shares.LaterShare` of this case on a built component.

        :raises UserError: figures that can't be shared
        """
        self.ensure_one()
        try:
            return later_share(
                exact(component.cost),
                exact(component.total if component.method != "whole" else 0),
                component._get_payers(),
                exact(weight or self._get_weight(component)),
                self.date_start,
                component.date_expiry or None,
                rounding_of(self.currency_id),
            )
        except SharesError as error:
            raise UserError(translated(error, self.env.lang)) from error

    def _add_later_share(self, component):
        """A cost of this case for its share, and refund proposals to the payers."""
        self.ensure_one()
        kind = self.type_id.contribution_type_id
        if not kind:
            raise UserError(
                self.env._(
                    "%(kind)s: choose as which charge contributions are offered.",
                    kind=self.type_id.name,
                )
            )
        if component in self.cost_ids.component_id:
            raise UserError(
                self.env._(
                    "%(component)s is already a cost of this case.",
                    component=component.display_name,
                )
            )
        result = self._get_later_share(component)
        if not result.amount:
            steps = sentences(result.steps, self.env.lang)
            raise UserError(
                self.env._(
                    "%(component)s: %(reason)s",
                    component=component.display_name,
                    reason=" ".join(step["text"] for step in steps),
                )
            )
        cost = self.env["connection.cost"].create(
            {
                "case_id": self.id,
                "name": self.env._("Share of %(name)s", name=component.name),
                "component_id": component.id,
                "charge_type_id": kind.id,
                "source": "later",
                "estimate": float(result.amount),
                "actual": float(result.amount),
                "has_actual": True,
            }
        )
        lang = self.env.lang
        self.env["connection.refund"].create(
            [
                {
                    "payer_id": int(refund.key),
                    "case_id": self.id,
                    "amount": float(refund.amount),
                    "explanation": sentences([refund.step], lang)[0]["text"],
                }
                for refund in result.refunds
            ]
        )
        return cost


class ConnectionRefund(models.Model):
    _inherit = "connection.refund"

    def action_credit(self):
        for refund in self.filtered(lambda refund: refund.state == "proposed"):
            if refund.case_id.state not in ("invoice_paid", "settled"):
                raise UserError(
                    self.env._(
                        "%(payer)s gets his refund when case %(case)s has paid.",
                        payer=refund.partner_id.name,
                        case=refund.case_id.name,
                    )
                )
        return super().action_credit()
