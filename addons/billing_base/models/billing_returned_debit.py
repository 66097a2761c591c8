from odoo import api, fields, models
from odoo.exceptions import UserError

FIELDS_OF_REVIEW = {"payment_id", "reason_id"}
"""What a person may enter while a return waits."""


class BillingReturnedDebit(models.Model):
    """A direct debit that the bank gave back: told by a file, or entered.

    A line of a message is one row, whatever becomes of it; a payment is undone once.
    """

    _name = "billing.returned.debit"
    _description = "Returned Debit"
    _order = "date desc, id desc"
    _rec_name = "reference"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(string="Returned On", required=True, readonly=True)
    reference = fields.Char(string="Reference of the Debit", readonly=True)
    amount = fields.Monetary(readonly=True)
    charges = fields.Monetary(
        string="Bank Charges",
        readonly=True,
        help="Booked by the bank in one sum with the debit; an expense.",
    )
    charges_total = fields.Monetary(
        string="Bank Charges in All",
        readonly=True,
        help="As all messages about this return tell them, each amount once.",
    )
    reason_code = fields.Char(string="Code of the Bank", readonly=True)
    reason_id = fields.Many2one(
        "billing.reason", ondelete="restrict", domain="[('kind', '=', 'return')]"
    )
    note = fields.Char(string="Words of the Bank", readonly=True)
    debtor = fields.Char(readonly=True)
    filename = fields.Char(string="File", readonly=True)
    import_key = fields.Char(readonly=True)
    is_money_moved = fields.Boolean(string="Money Came and Went", readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('payment_type', '=', 'inbound'), ('company_id', '=', company_id),"
        " ('state', 'in', ('in_process', 'paid'))]",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Customer", readonly=True, index="btree_not_null"
    )
    mandate_id = fields.Many2one(
        "account.banking.mandate", readonly=True, index="btree_not_null"
    )
    invoice_ids = fields.Many2many(
        "account.move",
        "billing_returned_debit_move_rel",
        "debit_id",
        "move_id",
        string="Invoices",
        readonly=True,
    )
    move_id = fields.Many2one(
        "account.move", string="Booking", readonly=True, index="btree_not_null"
    )
    bank_move_id = fields.Many2one(
        "account.move",
        string="Entry of the Bank",
        compute="_compute_bank_move_id",
        compute_sudo=True,
        help="The entry of a statement that this return is reconciled with.",
    )
    state = fields.Selection(
        [
            ("review", "To review"),
            ("done", "Booked"),
            ("repeated", "Told before"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        readonly=True,
        default="review",
        index=True,
    )
    finding = fields.Selection(
        [
            ("unknown", "No direct debit has this reference"),
            ("amount", "The amount is not that of the debit"),
            ("charges", "Charges of a debit that did not come back yet"),
            ("error", "It could not be booked"),
        ],
        string="Why It Is Open",
        readonly=True,
    )
    problem = fields.Char(readonly=True)

    _imported_once = models.UniqueIndex(
        "(company_id, import_key) WHERE import_key IS NOT NULL",
        "This return was imported already.",
    )
    _undone_once = models.UniqueIndex(
        "(payment_id) WHERE state = 'done'",
        "This payment was returned already.",
    )

    @api.depends("move_id.line_ids.matched_debit_ids.debit_move_id.statement_line_id")
    def _compute_bank_move_id(self):
        for debit in self:
            items = debit.move_id.line_ids.matched_debit_ids.debit_move_id
            debit.bank_move_id = items.statement_line_id.move_id[:1]

    def write(self, vals):
        """People only say which payment it is, and why, while it waits."""
        if not self.env.su:
            other = set(vals) - FIELDS_OF_REVIEW
            closed = self.filtered(lambda debit: debit.state != "review")
            if other or closed:
                raise UserError(
                    self.env._(
                        "%(debit)s: only the payment and the reason are entered, "
                        "while the return waits for a review.",
                        debit=(closed or self)[:1].display_name,
                    )
                )
        return super().write(vals)

    # === Booking ===

    def action_book(self):
        """Undo the payment a person found."""
        self.env["res.users"]._check_may("collect")
        for debit in self:
            if debit.state != "review" or not debit.payment_id:
                raise UserError(
                    self.env._(
                        "%(debit)s: choose the payment that was returned.",
                        debit=debit.display_name,
                    )
                )
            debit._split_charges()
            debit._book(debit._get_fee())
            debit._reconcile_bank_entries()

    def _reconcile_bank_entries(self):
        """Entries of statements that waited for this return."""
        lines = self.env["account.bank.statement.line"]
        if self.state not in ("done", "repeated") or not lines.has_access("write"):
            return
        waiting = lines.search(
            [
                ("company_id", "=", self.company_id.id),
                ("is_reconciled", "=", False),
                ("ref", "=", self.reference),
                ("amount", "<", 0),
            ]
        )
        waiting._auto_reconcile()

    def action_dismiss(self):
        """It is none of our debits, or was settled otherwise."""
        self.env["res.users"]._check_may("collect")
        self.filtered(lambda debit: debit.state == "review").sudo().write(
            {"state": "dismissed"}
        )

    def _book(self, fee, ends_mandate=None):
        """A booking of the day it came back, opposite to the payment's; once.

        :param fee: charged to the customer, without tax; 0: none
        :param ends_mandate: or as the reason says
        """
        self.ensure_one()
        payment = self.payment_id
        payment.lock_for_update()
        if payment.state == "rejected" and self.import_key:
            self._repeat()
            return
        if self._is_charges_alone():
            raise UserError(
                self.env._(
                    "%(debit)s: these are charges of a debit that did not come back "
                    "yet. They count as soon as it does.",
                    debit=self.display_name,
                )
            )
        if payment.payment_type != "inbound" or payment.state not in (
            "in_process",
            "paid",
        ):
            raise UserError(
                self.env._(
                    "%(payment)s: only incoming payments that were booked can be "
                    "returned, and only once.",
                    payment=payment.display_name,
                )
            )
        links = self._prepare_links()
        reason = self.reason_id.name or self.reason_code or self.note or ""
        text = self.env._(
            "Returned: %(payment)s, %(reason)s",
            payment=payment.memo or payment.name,
            reason=reason,
        )
        move = self._reverse(payment, text)
        payment.action_reject()
        self.sudo().write(
            {
                "state": "done",
                "finding": False,
                "move_id": move.id,
                "charges_total": self.charges,
                **links,
            }
        )
        for record in (payment, *self.invoice_ids, *self.mandate_id):
            record.message_post(body=text)
        if ends_mandate is None:
            ends_mandate = self.reason_id.ends_mandate
        mandate = self.mandate_id.filtered(lambda m: m.state in ("valid", "final"))
        if ends_mandate and mandate:
            mandate.cancel()
        if fee:
            self._charge_fee(fee, text)
        waiting = self.search(
            [
                ("payment_id", "=", payment.id),
                ("state", "=", "review"),
                ("finding", "=", "charges"),
            ],
            order="id",
        )
        for charges in waiting:
            charges._repeat()
            charges._reconcile_bank_entries()

    def _prepare_links(self):
        payment = self.payment_id
        invoices = payment.invoice_ids | payment.reconciled_invoice_ids
        return {
            "invoice_ids": [fields.Command.set(invoices.ids)],
            "partner_id": payment.partner_id.commercial_partner_id.id,
            "mandate_id": payment.payment_line_ids.mandate_id[:1].id,
        }

    def _reverse(self, payment, text):
        """What the bank statement settled of the payment stays settled.

        Refused money takes the payment's place on the account of money under way;
        money that came and went leaves both there, for two entries of the statement.
        """
        move = payment.move_id
        if not move:
            return move
        receivable = move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        receivable.remove_move_reconcile()
        reverse = move._reverse_moves([{"date": self.date, "ref": text}])
        # posting a reversal would offset both on every account
        reverse.reversed_entry_id = False
        reverse._post(soft=False)
        reverse.reversed_entry_id = move
        for lines in (move.line_ids + reverse.line_ids).grouped("account_id").values():
            open_lines = lines.filtered(lambda line: not line.reconciled)
            under_way = not (open_lines & receivable)
            if under_way and (self.is_money_moved or len(open_lines.move_id) < 2):
                continue
            if open_lines.account_id.reconcile:
                open_lines.reconcile()
        return reverse
