from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .tools import exact

JOB_SIZE = 50
"""Offers that one background job makes and mails."""


class ConnectionCase(models.Model):
    """From the basis to the offer: a sale order with a line for each krone."""

    _inherit = "connection.case"

    def action_create_offer(self):
        """An offer of the basis; after an acceptance, a supplementary one of what
        changed since."""
        self.ensure_one()
        offer = self._create_offers()
        return offer._get_records_action(name=self.env._("Offer"))

    def _create_offers(self):
        """An offer for each case, made together.

        :raises UserError: naming the case that can't be offered
        """
        values = []
        rules = self._load_rules()
        for case in self:
            case._check_offerable()
            case._check_no_open_offer()
            lines = case._prepare_offer_lines(case._get_accepted_amounts(), rules)
            if not any("product_id" in line for line in lines):
                raise UserError(
                    self.env._(
                        "Case %(case)s has nothing to offer that was not accepted yet. "
                        "Enter its costs first.",
                        case=case.name,
                    )
                )
            values.append(case._prepare_offer(lines))
        return self.env["sale.order"].create(values)

    def action_send_offers(self):
        """Make and mail the offers of many cases in the background."""
        for place in range(0, len(self), JOB_SIZE):
            piece = self[place : place + JOB_SIZE]
            piece.with_delay(
                channel="root.mail",
                # a second click finds the job that waits
                identity_key=f"connection.offers:{piece.ids}",
                description=self.env._("Offers of %(count)s cases", count=len(piece)),
            )._job_send_offers()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s offers are made and mailed in the background. A case "
                    "that cannot be offered gets an activity that says why.",
                    count=len(self),
                ),
            },
        }

    def _job_send_offers(self):
        """All of it or nothing: a job that is killed has mailed nothing."""
        ready = self.browse()
        for case in self:
            try:
                case._check_offerable()
                case._check_mailable()
            except UserError as error:
                case._ask_to_offer(str(error))
            else:
                ready |= case
        offers = ready._create_offers()
        offers.action_connection_send()
        return offers

    def _check_mailable(self):
        self._check_no_open_offer()
        if self.state not in ("basis", "declined") or not self.amount:
            raise UserError(
                self.env._(
                    "Case %(case)s waits for no offer, or has no cost. Make its offer "
                    "by hand.",
                    case=self.name,
                )
            )
        if not self.partner_id.email:
            raise UserError(
                self.env._(
                    "%(customer)s has no e-mail address.",
                    customer=self.partner_id.display_name,
                )
            )

    def _check_no_open_offer(self):
        self.ensure_one()
        pending = self.offer_ids.filtered(lambda o: o.state in ("draft", "sent"))
        if pending:
            raise UserError(
                self.env._(
                    "Offer %(offer)s is still open. Revise it, or cancel it first.",
                    offer=pending[0].name,
                )
            )

    def _ask_to_offer(self, reason):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Could not be offered"),
            note=reason,
            user_id=self.user_id.id or self.env.uid,
        )

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
        if self.invoice_on == "milestone" and not self.type_id.milestone_ids:
            raise UserError(
                self.env._(
                    "%(kind)s: enter the milestones by which its cases are invoiced, "
                    "or change the setting “Invoice” of the case.",
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
            "milestone_ids": [
                Command.create(milestone)
                for milestone in self._prepare_milestones(kind.milestone_ids)
            ],
        }

    def _prepare_milestones(self, plan):
        """Milestones of a new offer, copied from ``plan``; none where the case is
        invoiced otherwise."""
        if self.invoice_on != "milestone":
            return []
        return [
            {
                "sequence": milestone.sequence,
                "name": milestone.name,
                "event": milestone.event,
                "percent": milestone.percent,
            }
            for milestone in plan.with_context(lang=self.partner_id.lang)
        ]

    def _get_accepted_amounts(self):
        """What accepted offers hold, ``{(charge type, key): Decimal}``."""
        amounts = {}
        for line in self._get_accepted_offers().order_line:
            if line.connection_key:
                key = (line.connection_charge_type_id, line.connection_key)
                amounts[key] = amounts.get(key, exact(0)) + exact(line.price_subtotal)
        return amounts

    def _prepare_offer_lines(self, accepted=None, rules=None):
        """Lines of a sale order: sections, then one line for each part.

        :param accepted: of :meth:`_get_accepted_amounts`, taken off
        :param rules: of :meth:`_load_rules`, where many cases are offered
        """
        self.ensure_one()
        case = self.with_context(lang=self.partner_id.lang or self.env.lang)
        accepted = dict(accepted or {})
        lines = []
        for title, parts in case._get_offer_parts(rules or case._load_rules()):
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

    def _get_offer_parts(self, rules):
        """``[(section title, [(charge type, key, text, Decimal)])]``"""
        _ = self.env._
        kind = self.type_id.contribution_type_id
        result = self._get_contribution(rules)
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
