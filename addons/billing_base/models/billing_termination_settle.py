from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..rating import to_decimal


class BillingTermination(models.Model):
    """After the final bill: the deposit is set off against debts, the rest refunded."""

    _inherit = "billing.termination"  # pylint: disable=consider-merging-classes-inherited

    deposit_amount = fields.Monetary(
        string="Deposit Held",
        compute="_compute_amounts",
        help="On the account of deposits, without what other agreements left there.",
    )
    debt_amount = fields.Monetary(
        string="Open Debts",
        compute="_compute_amounts",
        help="What the customer owes; negative: what he gets back.",
    )
    settlement_move_id = fields.Many2one(
        "account.move",
        string="Deposit Set Off",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.depends("agreement_id", "settled_on", "settlement_move_id.state")
    def _compute_amounts(self):
        payers = self.env["res.partner"].union(*(r._get_payer() for r in self))
        debts = {
            (partner, company): amount
            for partner, company, amount in self.env["billing.debt"]._read_group(
                [("partner_id", "in", payers.ids)],
                ["partner_id", "company_id"],
                ["amount_open:sum"],
            )
        }
        held = self._get_deposits()
        for record in self:
            payer = record._get_payer()
            record.debt_amount = debts.get((payer, record.company_id), 0.0)
            record.deposit_amount = float(held[record])

    def _get_payer(self):
        """Whose debts and deposits are settled: who the bills go to."""
        account = self.account_id
        return (account.invoice_partner_id or account.partner_id).commercial_partner_id

    def _get_deposit_account(self):
        agreement_type = self.agreement_id.type_id.with_company(self.company_id)
        product = agreement_type.deposit_product_id
        return (
            agreement_type.deposit_account_id
            or product.product_tmpl_id.get_product_accounts()["income"]
        )

    def _get_deposits(self):
        """Deposits held, by the ledger: ``{billing.termination: Decimal}``."""
        accounts = {record: record._get_deposit_account() for record in self}
        payers = {record: record._get_payer() for record in self}
        balances = {
            key: to_decimal(balance)
            for *key, balance in self.env["account.move.line"]._read_group(
                [
                    ("parent_state", "=", "posted"),
                    ("account_id", "in", [a.id for a in accounts.values() if a]),
                    ("partner_id", "in", [p.id for p in payers.values()]),
                ],
                ["account_id", "partner_id", "company_id"],
                ["balance:sum"],
            )
            for key in [tuple(key)]
        }
        others = self._get_others(payers)
        held = {}
        for record in self:
            key = (accounts[record], payers[record], record.company_id)
            amount = -balances.get(key, Decimal())
            amount -= sum(
                (
                    value
                    for (account, payer, agreement), value in others.items()
                    if (account, payer) == key[:2] and agreement != record.agreement_id
                ),
                Decimal(),
            )
            held[record] = max(amount, Decimal()) if accounts[record] else Decimal()
        return held

    def _get_others(self, payers):
        """What agreements that go on have billed as deposits.

        :return: ``{(account, payer, billing.agreement): Decimal}``
        """
        found = {}
        for segment in self.env["billing.segment"].search(
            [
                ("type_id.algorithm", "=", "deposit"),
                ("state", "=", "frozen"),
                ("partner_id", "in", self.partner_id.ids),
                ("agreement_id.date_end", "=", False),
            ]
        ):
            payer = segment.invoice_id.commercial_partner_id
            account = segment.agreement_id.type_id.deposit_account_id
            key = (account, payer, segment.agreement_id)
            found[key] = found.get(key, Decimal()) + to_decimal(segment.amount)
        return found

    def action_settle(self):
        """Set the deposit off against the open debts; what is left is his credit.

        Who owes nothing afterwards is settled; debts that remain are told.
        """
        for record in self.filtered(lambda r: r.state in ("ended", "billed")):
            if record.state == "ended":
                raise UserError(
                    self.env._(
                        "%(agreement)s has no final bill yet. Make it first.",
                        agreement=record.agreement_id.display_name,
                    )
                )
            record._release_deposit()
        self.invalidate_recordset()
        settled = self.filtered(
            lambda r: r.state == "billed" and to_decimal(r.debt_amount) <= 0
        )
        settled.settled_on = fields.Date.context_today(self)
        return True

    def _release_deposit(self):
        """Move the deposit to what the customer owes and reconcile it, oldest first."""
        self.ensure_one()
        amount = self._get_deposits()[self]
        if not amount:
            return
        payer = self._get_payer().with_company(self.company_id)
        receivable = payer.property_account_receivable_id
        text = self.env._("Deposit of %(code)s", code=self.agreement_id.code)
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "company_id": self.company_id.id,
                "journal_id": self._get_journal().id,
                "date": fields.Date.context_today(self),
                "ref": text,
                "line_ids": [
                    Command.create(
                        {
                            "name": text,
                            "account_id": account.id,
                            "partner_id": payer.id,
                            "balance": float(balance),
                        }
                    )
                    for account, balance in (
                        (self._get_deposit_account(), amount),
                        (receivable, -amount),
                    )
                ],
            }
        )
        move._post(soft=False)
        self.settlement_move_id = move
        credit = move.line_ids.filtered(lambda line: line.account_id == receivable)
        debts = self.env["account.move.line"].search(
            Domain("account_id", "=", receivable.id)
            & Domain("partner_id", "=", payer.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("parent_state", "=", "posted")
            & Domain("amount_residual", ">", 0),
            order="date_maturity, id",
        )
        if debts:
            (credit | debts).reconcile()

    def _get_journal(self):
        journal = self.env["account.journal"].search(
            [("company_id", "=", self.company_id.id), ("type", "=", "general")],
            limit=1,
        )
        if not journal:
            raise UserError(
                self.env._(
                    "%(company)s has no journal for miscellaneous entries. Create one.",
                    company=self.company_id.name,
                )
            )
        return journal

    def action_view_debts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_base.billing_debt_action"
        )
        action["domain"] = [("partner_id", "=", self._get_payer().id)]
        action["context"] = {}
        return action
