from collections import defaultdict
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import groupby

from ..documents import render
from ..rating import round_amount, to_decimal
from .billing_delivery import MAIL
from .credit_control_document import ReminderBuilder

POST = "post"
RENDERER = "billing_reminder"


class CreditControlCommunication(models.Model):
    """A reminder: one customer, level and currency; with its fee and interest."""

    _inherit = "credit.control.communication"

    run_id = fields.Many2one(
        "credit.control.run",
        string="Dunning Run",
        readonly=True,
        index="btree_not_null",
    )
    account_id = fields.Many2one(
        "billing.account", readonly=True, help="Where all items belong to one."
    )
    channel = fields.Selection(
        [("letter", "Letter"), ("email", "Email"), ("phone", "Phone")], readonly=True
    )
    fee_amount = fields.Monetary(string="Fee", readonly=True, help="With tax.")
    fee_move_ids = fields.One2many(
        "account.move", "dunning_communication_id", string="Fee Invoice", readonly=True
    )
    fee_charge_id = fields.Many2one("billing.charge", readonly=True)
    interest_claim_ids = fields.Many2many(
        "billing.interest.claim", string="Interest Claims", readonly=True
    )
    interest_amount = fields.Monetary(
        string="Late Interest", compute="_compute_amount_total", store=True
    )
    amount_due = fields.Monetary(
        string="Overdue", compute="_compute_amount_total", store=True
    )
    amount_total = fields.Monetary(
        string="To Pay", compute="_compute_amount_total", store=True
    )
    delivery_ids = fields.One2many(
        "billing.delivery", "communication_id", string="Deliveries", readonly=True
    )

    @api.depends(
        "credit_control_line_ids.balance_due",
        "credit_control_line_ids.interest_amount",
        "fee_amount",
        "fee_move_ids",
        "policy_level_id.interest",
    )
    def _compute_amount_total(self):
        for reminder in self:
            rounding = to_decimal(reminder.currency_id.rounding or 0.01)
            lines = reminder.credit_control_line_ids
            due = sum((to_decimal(line.balance_due) for line in lines), Decimal())
            interest = sum(
                (to_decimal(line.interest_amount) for line in lines), Decimal()
            )
            total = due
            if reminder._is_interest_claimed():
                total += interest
            if reminder.fee_move_ids:
                total += to_decimal(reminder.fee_amount)
            reminder.amount_due = float(round_amount(due, rounding))
            reminder.interest_amount = float(round_amount(interest, rounding))
            reminder.amount_total = float(round_amount(total, rounding))

    def _is_interest_claimed(self):
        return self.policy_level_id.interest == "claimed"

    @api.depends("partner_id", "policy_level_id")
    def _compute_display_name(self):
        for reminder in self:
            reminder.display_name = (
                f"{reminder.policy_level_id.name} {reminder.partner_id.name}"
            )

    # === Making ===

    @api.model
    def _make(self, run, rows):
        """Reminders of what ``billing.dunning.proposal._select`` found, with their
        lines, fees, interest and deliveries.

        :return: ``{account.move.line id: reminder}``
        """
        groups = groupby(
            rows,
            lambda row: (row["partner_id"], row["level_id"], row["currency_id"]),
        )
        groups = list(groups)
        quiet = self.with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True
        )
        partners = self.env["res.partner"].browse([key[0] for key, _rows in groups])
        addresses = {
            partner.id: partner.address_get(["invoice"])["invoice"]
            for partner in partners
        }
        reminders = quiet.create(
            [
                {
                    "run_id": run.id,
                    "partner_id": partner_id,
                    "policy_level_id": level_id,
                    "currency_id": currency_id,
                    "company_id": run.company_id.id,
                    "report_date": run.date,
                    "contact_address_id": addresses[partner_id],
                    "channel": items[0]["channel"],
                    "account_id": _only(item["billing_account_id"] for item in items),
                }
                for (partner_id, level_id, currency_id), items in groups
            ]
        )
        interest = reminders._count_interest(run, groups)
        self.env["credit.control.line"].with_context(**quiet.env.context).create(
            [
                {
                    "communication_id": reminder.id,
                    "run_id": run.id,
                    "date": run.date,
                    "date_due": item["date_due"],
                    "state": "to_be_sent",
                    "channel": item["channel"],
                    "invoice_id": item["move_id"],
                    "partner_id": item["partner_id"],
                    "amount_due": float(item["amount_due"]),
                    "balance_due": float(item["amount_open"]),
                    "interest_amount": float(interest.get(item["move_line_id"], 0)),
                    "policy_level_id": item["level_id"],
                    "move_line_id": item["move_line_id"],
                }
                for reminder, (_key, items) in zip(reminders, groups, strict=True)
                for item in items
            ]
        )
        for reminder, (_key, items) in zip(reminders, groups, strict=True):
            if all(item["is_fee"] for item in items):
                # a fee for a fee that is late would never end
                continue
            reminder._book_fee()
        reminders._queue_deliveries()
        return {
            item["move_line_id"]: reminder
            for reminder, (_key, items) in zip(reminders, groups, strict=True)
            for item in items
        }

    def _count_interest(self, run, groups):
        """Interest of the items reminded of, claimed where the level says so.

        :return: ``{account.move.line id: Decimal}``
        """
        amounts = defaultdict(Decimal)
        for mode in ("shown", "claimed"):
            reminder_of = {
                item["move_line_id"]: reminder
                for reminder, (_key, items) in zip(self, groups, strict=True)
                for item in items
                if reminder.policy_level_id.interest == mode
            }
            if not reminder_of:
                continue
            found = list(
                self.env["billing.interest.calculator"]._iter_claims(
                    run.company_id,
                    run.date,
                    debts=self.env["account.move.line"].browse(reminder_of),
                )
            )
            for _key, lines in found:
                for debt, line in lines:
                    amounts[debt.line_id] += line.amount
            if mode == "claimed":
                claims = self.env["billing.interest.claim"]._claim(
                    run.company_id, run.date, found
                )
                for claim in claims:
                    reminders = {reminder_of[d.id] for d in claim.line_ids.move_line_id}
                    for reminder in reminders:
                        reminder.interest_claim_ids = [Command.link(claim.id)]
        return amounts

    def _book_fee(self):
        """Book the level's fee, once: the database refuses a second one."""
        self.ensure_one()
        level, policy = self.policy_level_id, self.policy_level_id.policy_id
        if not level.fee:
            return
        fee = level.company_currency_id._convert(
            level.fee, self.currency_id, self.company_id, self.report_date
        )
        level._check_fee()
        product = policy.fee_product_id.with_company(self.company_id)
        taxes = product.taxes_id._filter_taxes_by_company(self.company_id)
        account = self._get_fee_account()
        if policy.fee_booking == "bill" and account:
            self.fee_charge_id = (
                self.env["billing.charge"]
                .with_company(self.company_id)
                ._request([self._prepare_fee_charge(account, product, fee)])
            )
        else:
            journal = policy.fee_journal_id
            self.env["account.move"]._make_fee(
                self.contact_address_id or self.partner_id,
                product,
                fee,
                self._describe_fee(),
                company_id=self.company_id.id,
                currency_id=self.currency_id.id,
                invoice_date=self.report_date,
                invoice_date_due=self._get_last_day(),
                dunning_communication_id=self.id,
                **({"journal_id": journal.id} if journal else {}),
            )
        self.fee_amount = taxes.compute_all(
            fee, self.currency_id, product=product, partner=self.partner_id
        )["total_included"]

    def _get_fee_account(self):
        """The billing account whose next bill takes the fee."""
        accounts = self.account_id or self.partner_id.billing_account_ids.filtered(
            lambda account: account.company_id == self.company_id
        )
        return accounts.filtered("agreement_ids")[:1]

    def _prepare_fee_charge(self, account, product, fee):
        return {
            "source_key": f"credit.control.communication:{self.id}",
            "res_model": self._name,
            "res_id": self.id,
            "account_id": account.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "date": self.report_date,
            "product_id": product.id,
            "name": self._describe_fee(),
            "unit_price": fee,
        }

    def _get_last_day(self):
        """The day until which the reminder asks for payment."""
        return self.report_date + timedelta(days=self.policy_level_id.pay_within)

    def _describe_fee(self):
        env = self.with_context(lang=self.partner_id.lang).env
        level = self.policy_level_id.with_env(env)
        return env._("Fee: %(level)s", level=level.name)

    # === Sending ===

    def _queue_deliveries(self):
        """Deliveries that wait: e-mails for jobs, letters for a person."""
        methods = {
            channel: self.env["transmit.method"].search([("code", "=", code)], limit=1)
            for channel, code in (("email", MAIL), ("letter", POST))
        }
        return (
            self.env["billing.delivery"]
            .sudo()
            .create(
                [
                    {
                        "communication_id": reminder.id,
                        "method_id": methods[reminder.channel].id,
                    }
                    for reminder in self
                    if methods.get(reminder.channel)
                ]
            )
        )

    def action_send(self):
        """Send the e-mails that wait."""
        self.delivery_ids.filtered(
            lambda delivery: delivery.state == "waiting"
        ).action_send()

    def action_mark_sent(self):
        """The letters were posted, the customers were called."""
        waiting = self.delivery_ids.filtered(
            lambda delivery: not delivery.is_mail and delivery.state == "waiting"
        )
        waiting.action_mark_sent()
        self.filtered(lambda reminder: reminder.channel == "phone")._set_sent()

    def _set_sent(self):
        lines = self.credit_control_line_ids.filtered(
            lambda line: line.state not in ("sent", "ignored")
        )
        lines.write({"state": "sent", "date_sent": fields.Date.context_today(self)})

    def _set_failed(self):
        self.credit_control_line_ids.filtered(
            lambda line: line.state != "sent"
        ).state = "email_error"

    # === Document ===

    def _filtered_documents(self, renderer):
        return self if renderer == RENDERER else self.browse()

    def _draw_documents(self, renderer, data=None):
        """Draw the reminders one by one; :return: iterator of ``(id, PDF)``"""
        groups = self.grouped(
            lambda reminder: (
                reminder.company_id,
                reminder.contact_address_id.lang or reminder.partner_id.lang,
            )
        )
        for (company, lang), reminders in groups.items():
            builder = ReminderBuilder(self.env, company, lang)
            for reminder in reminders:
                yield reminder.id, render(builder.reminder(reminder))


def _only(values):
    """The one value there is, else None."""
    different = set(values)
    return different.pop() if len(different) == 1 else None
