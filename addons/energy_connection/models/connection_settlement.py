from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..shares import Settlement, SharesError, settle
from .tools import exact, rounding_of, sentences, translated


class ConnectionSettlement(models.Model):
    """The final settlement of a case: shown first, then invoiced or paid back."""

    _name = "connection.settlement"
    _description = "Final Settlement"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "case_id"
    _check_company_auto = True

    case_id = fields.Many2one(
        "connection.case",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(readonly=True)
    line_ids = fields.One2many("connection.settlement.line", "settlement_id")
    due = fields.Monetary(compute="_compute_due", store=True, string="To Invoice")
    invoice_id = fields.Many2one(
        "account.move", readonly=True, index="btree_not_null", copy=False
    )
    state = fields.Selection(
        [("preview", "Preview"), ("done", "Done")],
        default="preview",
        required=True,
        readonly=True,
        tracking=True,
    )

    # also finds the settlement that a second click would make again
    _once = models.Constraint("UNIQUE (case_id)", "This case has a settlement already.")

    @api.depends("line_ids.due")
    def _compute_due(self):
        for settlement in self:
            total = sum((exact(line.due) for line in settlement.line_ids), exact(0))
            settlement.due = float(total)

    def action_refresh(self):
        """Calculate the preview from today's costs."""
        for settlement in self:
            if settlement.state != "preview":
                raise UserError(self.env._("The settlement is done; it stays."))
            lines = settlement.case_id._prepare_settlement_lines()
            settlement.line_ids = [
                Command.clear(),
                *(Command.create(line) for line in lines),
            ]
        return True

    def action_done(self):
        """Put the differences on the offer and draft the final invoice, or the credit
        note where money goes back."""
        self.ensure_one()
        if self.state != "preview":
            raise UserError(self.env._("The settlement is done already."))
        case = self.case_id
        case._check_settleable()
        self.action_refresh()
        offers = case._get_accepted_offers()
        differences = [
            case._prepare_offer_line(
                line.charge_type_id,
                f"settlement:{line.id}",
                line._get_text(),
                exact(line.due),
            )
            for line in self.line_ids
            if exact(line.due)
        ]
        if offers:
            offers[0].order_line = [Command.create(line) for line in differences]
            moves = offers._get_open_offers()._create_open_invoices()
        else:
            moves = case._create_fee_invoice(differences)
        self.write(
            {
                "state": "done",
                "date": fields.Date.context_today(self),
                "invoice_id": moves[:1].id,
            }
        )
        case._register_payers()
        if not moves:
            return True
        return moves._get_records_action(name=self.env._("Final Invoice"))


class ConnectionSettlementLine(models.Model):
    """One charge type of a settlement, with its sentences."""

    _name = "connection.settlement.line"
    _description = "Settlement Line"
    _order = "settlement_id, id"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "connection.settlement", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    charge_type_id = fields.Many2one(
        "connection.charge.type", required=True, check_company=True
    )
    accepted = fields.Monetary()
    actual = fields.Monetary()
    caused = fields.Monetary(string="Caused by Customer")
    final = fields.Monetary()
    ordered = fields.Monetary(
        string="On Offers", help="Invoiced, or to be invoiced from the offers."
    )
    due = fields.Monetary(string="Difference", help="Negative: paid back.")
    absorbed = fields.Monetary(string="Above the Cap")
    explanation = fields.Text()

    def _get_text(self):
        self.ensure_one()
        kind = self.charge_type_id.name
        if exact(self.due) < 0:
            return self.env._("%(kind)s: paid back after settlement", kind=kind)
        return self.env._("%(kind)s: final settlement", kind=kind)


class ConnectionCase(models.Model):
    """Settlement by the kind's mode."""

    _inherit = "connection.case"

    def action_settle(self):
        """Open the preview of the final settlement."""
        self.ensure_one()
        settlement = self.settlement_ids
        if not settlement:
            self._check_settleable()
            settlement = self.env["connection.settlement"].create({"case_id": self.id})
        if settlement.state == "preview":
            settlement.action_refresh()
        return settlement._get_records_action(name=self.env._("Final Settlement"))

    def _check_settleable(self):
        self.ensure_one()
        _ = self.env._
        if self.type_id.needs_offer and not self._get_accepted_offers():
            raise UserError(
                _("Case %(case)s has no accepted offer to settle.", case=self.name)
            )
        if self.problem:
            raise UserError(self.problem)
        if self.withdrawn_on:
            return
        if self.type_id.needs_completion and not self.date_completion:
            raise UserError(
                _(
                    "Case %(case)s: the installer's completion notification is "
                    "missing. Record it first.",
                    case=self.name,
                )
            )
        going = self.order_ids.filtered(
            lambda order: order.state in ("blocked", "released", "started")
        )
        if going:
            raise UserError(
                _(
                    "Case %(case)s: orders %(orders)s are not done. Wait for their "
                    "report, or stop them.",
                    case=self.name,
                    orders=", ".join(going.mapped("name")),
                )
            )

    def _prepare_settlement_lines(self):
        """Values of connection.settlement.line, one for each charge type."""
        self.ensure_one()
        accepted, ordered = {}, {}
        for (kind, key), amount in self._get_accepted_amounts().items():
            ordered[kind] = ordered.get(kind, exact(0)) + amount
            if not key.startswith("settlement"):
                accepted[kind] = accepted.get(kind, exact(0)) + amount
        actual, caused = self._get_actual_amounts()
        if not self.type_id.needs_offer:
            # fees of the price list are charged as they came to
            accepted = actual
        lines = []
        for kind in dict.fromkeys((*accepted, *ordered, *actual)):
            try:
                result = settle(
                    Settlement(
                        name=kind.name,
                        mode="actual" if self.withdrawn_on else self._get_mode(),
                        regulated=kind.is_regulated,
                        estimate=max(accepted.get(kind, exact(0)), exact(0)),
                        actual=actual.get(kind, exact(0)),
                        caused=caused.get(kind, exact(0)),
                        invoiced=ordered.get(kind, exact(0)),
                        cap_percent=exact(self.type_id.cap_percent),
                    ),
                    rounding_of(self.currency_id),
                )
            except SharesError as error:
                raise UserError(translated(error, self.env.lang)) from error
            steps = sentences(result.steps, self.partner_id.lang or self.env.lang)
            lines.append(
                {
                    "charge_type_id": kind.id,
                    "accepted": float(accepted.get(kind, 0)),
                    "actual": float(actual.get(kind, 0)),
                    "caused": float(caused.get(kind, 0)),
                    "final": float(result.final),
                    "ordered": float(ordered.get(kind, 0)),
                    "due": float(result.due),
                    "absorbed": float(result.absorbed),
                    "explanation": "\n".join(step["text"] for step in steps),
                }
            )
        return lines

    def _create_fee_invoice(self, lines):
        """Draft the invoice of work that needs no offer.

        :param lines: of :meth:`_prepare_offer_line`
        """
        moves = self.env["account.move"]
        if not lines:
            return moves
        return moves.create(
            {
                "move_type": "out_invoice",
                "partner_id": self.payer_id.id,
                "company_id": self.company_id.id,
                "connection_case_id": self.id,
                "invoice_origin": self.name,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": line["product_id"],
                            "name": line["name"],
                            "quantity": 1,
                            "price_unit": line["price_unit"],
                            "tax_ids": line["tax_ids"],
                        }
                    )
                    for line in lines
                ],
            }
        )

    def _get_mode(self):
        return self.type_id.settlement_mode

    def _get_actual_amounts(self):
        """``({charge type: actual}, {charge type: caused})``; what the customer caused
        is in both. After a withdrawal only what was done counts."""
        contribution_type = self.type_id.contribution_type_id
        costs = self.cost_ids.filtered(lambda cost: cost.payer == "customer")
        actual, caused = {}, {}
        if self.withdrawn_on:
            for cost in costs.filtered("has_actual"):
                kind = contribution_type if cost.is_regulated else cost.charge_type_id
                actual[kind] = actual.get(kind, exact(0)) + exact(cost.actual)
            return actual, caused
        regulated = costs.filtered("is_regulated")
        if regulated:
            own = self._get_contribution(self._load_rules(), actual=True).amount
            extra = sum((exact(cost.caused) for cost in regulated), exact(0))
            actual[contribution_type] = own + extra
            caused[contribution_type] = extra
        for cost in costs - regulated:
            kind = cost.charge_type_id
            actual[kind] = actual.get(kind, exact(0)) + exact(cost._get_final())
            caused[kind] = caused.get(kind, exact(0)) + exact(cost.caused)
        return actual, caused

    def _register_payers(self):
        """Keep who financed which component, for later customers (K13)."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        result = self._get_contribution(self._load_rules(), actual=True)
        amounts = {share.key: share for share in result.shares}
        values = []
        known = (
            self.env["connection.component.payer"]
            .search([("case_id", "=", self.id)])
            .component_id
        )
        for share in self.share_ids.filtered(lambda s: s.component_id not in known):
            amount = amounts[share._get_key()]
            weight = share.part or self.capacity_kw or self.point_count or 1
            component = share.component_id
            if not component.date_completed:
                component.write(
                    {
                        "date_completed": self.date_completion or today,
                        "cost": float(amount.basis * amount.factor),
                    }
                )
            values.append(self._prepare_payer(component, weight, amount.shared, today))
        for cost in self.cost_ids.filtered(
            lambda c: c.source == "later" and c.component_id not in known
        ):
            weight = self._get_weight(cost.component_id)
            values.append(
                self._prepare_payer(
                    cost.component_id, weight, exact(cost.estimate), today
                )
            )
        return self.env["connection.component.payer"].create(values)

    def _prepare_payer(self, component, weight, amount, day):
        return {
            "component_id": component.id,
            "case_id": self.id,
            "partner_id": self.payer_id.id,
            "date": day,
            "weight": weight,
            "contribution": float(amount),
        }

    def _get_weight(self, component):
        """Points or kW of this case on a component."""
        if component.method == "points":
            return self.point_count
        return self.capacity_kw or self.point_count or 1
