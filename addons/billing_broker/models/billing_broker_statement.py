from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL, format_date, split_every

from odoo.addons.billing_base.rating import to_decimal
from odoo.addons.billing_base.sheets import (
    CHOICE,
    DATE,
    DECIMAL,
    TEXT,
    Column,
    Sheet,
    write_file,
)

from .billing_broker_counter import BrokerCounter, by_statement

PIECE = 2_000
"""Commissions entered at once."""
COLUMNS = {
    "date": DATE,
    "customer_id": TEXT,
    "move_id": TEXT,
    "kind": CHOICE,
    "quantity": DECIMAL,
    "uom_id": TEXT,
    "base_amount": DECIMAL,
    "amount": DECIMAL,
    "currency_id": TEXT,
}
"""Columns of the workbook, fields of the commissions."""


class BillingBrokerStatement(models.Model):
    """What a broker earned until a day, less what is taken back; then his bill."""

    _name = "billing.broker.statement"
    _description = "Commission Statement"
    _inherit = ["mail.thread", "mail.activity.mixin", "portal.mixin"]
    _order = "date_end desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", default="/", readonly=True, copy=False)
    partner_id = fields.Many2one(
        "res.partner", string="Broker", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    date_end = fields.Date(string="Counted Until", required=True, readonly=True)
    line_ids = fields.One2many(
        "billing.broker.line", "statement_id", string="Commissions", readonly=True
    )
    amount = fields.Monetary(string="Commission", readonly=True, tracking=True)
    line_count = fields.Integer(string="Bills", compute="_compute_line_count")
    bill_id = fields.Many2one(
        "account.move",
        string="Broker's Bill",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    bill_state = fields.Selection(
        related="bill_id.payment_state", string="Bill's Payment"
    )
    state = fields.Selection(
        [("draft", "Draft"), ("confirmed", "Confirmed")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )

    _one_draft = models.UniqueIndex(
        "(company_id, partner_id, currency_id) WHERE state = 'draft'",
        "The broker has a draft statement already. Count anew, or confirm it first.",
    )

    def _compute_line_count(self):
        counts = dict(
            self.env["billing.broker.line"]._read_group(
                [("statement_id", "in", self.ids)], ["statement_id"], ["__count"]
            )
        )
        for statement in self:
            statement.line_count = counts.get(statement, 0)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for statement in self:
            statement.access_url = f"/my/commissions/{statement.id}"
        return result

    @api.depends("name", "partner_id", "date_end")
    def _compute_display_name(self):
        for statement in self:
            number = (
                self.env._("Draft") if statement.name == "/" else statement.name or ""
            )
            statement.display_name = f"{number} {statement.partner_id.name or ''}"

    # === Counting ===

    @api.model
    def _count(self, company, until):
        """Draft statements of all brokers anew, with what was not counted before.

        :param until: the last day of bills, payments and credit notes that count
        :return: the drafts
        """
        self.check_access("create")
        self.search([("company_id", "=", company.id), ("state", "=", "draft")]).unlink()
        counted = by_statement(BrokerCounter(self.env, company, until).count())
        statements = self.create(
            [
                {
                    "partner_id": partner_id,
                    "currency_id": currency_id,
                    "company_id": company.id,
                    "date_end": until,
                    "amount": float(sum(count.amount for count in counts)),
                }
                for (partner_id, currency_id), counts in counted.items()
            ]
        )
        statements._enter(counted.values())
        return statements

    def _enter(self, counted):
        rows = (
            {
                "statement_id": statement.id,
                "agreement_id": count.agreement_id,
                "assignment_id": count.assignment_id,
                "segment_id": count.segment_id,
                "move_id": count.move_id,
                "kind": count.kind,
                "date": count.day,
                "base_amount": float(count.base),
                "quantity": float(count.quantity),
                "amount": float(count.amount),
                "number": count.number,
            }
            for statement, counts in zip(self, counted, strict=True)
            for count in counts
        )
        for piece in split_every(PIECE, rows, list):
            self.env["billing.broker.line"].create(piece)

    @api.model
    def _cron_count(self):
        """Drafts of last month, for every company that has commission agreements."""
        until = fields.Date.start_of(fields.Date.today(), "month")
        until = fields.Date.subtract(until, days=1)
        agreements = self.env["billing.broker.agreement"].search([])
        for company in agreements.company_id:
            self.with_company(company)._count(company, until)

    # === Life ===

    def action_confirm(self):
        """Number the statements and make the brokers' bills, as drafts.

        Where more is taken back than earned, it is the broker's credit note.
        """
        drafts = self.filtered(lambda statement: statement.state == "draft")
        drafts.check_access("write")
        drafts.lock_for_update()
        numbers = [
            self.env["ir.sequence"]
            .with_company(statement.company_id)
            .next_by_code("billing.broker.statement")
            for statement in drafts
        ]
        bills = self.env["account.move"].create(
            [
                {**statement._prepare_bill(), "ref": number}
                for statement, number in zip(drafts, numbers, strict=True)
            ]
        )
        drafts.write({"state": "confirmed"})
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_broker_statement s SET name = v.name, bill_id = v.bill
                  FROM unnest(%s::int[], %s::text[], %s::int[]) v(id, name, bill)
                 WHERE s.id = v.id
                """,
                drafts.ids,
                numbers,
                bills.ids,
            )
        )
        drafts.invalidate_recordset(["name", "bill_id"])
        return bills._get_records_action()

    def _prepare_bill(self):
        self.ensure_one()
        sign = -1 if self.amount < 0 else 1
        totals = self.env["billing.broker.line"]._read_group(
            [("statement_id", "=", self.id)],
            ["agreement_id"],
            ["amount:sum", "__count"],
        )
        return {
            "move_type": "in_refund" if sign < 0 else "in_invoice",
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.date_end,
            "invoice_line_ids": [
                Command.create(
                    {
                        "product_id": agreement.product_id.id,
                        "name": self.env._(
                            "%(agreement)s, until %(date)s: %(count)s bills",
                            agreement=agreement.name,
                            date=format_date(self.env, self.date_end),
                            count=count,
                        ),
                        "quantity": 1,
                        "price_unit": sign * amount,
                    }
                )
                for agreement, amount, count in totals
            ],
        }

    def action_reopen(self):
        """Back to draft, the bill deleted; a posted bill is reversed first.

        Only the broker's last one: what came after was counted upon it.
        """
        for statement in self:
            later = self.search(
                [
                    ("company_id", "=", statement.company_id.id),
                    ("partner_id", "=", statement.partner_id.id),
                    ("currency_id", "=", statement.currency_id.id),
                    ("id", ">", statement.id),
                ],
                limit=1,
            )
            if later:
                raise UserError(
                    self.env._(
                        "%(later)s came after %(statement)s. Reopen or delete that "
                        "one first.",
                        later=later.display_name,
                        statement=statement.display_name,
                    )
                )
            if statement.bill_id.state == "posted":
                raise UserError(
                    self.env._(
                        "%(statement)s is billed by %(bill)s, which is posted. Reset "
                        "the bill to draft first.",
                        statement=statement.name,
                        bill=statement.bill_id.display_name,
                    )
                )
        self.bill_id.unlink()
        self.state = "draft"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        if any(statement.state != "draft" for statement in self):
            raise UserError(self.env._("A confirmed statement stays. Reopen it first."))

    # === Screens ===

    def _get_workbook(self):
        """The statement as .xlsx, a row for each commission."""
        self.ensure_one()
        fields_ = self.line_ids._fields
        columns = tuple(
            Column(
                name,
                fields_[name]._description_string(self.env),
                kind,
                choices=tuple(fields_[name]._description_selection(self.env))
                if kind == CHOICE
                else (),
            )
            for name, kind in COLUMNS.items()
        )
        rows = (
            {name: _get_cell(line[name]) for name in COLUMNS} for line in self.line_ids
        )
        return write_file([(Sheet("statement", self.name, columns), rows)])

    def action_view_lines(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "billing_broker.billing_broker_line_action"
        )
        action["domain"] = [("statement_id", "in", self.ids)]
        action["context"] = {}
        return action

    def action_view_bill(self):
        self.ensure_one()
        return self.bill_id._get_records_action()

    def action_send(self):
        """Open the mail with the link to the statement in the portal."""
        self.ensure_one()
        self._portal_ensure_token()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_partner_ids": self.partner_id.ids,
                "default_subject": self.env._(
                    "Commissions until %(date)s",
                    date=format_date(self.env, self.date_end),
                ),
                "default_body": self.env._(
                    "Your statement is ready: %(link)s",
                    link=self.get_base_url() + self.get_portal_url(),
                ),
            },
        }


def _get_cell(value):
    if isinstance(value, models.BaseModel):
        return value.name or ""
    return to_decimal(value) if isinstance(value, float) else value
