from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .tools import exact


class ConnectionCase(models.Model):
    """From the basis to the offer: a sale order with a line for each krone."""

    _inherit = "connection.case"

    def action_create_offer(self):
        """An offer of the basis; after an acceptance, a supplementary one of what
        changed since."""
        self.ensure_one()
        self._check_offerable()
        pending = self.offer_ids.filtered(lambda o: o.state in ("draft", "sent"))
        if pending:
            raise UserError(
                self.env._(
                    "Offer %(offer)s is still open. Revise it, or cancel it first.",
                    offer=pending[0].name,
                )
            )
        lines = self._prepare_offer_lines(self._get_accepted_amounts())
        if not any("product_id" in line for line in lines):
            raise UserError(
                self.env._(
                    "Case %(case)s has nothing to offer that was not accepted yet. "
                    "Enter its costs first.",
                    case=self.name,
                )
            )
        offer = self.env["sale.order"].create(self._prepare_offer(lines))
        return offer._get_records_action(name=self.env._("Offer"))

    def action_invoice(self):
        """Draft invoices of what was accepted and isn't invoiced yet."""
        self.ensure_one()
        offers = self._get_accepted_offers().filtered(
            lambda order: any(line.qty_to_invoice for line in order.order_line)
        )
        if not offers:
            raise UserError(
                self.env._(
                    "Case %(case)s: everything that was accepted is invoiced.",
                    case=self.name,
                )
            )
        moves = offers._create_invoices(final=True)
        return moves._get_records_action(name=self.env._("Invoices"))

    def _check_offerable(self):
        self.ensure_one()
        if self.withdrawn_on:
            raise UserError(self.env._("Case %(case)s was withdrawn.", case=self.name))
        if self.problem:
            raise UserError(self.problem)
        if not self.type_id.contribution_type_id and self.contribution:
            raise UserError(
                self.env._(
                    "%(kind)s: choose as which charge contributions are offered.",
                    kind=self.type_id.name,
                )
            )

    def _prepare_offer(self, lines):
        kind = self.type_id
        today = fields.Date.context_today(self)
        by_payment = kind.release_on == "payment"
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.payer_id.id,
            "company_id": self.company_id.id,
            "connection_case_id": self.id,
            "user_id": self.user_id.id,
            "origin": self.name,
            "validity_date": today + timedelta(days=kind.validity_days),
            "require_signature": True,
            "require_payment": by_payment,
            "prepayment_percent": kind.prepayment_percent / 100 if by_payment else 1.0,
            "note": kind.with_context(lang=self.partner_id.lang).conditions or False,
            "order_line": [Command.create(line) for line in lines],
        }

    def _get_accepted_amounts(self):
        """What accepted offers hold, ``{(charge type, key): Decimal}``."""
        amounts = {}
        for line in self._get_accepted_offers().order_line:
            if line.connection_key:
                key = (line.connection_charge_type_id, line.connection_key)
                amounts[key] = amounts.get(key, exact(0)) + exact(line.price_subtotal)
        return amounts

    def _prepare_offer_lines(self, accepted=None):
        """Lines of a sale order: sections, then one line for each part.

        :param accepted: of :meth:`_get_accepted_amounts`, taken off
        """
        self.ensure_one()
        case = self.with_context(lang=self.partner_id.lang or self.env.lang)
        accepted = dict(accepted or {})
        lines = []
        for title, parts in case._get_offer_parts():
            section = []
            for kind, key, name, amount in parts:
                rest = amount - accepted.pop((kind, key), exact(0))
                if rest:
                    section.append(case._prepare_offer_line(kind, key, name, rest))
            if section:
                lines += [{"display_type": "line_section", "name": title}, *section]
        # what was accepted and isn't wanted any more
        for (kind, key), amount in accepted.items():
            if amount and not key.startswith("settlement"):
                name = case.env._("No longer needed: %(name)s", name=kind.name)
                lines.append(case._prepare_offer_line(kind, key, name, -amount))
        return lines

    def _prepare_offer_line(self, kind, key, name, amount):
        taxes = kind.tax_ids
        position = self.env["account.fiscal.position"]._get_fiscal_position(
            self.payer_id
        )
        return {
            "product_id": kind.product_id.id,
            "name": name,
            "product_uom_qty": 1,
            "price_unit": float(amount),
            "tax_ids": [Command.set(position.map_tax(taxes).ids)],
            "connection_charge_type_id": kind.id,
            "connection_key": key,
        }

    def _get_offer_parts(self):
        """``[(section title, [(charge type, key, text, Decimal)])]``"""
        _ = self.env._
        kind = self.type_id.contribution_type_id
        result = self._get_contribution(self._load_rules())
        names = {
            part["key"]: part["name"] for part in self.explanation or () if part["name"]
        }
        parts = []
        for share in result.shares:
            if share.shared:
                parts.append((kind, share.key, names.get(share.key, ""), share.shared))
            if share.quality:
                name = _("Better quality: %(name)s", name=names.get(share.key, ""))
                parts.append((kind, f"quality:{share.key}", name, share.quality))
        deduction = min(result.deduction, result.shared)
        if deduction:
            parts.append((kind, "deduction", _("Standard deduction"), -deduction))
        works = self.cost_ids.filtered(
            lambda cost: cost.payer == "customer" and not cost.is_regulated
        )
        ordered = [
            (cost.charge_type_id, cost._get_key(), cost.name, exact(cost.estimate))
            for cost in works
        ]
        return [
            (_("Construction contribution"), parts),
            (_("Ordered work"), ordered),
        ]
